package mapping_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

// TestDefault_legalEntity and its siblings prove the built-in mapping on the shapes that Kontur.Focus answers with.
func TestDefault_legalEntity(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	const address = "000144, Примерная обл, г Примерск, ул Тестовая, дом 19, помещ. 11н"
	req := project(t, m, "req", company(t, "legal entity", "req"))
	require.Equal(t, counterparty.Projection{
		INN: "0012345673", OGRN: "1000000000010",
		Company: &counterparty.Company{
			Kind: counterparty.LegalEntity, KPP: "001201001", RegistrationDate: "1992-03-26",
			FormerKPPs: []string{"001101001"}, BranchKPPs: []string{"001243001", "001243002", "001243003"},
		},
		Values: object{
			"idocs:fullOrganizationName":  `Общество с ограниченной ответственностью "Пример"`,
			"idocs:shortOrganizationName": `ООО "ПРИМЕР"`,
			"idocs:juridicalAddress":      address,
			"idocs:postAddress":           address,
			"idocs:inn":                   "0012345673",
			"idocs:kpp":                   "001201001",
			"idocs:ogrn":                  "1000000000010",
			"idocs:okpo":                  "00000001",
			"idocs:okato":                 "00401000000",
			"idocs:CEOname":               "Генеральный директор, Тестов Тест Тестович",
		},
	}, req)
	require.Empty(t, project(t, m, "egrDetails", company(t, "legal entity", "egrDetails")).Values)
	require.Equal(t, object{"idocs:phone": "+7 000 000-00-01"}, project(t, m, "contacts", company(t, "legal entity", "contacts")).Values)
	require.Equal(t, object{"idocs:email": "info@primer.example"}, project(t, m, "contactEmails", company(t, "legal entity", "contactEmails")).Values)
}

func TestDefault_branches(t *testing.T) {
	t.Parallel()
	p := project(t, builtIn(t), "req", company(t, "legal entity", "req"), "001243001", "001243002", "001243003", "001299999", "001201001", "")
	require.Equal(t, map[string]map[string]any{
		"001243001": {
			"idocs:kpp":              "001243001",
			"idocs:juridicalAddress": "000155, обл. Примерная, г. Образцов, д. 2",
			"idocs:postAddress":      "000155, обл. Примерная, г. Образцов, д. 2",
		},
		"001243002": {"idocs:kpp": "001243002"}, // a bare region is no address
		"001243003": {
			"idocs:kpp":              "001243003",
			"idocs:juridicalAddress": "ПРИМЕРИЯ, Test street, 1",
			"idocs:postAddress":      "ПРИМЕРИЯ, Test street, 1",
		},
	}, p.Branches)
}

func TestDefault_soleProprietor(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	req := project(t, m, "req", company(t, "sole proprietor", "req"))
	require.Equal(t, &counterparty.Company{Kind: counterparty.SoleProprietor, RegistrationDate: "2018-07-11"}, req.Company)
	require.Equal(t, object{
		"idocs:fullOrganizationName":  "Индивидуальный предприниматель Примеров Пример Примерович",
		"idocs:shortOrganizationName": "ИП Примеров Пример Примерович",
		"idocs:inn":                   "001234567887",
		"idocs:psrnsp":                "300000000000015",
		"idocs:okpo":                  "0000000001",
		"idocs:okato":                 "00296590000",
	}, req.Values)
	require.Equal(t, object{"idocs:juridicalAddress": "Примерная обл, г Примерск", "idocs:postAddress": "Примерная обл, г Примерск"},
		project(t, m, "egrDetails", company(t, "sole proprietor", "egrDetails")).Values)
	require.Equal(t, object{"idocs:juridicalAddress": "Примерная обл., г. Примерск", "idocs:postAddress": "Примерная обл., г. Примерск"},
		project(t, m, "egrDetails", company(t, "sole proprietor without one line", "egrDetails")).Values)
	require.Empty(t, project(t, m, "contacts", company(t, "sole proprietor", "contacts")).Values)
	require.Empty(t, project(t, m, "contactEmails", company(t, "sole proprietor", "contactEmails")).Values)
}

