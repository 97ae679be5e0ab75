package konturtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
)

var update = flag.Bool("update", false, "rewrite testdata")

// full is a legal entity with something in every field. All values are invented.
var full = konturtest.Company{
	INN: inn1, OGRN: ogrn1, KPP: "001201001",
	FullName: `Общество с ограниченной ответственностью "Пример"`, ShortName: `ООО "ПРИМЕР"`, NameDate: "2017-06-21",
	OKPO: "00000001", OKATO: "00401000000", OKTMO: "00701000001", OKFS: "16", OKOGU: "4210014", OKOPF: "12300",
	OPF:         "Общества с ограниченной ответственностью",
	Address:     &address,
	AddressDate: "2020-09-02",
	Branches: []konturtest.Branch{
		{Name: `ВТОРОЙ ФИЛИАЛ ООО "ПРИМЕР"`, KPP: "001243001", Date: "2018-05-24", Address: &konturtest.Address{RegionCode: "00", Region: address.Region}},
		{ForeignCountry: "ПРИМЕРИЯ", ForeignAddress: "Test street, 1", Date: "2019-01-10"},
	},
	RegistrationDate:    "1992-03-26",
	Heads:               []konturtest.Head{{FIO: "Тестов Тест Тестович", INN: innIP, Position: "Генеральный директор", Date: "2019-01-28"}},
	ManagementCompanies: []konturtest.ManagementCompany{{Name: `ООО "УПРАВЛЕНИЕ"`, INN: inn2, OGRN: ogrn2, Date: "2019-01-28"}},
	History: konturtest.History{
		KPPs:          []konturtest.FormerKPP{{KPP: "001101001", Date: "2016-11-19"}},
		Names:         []konturtest.FormerName{{Full: `Общество с ограниченной ответственностью "Образец"`, Date: "2006-03-28"}},
		StatedCapital: []konturtest.Capital{{Sum: "10000", Date: "2006-01-01"}},
	},
	Statements: konturtest.Statements{Green: true, Yellow: true},
	Phones:     []string{"+7 (000) 000-00-01", "+7 (000) 000-00-02"},
	Emails:     []string{"info@example.test"},
	Sites:      []string{"https://example.test/about"},
	Licences:   []konturtest.Licence{{Number: "Л-001", Issuer: "Служба", Date: "2019-01-01", Services: []string{"перевозки"}}},
	Details: konturtest.Details{
		Activity:        konturtest.Activity{Code: "62.01", Text: "Разработка ПО", Date: "2006-03-28"},
		OtherActivities: []konturtest.Activity{{Code: "46.43.3", Text: "Торговля", Date: "2006-03-28"}},
		OGRNDate:        "2002-07-19",
		Capital:         konturtest.Capital{Sum: "5654097.123456789012345678", Date: "2018-01-12"},
		Founders: []konturtest.Founder{
			{Name: "Тестов Тест Тестович", INN: innIP, Date: "2010-01-01", Share: "100.0"},
			{Name: `ООО "УЧРЕДИТЕЛЬ"`, INN: inn2, OGRN: ogrn2},
		},
		TaxOffice:        konturtest.TaxOffice{Code: "0012", Name: "Инспекция № 12", Since: "2012-01-01", Date: "2016-11-19"},
		RegistrationBody: konturtest.TaxOffice{Code: "0058", Name: "Инспекция № 58", Date: "2015-03-30"},
		Records:          []konturtest.Record{{GRN: "2000000000001", Date: "2019-03-21", Name: "Изменение сведений"}},
	},
}

var address = konturtest.Address{
	Zip: "000144", KLADR: "000000010000717", RegionCode: "00",
	Region:            konturtest.Toponym{Short: "обл", Full: "область", Value: "Примерная"},
	City:              konturtest.Toponym{Short: "г", Full: "город", Value: "Примерск"},
	Street:            konturtest.Toponym{Short: "ул", Full: "улица", Value: "Тестовая"},
	House:             konturtest.Toponym{Short: "дом", Full: "дом", Value: "19"},
	Flat:              konturtest.Toponym{Value: "помещ. 11н"},
	FIASID:            1,
	FIASGUID:          "00000000-0000-4000-8000-000000000001",
	MunicipalDistrict: konturtest.Toponym{Short: "г.о.", Full: "городской округ", Value: "город Примерск"},
}

