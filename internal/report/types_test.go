package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

func TestDefaultTypes(t *testing.T) {
	t.Parallel()
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	require.Equal(t, []string{"requisites", "full"}, types.IDs())
	requisites, ok := types.Find("requisites")
	require.True(t, ok)
	both := []report.Kind{report.LegalEntity, report.SoleProprietor}
	require.Equal(t, report.Type{ID: "requisites", Name: "Requisites", Sources: []report.TypeSource{
		{ID: "kontur.req", Method: "req", AppliesTo: both, TimeLimit: pass.Duration(time.Minute), Content: "."},
	}}, requisites)
	full, ok := types.Find("full")
	require.True(t, ok)
	var asked, needs []string
	for _, s := range full.Sources {
		asked = append(asked, s.Method)
		needs = append(needs, s.Needs)
		require.Equal(t, both, s.AppliesTo)
	}
	require.Equal(t, methods.All(), asked, "everything that can be asked")
	require.Equal(t, []string{"", "ogrn", "ogrn", "ogrn", "ogrn", "ogrn", "ogrn"}, needs)
	require.Equal(t, "kontur.req", full.CompanySource())
	require.Equal(t, "kontur.egr-details", full.SourceIDs()[1])
	_, ok = types.Find("Full")
	require.False(t, ok)
}

func TestTypes_areCopies(t *testing.T) {
	t.Parallel()
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	one, _ := types.Find("full")
	one.Sources[0].ID, one.Sources[0].AppliesTo[0] = "spoiled", "spoiled"
	types.List()[1].Sources[0].AppliesTo[1] = "spoiled"
	again, _ := types.Find("full")
	require.Equal(t, "kontur.req", again.Sources[0].ID)
	require.Equal(t, []report.Kind{report.LegalEntity, report.SoleProprietor}, again.Sources[0].AppliesTo)
}

