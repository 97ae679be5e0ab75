package konturtest

import (
	"slices"
	"strings"
)

// putForms puts both forms of an address, if there is one.
func (a *Address) putForms(o object) {
	if a != nil {
		o.put("parsedAddressRF", a.parsedAddressRF())
		o.put("parsedAddressRFFias", a.parsedAddressRFFias())
	}
}

// parsedAddressRF is the classic form of an address.
func (a *Address) parsedAddressRF() object {
	o := fields("zipCode", a.Zip, "kladrCode", a.KLADR, "regionCode", a.RegionCode, "regionName", a.Region, "district", a.District,
		"city", a.City, "settlement", a.Settlement, "street", a.Street, "house", a.House, "bulk", a.Building, "flat", a.Flat,
		"houseRaw", a.House.Value, "bulkRaw", a.Building.Value, "flatRaw", a.Flat.Value,
		"isConverted", a.Street.Value != "")
	if !a.NoOneLine {
		o.put("oneLineFormatOfAddress", a.Line())
	}
	return o
}

// shortenedAddress is what is public of a sole proprietor's address: region and city.
func (a *Address) shortenedAddress() object {
	short := Address{RegionCode: a.RegionCode, Region: a.Region, District: a.District, City: a.City,
		Settlement: a.Settlement, NoOneLine: a.NoOneLine}
	return short.parsedAddressRF()
}

// parsedAddressRFFias is the form of ФИАС, which an old contract lacks; nil without a GUID.
func (a *Address) parsedAddressRFFias() object {
	if a.FIASGUID == "" {
		return nil
	}
	o := fields("fiasId", a.FIASID, "fiasGUID", a.FIASGUID, "zipCode", a.Zip, "regionCode", a.RegionCode)
	parts := []string{a.Zip}
	put := func(key string, t Toponym) Toponym {
		if t.Value == "" {
			return t
		}
		// This form writes types with a full stop, and in front of every name.
		if t.Short != "" && t.Short != t.Full && !strings.ContainsAny(t.Short, ".-") {
			t.Short += "."
		}
		if key != "" {
			o.put(key, t)
		}
		parts = append(parts, strings.TrimSpace(t.Short+" "+t.Value))
		return t
	}
	put("region", a.Region)
	put("municipalDistrict", a.MunicipalDistrict)
	put("city", a.City)
	put("settlement", a.Settlement)
	put("street", a.Street)
	if a.House.Value != "" {
		house := put("", a.House)
		o.put("buildings", []object{{"topoShortName": house.Short, "topoFullName": house.Full, "topoValue": house.Value}})
	}
	put("flat", a.Flat)
	o.put("oneLineFormatOfAddressFias", commas(parts...))
	return o
}

// Line is the whole address: OneLine, or the parts put together as in captured answers, where region and district have
// their type behind the name.
func (a *Address) Line() string {
	if a.OneLine != "" {
		return a.OneLine
	}
	front := func(t Toponym) string { return strings.TrimSpace(t.Short + " " + t.Value) }
	behind := func(t Toponym) string {
		if t.Full == "город" {
			return front(t)
		}
		return strings.TrimSpace(t.Value + " " + t.Short)
	}
	return commas(a.Zip, behind(a.Region), behind(a.District), front(a.City), front(a.Settlement),
		front(a.Street), front(a.House), front(a.Building), front(a.Flat))
}

// commas puts the parts that are not empty on one line.
func commas(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}