// sole is a sole proprietor, dissolved.
var sole = konturtest.Company{
	INN: innIP, OGRN: ogrnip2, FIO: "Примеров Пример Примерович", OKPO: "0000000001", OKOPF: "50102",
	OPF: "Индивидуальные предприниматели", RegistrationDate: "2014-05-20", DissolutionDate: "2017-05-05", Address: &address,
	Status:     konturtest.Status{Text: "Прекратил деятельность", Dissolved: true, Date: "2017-05-05"},
	Statements: konturtest.Statements{Red: true},
	History:    konturtest.History{FIOs: []konturtest.FormerName{{Full: "Образцов Пример Примерович", Date: "2013-01-01"}}},
	Details:    konturtest.Details{Activity: konturtest.Activity{Code: "47.19", Text: "Торговля"}, OldOKVED: true},
}

// TestShapes pins the items of all methods. A company with nothing but identifiers shows what stays when all is empty.
func TestShapes(t *testing.T) {
	t.Parallel()
	bare := konturtest.Company{INN: inn2, OGRN: ogrn2}
	s := konturtest.NewServer(t)
	s.AddCompany(full, sole, bare)
	for _, method := range methods.All() {
		for name, ogrn := range map[string]string{"full": full.OGRN, "sole": sole.OGRN, "bare": bare.OGRN} {
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				_, _, body := get(t, s, "/api3/"+method, "ogrn="+ogrn)
				require.NotContains(t, body, "null")
				require.NotContains(t, body, "false")
				file := filepath.Join("testdata", method+"."+name+".json")
				if *update {
					require.NoError(t, os.WriteFile(file, indent(t, body), 0o644))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err)
				require.Equal(t, string(want), string(indent(t, body)))
			})
		}
	}
}

// indent keeps the text of numbers and of escaped slashes, unlike a decoder.
func indent(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, []byte(body), "", "  "))
	return append(b.Bytes(), '\n')
}

func TestExtraIsMergedLast(t *testing.T) {
	t.Parallel()
	c := full
	c.Extra = map[string]map[string]any{
		"":    {"unknown": 1},
		"req": {"UL": map[string]any{"okpo": nil, "status": map[string]any{"dissolved": true}}},
	}
	s := konturtest.NewServer(t)
	s.AddCompany(c)
	_, _, body := get(t, s, "/api3/req", "ogrn="+ogrn1)
	var items []struct {
		Unknown int
		UL      struct {
			KPP    string
			OKPO   *string
			Status struct {
				StatusString string
				Dissolved    bool
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &items))
	require.Equal(t, 1, items[0].Unknown)
	require.Equal(t, "001201001", items[0].UL.KPP)
	require.Nil(t, items[0].UL.OKPO)
	require.Contains(t, body, `"okpo":null`)
	require.True(t, items[0].UL.Status.Dissolved)
	require.Equal(t, "Действующее", items[0].UL.Status.StatusString)
}

func TestFatItemsAreAsLargeAsTheLargestThatAreKnown(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithFatItems())
	s.AddCompany(full, sole)
	for method, want := range map[string]int{"egrDetails": 474_000, "licences": 689_000} {
		for _, ogrn := range []string{full.OGRN, sole.OGRN} {
			_, _, body := get(t, s, "/api3/"+method, "ogrn="+ogrn)
			require.InDelta(t, want, len(body), 500, method)
			require.True(t, json.Valid([]byte(body)))
			require.Contains(t, body, ogrn)
		}
	}
	_, _, body := get(t, s, "/api3/req", "ogrn="+full.OGRN)
	require.Less(t, len(body), 10_000)
}