// The head of a farm signs as such: ОКОПФ 50101. All other sole proprietors have 50102, or no code at all.
func TestDefault_headOfAFarm(t *testing.T) {
	t.Parallel()
	for okopf, want := range map[any][2]string{
		"50101": {"Индивидуальный предприниматель, глава крестьянского (фермерского) хозяйства Примеров Пример", "ИП глава КФХ Примеров Пример"},
		"50102": {"Индивидуальный предприниматель Примеров Пример", "ИП Примеров Пример"},
		nil:     {"Индивидуальный предприниматель Примеров Пример", "ИП Примеров Пример"},
	} {
		p := project(t, builtIn(t), "req", object{"IP": object{"fio": "Примеров Пример", "okopf": okopf}})
		require.Equal(t, object{"idocs:fullOrganizationName": want[0], "idocs:shortOrganizationName": want[1]}, p.Values)
		require.Empty(t, p.Notes)
	}
	require.Empty(t, project(t, builtIn(t), "req", object{"IP": object{"fio": " ", "okopf": "50101"}}).Values, "a form alone is no name")
}

// Of several who lead the order in the answer says nothing: it may change from one answer to the next.
func TestDefault_severalLead(t *testing.T) {
	t.Parallel()
	head := func(fio, position, date string) object { return object{"fio": fio, "position": position, "date": date} }
	firm := func(name, date string) object { return object{"name": name, "date": date} }
	for _, tt := range []struct {
		name         string
		heads, firms []any
		want         any
	}{
		{name: "the latest date", heads: []any{head("Первый", "Директор", "2019-01-28"), head("Третий", "Президент", "2021-05-01"), head("Второй", "Директор", "2020-02-02")}, want: "Президент, Третий"},
		{name: "the latest that has a name", heads: []any{head("Первый", "Директор", "2019-01-28"), head(" ", "Президент", "2021-05-01"), object{"date": "2022-01-01"}}, want: "Директор, Первый"},
		{name: "a tie goes by the text", heads: []any{head("Второй", "Директор", "2019-01-28"), head("Первый", "Директор", "2019-01-28"), head("А", "Президент", "2019-01-28")}, want: "Директор, Второй"},
		{name: "without a date comes last", heads: []any{object{"fio": "Первый"}, head("Второй", "", "2019-01-28")}, want: "Второй"},
		{name: "no dates at all", heads: []any{object{"fio": "Второй"}, object{"fio": "Первый", "date": nil}}, want: "Второй"},
		{name: "a person before a company", heads: []any{head("Первый", "", "2000-01-01")}, firms: []any{firm("ООО \"А\"", "2020-01-01")}, want: "Первый"},
		{name: "several companies", heads: []any{head("", "Директор", "2020-01-01")},
			firms: []any{firm("ООО \"В\"", "2019-01-28"), firm("", "2022-01-01"), firm("ООО \"Б\"", "2021-01-28"), firm("ООО \"А\"", "2021-01-28")}, want: "Управляющая организация, ООО \"А\""},
		{name: "nobody has a name", heads: []any{object{}, nil}, firms: []any{object{"name": " "}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				p := project(t, builtIn(t), "req", object{"UL": object{"heads": tt.heads, "managementCompanies": tt.firms}})
				require.Equal(t, tt.want, p.Values["idocs:CEOname"])
				require.Empty(t, p.Notes)
				slices.Reverse(tt.heads)
				slices.Reverse(tt.firms)
			}
		})
	}
}

func TestDefault_dissolved(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	p := project(t, m, "req", company(t, "dissolved sole proprietor", "req"))
	require.Equal(t, &counterparty.Company{Kind: counterparty.SoleProprietor, Dissolved: true, RegistrationDate: "2014-05-20"}, p.Company)

	p = project(t, m, "req", company(t, "dissolved legal entity", "req"))
	require.Equal(t, &counterparty.Company{Kind: counterparty.LegalEntity, KPP: "001201002", Dissolved: true, RegistrationDate: "2002-06-02"}, p.Company)
	require.Equal(t, object{
		"idocs:fullOrganizationName":  `Общество с ограниченной ответственностью "Прежнее"`,
		"idocs:shortOrganizationName": `Общество с ограниченной ответственностью "Прежнее"`,
		"idocs:inn":                   "0012345680",
		"idocs:ogrn":                  "1000000000021",
		"idocs:kpp":                   "001201002",
	}, p.Values, "no heads, no codes, and an address of zip code and region only")
}

