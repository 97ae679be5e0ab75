package sample

import (
	"counterparty-sync/internal/kontur/konturtest"
)

// publicCompany is a company that everybody knows, as the public register shows it. An empty KPP is one that we did not
// look up. Heads are left out: they are people.
type publicCompany struct {
	inn, ogrn, kpp            string
	full, short               string
	zip                       string
	region, city              konturtest.Toponym
	streetKind, street, house string
}

var (
	moscow      = konturtest.Toponym{Short: "г", Full: "город", Value: "Москва"}
	petersburg  = konturtest.Toponym{Short: "г", Full: "город", Value: "Санкт-Петербург"}
	sverdlovsk  = konturtest.Toponym{Short: "обл", Full: "область", Value: "Свердловская"}
	tatarstan   = konturtest.Toponym{Short: "Респ", Full: "республика", Value: "Татарстан"}
	vologda     = konturtest.Toponym{Short: "обл", Full: "область", Value: "Вологодская"}
	lipetsk     = konturtest.Toponym{Short: "обл", Full: "область", Value: "Липецкая"}
	chelyabinsk = konturtest.Toponym{Short: "обл", Full: "область", Value: "Челябинская"}
	krasnoyarsk = konturtest.Toponym{Short: "край", Full: "край", Value: "Красноярский"}
	krasnodar   = konturtest.Toponym{Short: "край", Full: "край", Value: "Краснодарский"}
	noCity      = konturtest.Toponym{}
)

func city(name string) konturtest.Toponym {
	return konturtest.Toponym{Short: "г", Full: "город", Value: name}
}

const public = "ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО "

var publicCompanies = []publicCompany{
	{"7707083893", "1027700132195", "773601001", public + `"СБЕРБАНК РОССИИ"`, "ПАО СБЕРБАНК", "117312", moscow, noCity, "ул", "Вавилова", "19"},
	{gazpromINN, "1027700070518", "781401001", public + `"ГАЗПРОМ"`, `ПАО "ГАЗПРОМ"`, "197229", petersburg, noCity, "пр-кт", "Лахтинский", "2"},
	{"7708004767", "1027700035769", "770801001", public + `"НЕФТЯНАЯ КОМПАНИЯ "ЛУКОЙЛ"`, `ПАО "ЛУКОЙЛ"`, "101000", moscow, noCity, "б-р", "Сретенский", "11"},
	{"7706107510", "1027700043502", "770601001", public + `"НЕФТЯНАЯ КОМПАНИЯ "РОСНЕФТЬ"`, `ПАО "НК "РОСНЕФТЬ"`, "115035", moscow, noCity, "наб", "Софийская", "26/1"},
	{"7708503727", "1037739877295", "770801001", `ОТКРЫТОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО "РОССИЙСКИЕ ЖЕЛЕЗНЫЕ ДОРОГИ"`, `ОАО "РЖД"`, "107174", moscow, noCity, "ул", "Новая Басманная", "2/1"},
	{"7712040126", "1027700092661", "770401001", public + `"АЭРОФЛОТ - РОССИЙСКИЕ АВИАЛИНИИ"`, `ПАО "АЭРОФЛОТ"`, "119019", moscow, noCity, "ул", "Арбат", "1"},
	{"7736207543", "1027700229193", "770401001", `ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ "ЯНДЕКС"`, `ООО "ЯНДЕКС"`, "119021", moscow, noCity, "ул", "Льва Толстого", "16"},
	{"7707049388", "1027700198767", "784201001", public + `"РОСТЕЛЕКОМ"`, `ПАО "РОСТЕЛЕКОМ"`, "191167", petersburg, noCity, "наб", "Синопская", "14"},
	{"7740000076", "1027700149124", "770901001", public + `"МОБИЛЬНЫЕ ТЕЛЕСИСТЕМЫ"`, `ПАО "МТС"`, "109147", moscow, noCity, "ул", "Марксистская", "4"},
	{"7702070139", "1027739609391", "784201001", "БАНК ВТБ (ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО)", "БАНК ВТБ (ПАО)", "191144", petersburg, noCity, "пер", "Дегтярный", "11"},
	{"6663003127", "1026605606620", "", `АКЦИОНЕРНОЕ ОБЩЕСТВО "ПРОИЗВОДСТВЕННАЯ ФИРМА "СКБ КОНТУР"`, `АО "ПФ "СКБ КОНТУР"`, "620144", sverdlovsk, city("Екатеринбург"), "ул", "Народной Воли", "19А"},
	{"7812014560", "1027809169585", "", public + `"МЕГАФОН"`, `ПАО "МЕГАФОН"`, "127006", moscow, noCity, "пер", "Оружейный", "41"},
	{"7713076301", "1027700166636", "771301001", public + `"ВЫМПЕЛ-КОММУНИКАЦИИ"`, `ПАО "ВЫМПЕЛКОМ"`, "127083", moscow, noCity, "ул", "Восьмого Марта", "10"},
	{"8401005730", "1028400000298", "840101001", public + `"ГОРНО-МЕТАЛЛУРГИЧЕСКАЯ КОМПАНИЯ "НОРИЛЬСКИЙ НИКЕЛЬ"`, `ПАО "ГМК "НОРИЛЬСКИЙ НИКЕЛЬ"`, "647000", krasnoyarsk, city("Дудинка"), "ул", "Морозова", "1"},
	{"2309085638", "1032304945947", "", public + `"МАГНИТ"`, `ПАО "МАГНИТ"`, "350072", krasnodar, city("Краснодар"), "ул", "Солнечная", "15/5"},
	{"1650032058", "1021602013971", "165001001", public + `"КАМАЗ"`, `ПАО "КАМАЗ"`, "423827", tatarstan, city("Набережные Челны"), "пр-кт", "Автозаводский", "2"},
	{"3528000597", "1023501236901", "352801001", public + `"СЕВЕРСТАЛЬ"`, `ПАО "СЕВЕРСТАЛЬ"`, "162608", vologda, city("Череповец"), "ул", "Мира", "30"},
	{"4823006703", "1024800823123", "482301001", public + `"НОВОЛИПЕЦКИЙ МЕТАЛЛУРГИЧЕСКИЙ КОМБИНАТ"`, `ПАО "НЛМК"`, "398040", lipetsk, city("Липецк"), "пл", "Металлургов", "2"},
	{"7414003633", "1027402166835", "", public + `"МАГНИТОГОРСКИЙ МЕТАЛЛУРГИЧЕСКИЙ КОМБИНАТ"`, `ПАО "ММК"`, "455000", chelyabinsk, city("Магнитогорск"), "ул", "Кирова", "93"},
	{"7728168971", "1027700067328", "770801001", `АКЦИОНЕРНОЕ ОБЩЕСТВО "АЛЬФА-БАНК"`, `АО "АЛЬФА-БАНК"`, "107078", moscow, noCity, "ул", "Каланчевская", "27"},
	{"7724490000", "1197746000000", "", `АКЦИОНЕРНОЕ ОБЩЕСТВО "ПОЧТА РОССИИ"`, `АО "ПОЧТА РОССИИ"`, "125252", moscow, noCity, "ул", "3-я Песчаная", "2А"},
}

