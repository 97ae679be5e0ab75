package konturtest

import (
	"encoding/json"
	"fmt"
)

// Company is one legal entity or sole proprietor of the register, from which the items of all methods are rendered. Only
// INN and OGRN are required; what is empty is absent in the items, as the vendor does it. Dates are YYYY-MM-DD.
type Company struct {
	INN string
	// OGRN of 15 digits (OGRNIP) makes the company a sole proprietor, any other one a legal entity.
	OGRN string
	// KPP of the head office. Sole proprietors have none.
	KPP string
	// FullName and ShortName are those of a legal entity.
	FullName, ShortName string
	// NameDate is since when it has the name.
	NameDate string
	// FIO is the name of a sole proprietor: family name, name, patronymic. Invent it.
	FIO string

	OKPO, OKATO, OKTMO, OKFS, OKOGU, OKOPF, OPF string

	// Address is that of a legal entity; a sole proprietor shows region and city of it, in egrDetails only.
	Address *Address
	// AddressDate is since when it has the address.
	AddressDate string
	Branches    []Branch
	Status      Status
	// RegistrationDate and, for the dissolved, DissolutionDate.
	RegistrationDate, DissolutionDate string
	Heads                             []Head
	ManagementCompanies               []ManagementCompany
	History                           History
	Statements                        Statements

	// Phones are told by contacts, their number by req. Emails likewise by contactEmails.
	Phones, Emails, Sites []string
	Licences              []Licence
	Details               Details

	// Extra is merged into the item of a method (its key) last: unknown fields, nulls, wrong types. Objects are merged
	// deeply, all else is replaced. The method "" means all of them.
	Extra map[string]map[string]any
}

// Invented is the n-th invented legal entity, alive, with identifiers, a KPP and names.
func Invented(n int) Company {
	return Company{
		INN: INN(n), OGRN: OGRN(n), KPP: fmt.Sprintf("0012%05d", n%100_000),
		FullName:  fmt.Sprintf("Общество с ограниченной ответственностью \"Пример %d\"", n),
		ShortName: fmt.Sprintf("ООО \"Пример %d\"", n), RegistrationDate: "2010-01-01",
	}
}

func (c *Company) soleProprietor() bool { return len(c.OGRN) == 15 }

// Status is where a company stands. Flags that are false are absent in the items.
type Status struct {
	// Text is for people; default Действующее, or what fits the flags.
	Text                                             string
	Reorganizing, Bankrupting, Dissolving, Dissolved bool
	Date                                             string
}

// Branch is a branch of a legal entity: not an item of its own.
type Branch struct {
	Name string
	// KPP is missing on half the branches in captured answers.
	KPP     string
	Address *Address
	// ForeignCountry and ForeignAddress stand in place of Address.
	ForeignCountry, ForeignAddress string
	Date                           string
}

// Head is a head of a legal entity. Invent the name.
type Head struct {
	FIO, INN, Position string
	Date               string
	Inaccurate         bool
}

// ManagementCompany leads a legal entity in place of a head.
type ManagementCompany struct {
	Name, INN, OGRN, Date string
}

// History holds what was true once.
type History struct {
	KPPs          []FormerKPP
	Names         []FormerName
	Addresses     []FormerAddress
	Heads         []Head
	FIOs          []FormerName // of a sole proprietor; Full holds the name
	StatedCapital []Capital    // in egrDetails
}

// FormerKPP is a KPP of the head office that is no more.
type FormerKPP struct{ KPP, Date string }

// FormerName is a name that is no more.
type FormerName struct{ Full, Short, Date string }

// FormerAddress is an address that is no more.
type FormerAddress struct {
	Address *Address
	Date    string
}

// Statements is the traffic light of briefReport.
type Statements struct{ Green, Yellow, Red bool }

// Licence is one licence.
type Licence struct {
	Number, Issuer, Date, Start, End, Status, Activity string
	Services, Addresses                                []string
}

// Details are what egrDetails adds.
type Details struct {
	Activity         Activity
	OtherActivities  []Activity
	OldOKVED         bool // without okvedVersion, which means ОК 029-2001
	OGRNDate         string
	Capital          Capital
	Founders         []Founder
	TaxOffice        TaxOffice
	RegistrationBody TaxOffice
	Records          []Record
}

// Activity is an ОКВЭД code.
type Activity struct{ Code, Text, Date string }

// Capital is the stated capital. Sum is a JSON number as it is to be written, so that tests can ask for many decimals.
type Capital struct {
	Sum  json.Number
	Date string
}

// Founder is a person if it has no OGRN, else a company.
type Founder struct {
	Name, INN, OGRN, Date string
	Share                 json.Number // a sum; empty gives share:{}
}

// TaxOffice is an inspection.
type TaxOffice struct{ Code, Name, Since, Date string }

// Record is an entry of the register, with a number of its own (ГРН).
type Record struct{ GRN, Date, Name string }

// Address is an address in Russia. Toponyms without a Value are absent.
type Address struct {
	Zip, KLADR, RegionCode                                            string
	Region, District, City, Settlement, Street, House, Building, Flat Toponym
	// OneLine is the whole address; default is made of the parts, as Line returns it.
	OneLine string
	// NoOneLine leaves it out, as an old contract may.
	NoOneLine bool
	// FIASGUID adds the address in the form of ФИАС, with MunicipalDistrict.
	FIASGUID          string
	FIASID            int64
	MunicipalDistrict Toponym
}

// Toponym is a part of an address: "ул", "улица", "Тестовая".
type Toponym struct {
	Short string `json:"topoShortName,omitempty"`
	Full  string `json:"topoFullName,omitempty"`
	Value string `json:"topoValue,omitempty"`
}