func TestDefault_ledByCompany(t *testing.T) {
	t.Parallel()
	p := project(t, builtIn(t), "req", company(t, "led by a company", "req"))
	require.Equal(t, `Управляющая организация, ООО "УПРАВЛЕНИЕ"`, p.Values["idocs:CEOname"])
	require.Equal(t, `ООО "ВЕДОМОЕ"`, p.Values["idocs:fullOrganizationName"], "an empty full name is none")
	require.Equal(t, "000155, г. Образцов", p.Values["idocs:juridicalAddress"], "a blank line is none")
	require.False(t, p.Company.Dissolved, "a status that is a text")
}

func TestDefault_addressFromParts(t *testing.T) {
	t.Parallel()
	p := project(t, builtIn(t), "req", company(t, "address in parts", "req"))
	require.Equal(t, "000144, Примерная обл., Пробный р-н, г. Примерск, п. Новый, ул. Тестовая, дом 19, корп. 2, кв. 11", p.Values["idocs:juridicalAddress"])
	require.Equal(t, "Тестов Тест Тестович", p.Values["idocs:CEOname"], "a head without position")
	require.NotContains(t, p.Values, "idocs:fullOrganizationName")
}

func TestDefault_addressParts(t *testing.T) {
	t.Parallel()
	topo := func(short, full, value string) object {
		return object{"topoShortName": short, "topoFullName": full, "topoValue": value}
	}
	tests := []struct {
		name string
		give object
		want any
	}{
		{name: "a federal city puts its type first", give: object{"regionName": topo("г", "город", "Столица"), "street": topo("ул", "улица", "Тестовая")}, want: "г. Столица, ул. Тестовая"},
		{name: "an abbreviation with a dot gets no other", give: object{"city": topo("г.", "город", "Примерск")}, want: "г. Примерск"},
		{name: "without an abbreviation the full word", give: object{"street": object{"topoFullName": "проезд", "topoValue": "Пробный"}}, want: "проезд Пробный"},
		{name: "an empty abbreviation is none", give: object{"street": topo("", "проезд", "Пробный")}, want: "проезд Пробный"},
		{name: "a flat with letters", give: object{"street": topo("ул", "улица", "Тестовая"), "flat": object{"topoValue": "помещ. 11н"}}, want: "ул. Тестовая, помещ. 11н"},
		{name: "a flat with its type", give: object{"street": topo("ул", "улица", "Тестовая"), "flat": topo("кв", "квартира", "7")}, want: "ул. Тестовая, кв. 7"},
		{name: "nulls", give: object{"street": topo("ул", "улица", "Тестовая"), "flat": nil, "house": object{"topoValue": nil}}, want: "ул. Тестовая"},
		{name: "region and district are not enough", give: object{"zipCode": "000144", "regionName": topo("обл", "область", "Примерная"), "district": topo("р-н", "район", "Пробный")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := project(t, builtIn(t), "req", object{"UL": object{"legalAddress": object{"parsedAddressRF": tt.give}}})
			require.Empty(t, p.Notes)
			require.Equal(t, tt.want, p.Values["idocs:juridicalAddress"])
		})
	}
}

// TestDefault_emails covers the shapes that the answer may have: the contract does not fix it.
func TestDefault_emails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give object
		want any
	}{
		{name: "list of texts", give: object{"contactEmails": object{"emails": []any{"a.b@primer.example", "c@primer.example"}}}, want: "a.b@primer.example"},
		{name: "list of objects", give: object{"contactEmails": object{"emails": []any{object{"email": "a@primer.example"}}}}, want: "a@primer.example"},
		{name: "bare list", give: object{"contactEmails": []any{"a@primer.example"}}, want: "a@primer.example"},
		{name: "list beside", give: object{"emails": []any{"a@primer.example"}}, want: "a@primer.example"},
		{name: "no address", give: object{"contactEmails": object{"count": 5.0, "emails": []any{"a@b", "@", "a b@primer.example", "нет", "почта@primer.example"}}}},
		{name: "elsewhere in the object", give: object{"focusHref": "https://a@primer.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := project(t, builtIn(t), "contactEmails", tt.give)
			require.Empty(t, p.Notes)
			require.Equal(t, tt.want, p.Values["idocs:email"])
		})
	}
}