// The INN of Gazprom stands for a second, dissolved company in the register, with a later registration: the trap for
// whoever takes the first answer, or the latest.
const (
	gazpromINN      = "7736050003"
	namesakeOGRN    = "1061515009555"
	gazpromFounded  = "1993-02-25"
	namesakeFounded = "2002-06-02"
)

var streetKinds = map[string]string{
	"ул": "улица", "пр-кт": "проспект", "б-р": "бульвар", "наб": "набережная", "пер": "переулок", "пл": "площадь",
}

// publicCompanies adds all of them, and a node for each.
func (b *builder) publicCompanies() {
	for _, p := range publicCompanies {
		c := p.company()
		if c.INN == gazpromINN {
			c.RegistrationDate = gazpromFounded
			namesake := konturtest.Company{INN: gazpromINN, OGRN: namesakeOGRN, FullName: c.FullName, ShortName: c.ShortName}
			dissolve(&namesake, namesakeFounded, "")
			b.register(namesake)
		}
		b.register(c)
		b.addCompany(c)
	}
}

func (p publicCompany) company() konturtest.Company {
	a := &konturtest.Address{
		Zip: p.zip, Region: p.region, City: p.city,
		Street: konturtest.Toponym{Short: p.streetKind, Full: streetKinds[p.streetKind], Value: p.street},
		House:  konturtest.Toponym{Short: "дом", Full: "дом", Value: p.house},
	}
	return konturtest.Company{
		INN: p.inn, OGRN: p.ogrn, KPP: p.kpp, FullName: p.full, ShortName: p.short, Address: a,
		Statements: konturtest.Statements{Green: true},
	}
}
