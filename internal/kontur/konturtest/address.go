package konturtest

import "strings"

// parsedAddressRF is the classic form of an address.
func (a *Address) parsedAddressRF() object {
	o := object{}
	o.put("zipCode", a.Zip)
	o.put("kladrCode", a.KLADR)
	o.put("regionCode", a.RegionCode)
	o.put("regionName", a.Region)
	o.put("district", a.District)
	o.put("city", a.City)
	o.put("settlement", a.Settlement)
	o.put("street", a.Street)
	o.put("house", a.House)
	o.put("bulk", a.Building)
	o.put("flat", a.Flat)
	o.put("houseRaw", a.House.Value)
	o.put("bulkRaw", a.Building.Value)
	o.put("flatRaw", a.Flat.Value)
	if a.Street.Value != "" {
		o.put("isConverted", true)
	}
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
	o := object{}
	o.put("fiasId", a.FIASID)
	o.put("fiasGUID", a.FIASGUID)
	o.put("zipCode", a.Zip)
	o.put("regionCode", a.RegionCode)
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
	o.put("oneLineFormatOfAddressFias", strings.Join(nonEmpty(parts), ", "))
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
	return strings.Join(nonEmpty([]string{a.Zip, behind(a.Region), behind(a.District), front(a.City), front(a.Settlement),
		front(a.Street), front(a.House), front(a.Building), front(a.Flat)}), ", ")
}

func nonEmpty(parts []string) []string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}
