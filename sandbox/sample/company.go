package sample

import (
	"fmt"
	"strconv"
	"strings"

	"counterparty-sync/internal/kontur/konturtest"
)

const (
	// firstSerial keeps clear of the small numbers that tests use.
	firstSerial = 2_000_000
	// maxOffice bounds the numbers of invented tax offices.
	maxOffice = 90
)

// legalEntity is an invented company: alive, with a head, a former name and a former address.
func (b *builder) legalEntity() konturtest.Company {
	n := b.number()
	form := pick(b, forms)
	name := strings.ToUpper(b.name())
	address := b.address()
	c := konturtest.Company{
		INN:              konturtest.INN(n),
		OGRN:             konturtest.OGRN(n),
		KPP:              officeKPP(b.rand.IntN(maxOffice)),
		FullName:         fmt.Sprintf("%s \"%s\"", form.full, name),
		ShortName:        fmt.Sprintf("%s \"%s\"", form.short, name),
		NameDate:         b.date(2017, 2024),
		OKPO:             b.digits(8),
		OKATO:            "00401000000",
		OKTMO:            "00701000001",
		OKFS:             "16",
		OKOGU:            "4210014",
		OKOPF:            form.code,
		OPF:              form.plural,
		Address:          address,
		AddressDate:      b.date(2017, 2024),
		RegistrationDate: b.date(1995, 2016),
		Heads:            []konturtest.Head{b.head()},
		Statements:       konturtest.Statements{Green: true},
	}
	former := strings.ToUpper(b.name())
	for former == name {
		former = strings.ToUpper(b.name())
	}
	c.History.Names = []konturtest.FormerName{{Full: fmt.Sprintf("%s \"%s\"", form.full, former), Date: c.RegistrationDate}}
	c.History.Addresses = []konturtest.FormerAddress{{Address: b.address(), Date: c.RegistrationDate}}
	if b.oneIn(4) {
		// A number of no network: the code 000 is given to nobody.
		c.Phones = []string{"+7 (000) " + b.digits(3) + "-00-" + b.digits(2)}
	}
	if b.oneIn(5) {
		// Newly formed companies lack statistical codes for weeks.
		c.OKPO, c.OKATO = "", ""
	}
	c.Details = konturtest.Details{
		Activity:  konturtest.Activity{Code: "46.90", Text: "Торговля оптовая неспециализированная", Date: c.RegistrationDate},
		OGRNDate:  c.RegistrationDate,
		TaxOffice: konturtest.TaxOffice{Code: c.KPP[:4], Name: "Инспекция № " + c.KPP[:4], Since: c.RegistrationDate},
	}
	return c
}

// proprietor is an invented sole proprietor: no KPP, no head, and of the address only what is public.
func (b *builder) proprietor() konturtest.Company {
	n := b.number()
	c := konturtest.Company{
		INN:              konturtest.PersonINN(n),
		OGRN:             konturtest.OGRNIP(n),
		FIO:              b.person(),
		OKPO:             b.digits(10),
		OKATO:            "00401000000",
		RegistrationDate: b.date(2005, 2024),
		Statements:       konturtest.Statements{Green: true},
	}
	full := b.address()
	c.Address = &konturtest.Address{RegionCode: full.RegionCode, Region: full.Region, City: full.City}
	c.Details = konturtest.Details{
		Activity: konturtest.Activity{Code: "47.19", Text: "Торговля розничная прочая", Date: c.RegistrationDate},
		OGRNDate: c.RegistrationDate,
	}
	return c
}

// twin is another company on the same INN.
func (b *builder) twin(c konturtest.Company) konturtest.Company {
	t := b.legalEntity()
	t.INN = c.INN
	return t
}

// branch is the n-th branch of a company.
func (b *builder) branch(c konturtest.Company, n int) konturtest.Branch {
	return konturtest.Branch{
		Name:    fmt.Sprintf("ФИЛИАЛ № %d %s", n, c.ShortName),
		KPP:     fmt.Sprintf("00%02d43%03d", b.rand.IntN(maxOffice), n),
		Address: b.address(),
		Date:    b.date(2012, 2022),
	}
}

func dissolve(c *konturtest.Company, from, to string) {
	c.Status = konturtest.Status{Dissolved: true, Date: to}
	c.RegistrationDate, c.DissolutionDate = from, to
	c.Heads = nil
}

// officeKPP is the KPP of head offices at an invented tax office.
func officeKPP(office int) string { return fmt.Sprintf("00%02d01001", office) }

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func (b *builder) date(from, to int) string {
	return fmt.Sprintf("%d-%02d-%02d", from+b.rand.IntN(to-from+1), 1+b.rand.IntN(12), 1+b.rand.IntN(28))
}

// address is one in an invented region.
func (b *builder) address() *konturtest.Address {
	region := pick(b, regions)
	a := &konturtest.Address{
		Zip: "000" + b.digits(3), RegionCode: "00", Region: region,
		City:   konturtest.Toponym{Short: "г", Full: "город", Value: pick(b, cities)},
		Street: pick(b, streets),
		House:  konturtest.Toponym{Short: "дом", Full: "дом", Value: strconv.Itoa(1 + b.rand.IntN(150))},
	}
	if b.oneIn(3) {
		a.Flat = konturtest.Toponym{Value: fmt.Sprintf("помещ. %dн", 1+b.rand.IntN(40))}
	}
	if b.oneIn(4) {
		a.FIASGUID = fmt.Sprintf("00000000-0000-4000-8000-%s", b.digits(12))
	}
	return a
}

func (b *builder) head() konturtest.Head {
	return konturtest.Head{FIO: b.person(), INN: konturtest.PersonINN(b.number()), Position: pick(b, positions), Date: b.date(2015, 2024)}
}

func (b *builder) name() string {
	return strings.TrimSpace(pick(b, adjectives) + " " + pick(b, nouns) + " " + pick(b, tails))
}

func (b *builder) person() string {
	return pick(b, surnames) + " " + pick(b, givenNames) + " " + pick(b, patronymics)
}