func TestParseTypes_takes(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]string{
		"YAML": "types:\n- id: a\n  name: A\n  konturKey: ACME\n  sources:\n  - {id: kontur.req, method: req, timeLimit: 90s, content: .UL.kpp}\n" +
			"  - {id: my.sites, method: sites, needs: kontur.req, appliesTo: [UL], optional: true}\n",
		"JSON": `{"types":[{"id":"a","name":"A","konturKey":"ACME","sources":[{"id":"kontur.req","method":"req","timeLimit":"1m30s","content":".UL.kpp","needs":null},
			{"id":"my.sites","method":"sites","needs":"kontur.req","appliesTo":["UL"],"optional":true}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			types, err := report.ParseTypes([]byte(give))
			require.NoError(t, err)
			require.Equal(t, []report.Type{{ID: "a", Name: "A", KonturKey: "ACME", Sources: []report.TypeSource{
				{ID: "kontur.req", Method: "req", AppliesTo: []report.Kind{"UL", "IP"}, TimeLimit: pass.Duration(90 * time.Second), Content: ".UL.kpp"},
				{ID: "my.sites", Method: "sites", Needs: "kontur.req", AppliesTo: []report.Kind{"UL"}, TimeLimit: pass.Duration(time.Minute), Optional: true, Content: "."},
			}}}, types.List())
		})
	}
}

// one is a file of one type with sources besides req.
func one(sources ...string) string {
	return "types:\n- id: a\n  sources:\n  - {id: kontur.req, method: req}\n  - " + strings.Join(sources, "\n  - ") + "\n"
}

func TestParseTypes_refuses(t *testing.T) {
	t.Parallel()
	const list = "a list of at least one type {id, name, konturKey, sources}"
	methods := strings.Join(methods.All(), ", ")
	tests := []struct {
		name, give string
		want       []string
	}{
		{"nothing", "", []string{"types is missing; allowed: " + list}},
		{"comments only", "# nothing\n", []string{"types is missing; allowed: " + list}},
		{"broken YAML", "types: [\n", []string{"YAML: line 1: did not find expected node content"}},
		{"two documents", one("{id: b.b, method: sites}") + "---\n{}", []string{`file: "a second document" is not allowed; allowed: one document`}},
		{"no object", "[1]", []string{`file: "a list" is not allowed; allowed: the fields types`}},
		{"no list", "types: full", []string{`types: "full" is not allowed; allowed: ` + list}},
		{"no types", "types: []", []string{`types: "an empty list" is not allowed; allowed: ` + list}},
		{"unknown fields", "version: 1\ntypes:\n- id: a\n  Name: A\n  sources:\n  - {id: kontur.req, method: req, need: inn}\n", []string{
			`file: "version" is not allowed; allowed: the fields types`,
			`type 1 (a): "Name" is not allowed; allowed: the fields id, name, konturKey, sources`,
			`type 1 (a) source 1 (kontur.req): "need" is not allowed; allowed: the fields id, method, needs, appliesTo, timeLimit, optional, content`,
		}},
		{"a field twice", one("{id: b.b, method: sites, method: req}"), []string{
			`type 1 (a) source 2 (b.b) method: "req" is not allowed; allowed: each field once`,
		}},
		{"everything missing", "types:\n- {}\n- id: b\n  sources: [{}]\n", []string{
			"type 1 sources is missing; allowed: a list of at least one source {id, method, needs, appliesTo, timeLimit, optional, content}",
			"type 1 id is missing; allowed: 1 to 60 characters a-z, 0-9 and hyphen, a letter first",
			"type 2 (b) source 1 id is missing; allowed: 3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last",
			"type 2 (b) source 1 method is missing; allowed: " + methods,
			"type 2 (b) sources is missing; allowed: a list that has one source with the method req, which identifies the company",
		}},
		{"no objects", "types:\n- full\n- id: b\n  sources: [req]\n", []string{
			`type 1: "full" is not allowed; allowed: the fields id, name, konturKey, sources`,
			`type 2 (b) source 1: "req" is not allowed; allowed: the fields id, method, needs, appliesTo, timeLimit, optional, content`,
			"type 2 (b) sources is missing; allowed: a list that has one source with the method req, which identifies the company",
		}},
		{"ids", "types:\n- id: Full_\n  sources: [{id: kontur.req, method: req}]\n- id: b\n  sources: [{id: req/, method: req}, {id: inn, method: sites}, {id: ogrn, method: contacts}]\n- id: b\n  sources: [{id: a.a, method: req}, {id: a.a, method: sites}]\n- id: 7\n  sources: [{id: kontur.req, method: req}]\n", []string{
			`type 4 (7) id: "7" is not allowed; allowed: a text; numbers and the like stand in quotes`,
			`type 1 (Full_) id: "Full_" is not allowed; allowed: 1 to 60 characters a-z, 0-9 and hyphen, a letter first`,
			`type 2 (b) source 1 (req/) id: "req/" is not allowed; allowed: 3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last`,
			`type 2 (b) source 2 (inn) id: "inn" is not allowed; allowed: another id: needs has a meaning of its own for this one`,
			`type 2 (b) source 3 (ogrn) id: "ogrn" is not allowed; allowed: another id: needs has a meaning of its own for this one`,
			`type 3 (b) id: "b" is not allowed; allowed: each id once; type 2 has it`,
			`type 3 (b) source 2 (a.a) id: "a.a" is not allowed; allowed: each id once in a type; source 1 has it`,
		}},
		{"methods", one("{id: b.b, method: stat}", "{id: c.c, method: req}", "{id: d.d, method: sites}", "{id: e.e, method: sites}"), []string{
			`type 1 (a) source 2 (b.b) method: "stat" is not allowed; allowed: ` + methods,
			`type 1 (a) source 3 (c.c) method: "req" is not allowed; allowed: each method once in a type; source 1 has it`,
			`type 1 (a) source 5 (e.e) method: "sites" is not allowed; allowed: each method once in a type; source 4 has it`,
		}},
		{"nobody tells the company", "types:\n- id: a\n  sources: [{id: b.b, method: sites, needs: ogrn}]\n", []string{
			`type 1 (a) sources: "b.b" is not allowed; allowed: a list that has one source with the method req, which identifies the company`,
		}},
		{"needs", "types:\n- id: a\n  sources: [{id: b.b, method: req, needs: ogrn}, {id: c.c, method: sites, needs: d.d}, {id: e.e, method: contacts, needs: kpp}]\n", []string{
			`type 1 (a) source 1 (b.b) needs: "ogrn" is not allowed; allowed: nothing with the method req: it gives the others INN and OGRN`,
			`type 1 (a) source 2 (c.c) needs: "d.d" is not allowed; allowed: inn, ogrn or another source of the type`,
			`type 1 (a) source 3 (e.e) needs: "kpp" is not allowed; allowed: inn, ogrn or another source of the type`,
		}},
		{"needs in a circle", one("{id: b.b, method: sites, needs: c.c}", "{id: c.c, method: contacts, needs: d.d}", "{id: d.d, method: licences, needs: b.b}", "{id: e.e, method: egrDetails, needs: e.e}", "{id: f.f, method: briefReport, needs: e.e}"), []string{
			`type 1 (a) source 2 (b.b) needs: "c.c" is not allowed; allowed: what does not lead back to the source: b.b needs c.c needs d.d needs b.b`,
			`type 1 (a) source 3 (c.c) needs: "d.d" is not allowed; allowed: what does not lead back to the source: c.c needs d.d needs b.b needs c.c`,
			`type 1 (a) source 4 (d.d) needs: "b.b" is not allowed; allowed: what does not lead back to the source: d.d needs b.b needs c.c needs d.d`,
			`type 1 (a) source 5 (e.e) needs: "e.e" is not allowed; allowed: what does not lead back to the source: e.e needs e.e`,
		}},
		{"kinds", one("{id: b.b, method: sites, appliesTo: [ul]}", "{id: c.c, method: contacts, appliesTo: [UL, UL]}", "{id: d.d, method: licences, appliesTo: foreign}", "{id: e.e, method: egrDetails, appliesTo: [foreign]}", "{id: f.f, method: briefReport, appliesTo: []}"), []string{
			`type 1 (a) source 4 (d.d) appliesTo: "foreign" is not allowed; allowed: a list such as [UL, IP]`,
			`type 1 (a) source 6 (f.f) appliesTo: "an empty list" is not allowed; allowed: a list such as [UL, IP]`,
			`type 1 (a) source 2 (b.b) appliesTo: "ul" is not allowed; allowed: UL, IP`,
			`type 1 (a) source 3 (c.c) appliesTo: "UL" is not allowed; allowed: each kind once`,
			`type 1 (a) source 5 (e.e) appliesTo: "foreign" is not allowed; allowed: UL, IP; none of these methods knows foreign organisations`,
		}},
		{"time limits", one("{id: b.b, method: sites, timeLimit: 5}", "{id: c.c, method: contacts, timeLimit: 31m}", "{id: d.d, method: licences, timeLimit: 0s}", "{id: e.e, method: egrDetails, timeLimit: [1m]}"), []string{
			`type 1 (a) source 2 (b.b) timeLimit: "5" is not allowed; allowed: a duration from 1s to 30m such as 60s`,
			`type 1 (a) source 4 (d.d) timeLimit: "0s" is not allowed; allowed: a duration from 1s to 30m such as 60s`,
			`type 1 (a) source 5 (e.e) timeLimit: "a list" is not allowed; allowed: a duration from 1s to 30m such as 60s`,
			`type 1 (a) source 3 (c.c) timeLimit: "31m" is not allowed; allowed: a duration from 1s to 30m such as 60s`,
		}},
		{"flags and texts", one("{id: b.b, method: sites, optional: 1}", "{id: c.c, method: contacts, content: {a: .a}}", "{id: d.d, method: licences, content: ' '}"), []string{
			`type 1 (a) source 2 (b.b) optional: "1" is not allowed; allowed: true or false`,
			`type 1 (a) source 3 (c.c) content: "fields of its own" is not allowed; allowed: a text; numbers and the like stand in quotes`,
			`type 1 (a) source 4 (d.d) content: " " is not allowed; allowed: a text, or no such field`,
		}},
		{"jq", one("{id: b.b, method: sites, content: '.a }'}", "{id: c.c, method: contacts, content: now}", "{id: d.d, method: licences, content: $company}"), []string{
			`type 1 (a) source 2 (b.b) content: unexpected token "}" at character 4`,
			`type 1 (a) source 3 (c.c) content: function not allowed: now at character 1`,
			`type 1 (a) source 4 (d.d) content: variable not defined: $company at character 1`,
		}},
		{"an alias", "types:\n- id: a\n  sources: [&s {id: kontur.req, method: req}, *s]\n", []string{
			`type 1 (a) source 2: "*s" is not allowed; allowed: the fields id, method, needs, appliesTo, timeLimit, optional, content`,
		}},
		{"a name without end", "types:\n- {id: a, name: " + strings.Repeat("я", 201) + ", sources: [{id: kontur.req, method: req}]}\n", []string{
			`type 1 (a) name: "` + strings.Repeat("я", 80) + `…" is not allowed; allowed: at most 200 characters`,
		}},
		{"a key in place of its name", "types:\n- {id: a, konturKey: 1a2b3c4d5e6f, sources: [{id: kontur.req, method: req}]}\n" +
			"- {id: b, konturKey: 12345678901234567890, sources: [{id: kontur.req, method: req}]}\n", []string{
			`type 2 (b) konturKey: "***" is not allowed; allowed: ` + pass.AllowedKeyName,
			`type 1 (a) konturKey: "***" is not allowed; allowed: as above for type 2 (b) konturKey`,
		}},
		{"a file without end", strings.Repeat("#", 256<<10+1), []string{`file: "262145 bytes" is not allowed; allowed: at most 262144 bytes`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := report.ParseTypes([]byte(tt.give))
			require.Error(t, err)
			require.True(t, invalid.Is(err))
			require.Equal(t, tt.want, strings.Split(err.Error(), "\n"))
		})
	}
}

func TestLoadTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	require.NoError(t, os.WriteFile(good, []byte(one("{id: b.b, method: sites}")), 0o600))
	require.NoError(t, os.WriteFile(bad, []byte("types: 1"), 0o600))
	types, err := report.LoadTypes(good)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, types.IDs())
	_, err = report.LoadTypes(bad)
	require.True(t, invalid.Is(err))
	require.ErrorContains(t, err, "report types "+bad+":\n")
	_, err = report.LoadTypes(filepath.Join(dir, "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzParseTypes takes whatever people write: it never panics, and says of a bad file that the input is invalid.
func FuzzParseTypes(f *testing.F) {
	data, err := os.ReadFile("default-report-types.yaml")
	require.NoError(f, err)
	f.Add(string(data))
	f.Add(one("{id: b.b, method: sites, needs: kontur.req, appliesTo: [UL], timeLimit: 1m, optional: true, content: .a}"))
	f.Add(`{"types":[null,{"sources":[null,[]]}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		types, err := report.ParseTypes([]byte(data))
		if err != nil {
			require.True(t, invalid.Is(err), "%v", err)
			return
		}
		for _, each := range types.List() {
			require.NotEmpty(t, each.CompanySource())
		}
	})
}
