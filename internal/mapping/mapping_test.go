package mapping_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/mapping"
)

type object = map[string]any

// company returns what a source says about one of the invented companies of testdata.
func company(t testing.TB, name, source string) object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "companies.json"))
	require.NoError(t, err)
	var companies map[string]map[string]object
	require.NoError(t, json.Unmarshal(data, &companies))
	require.Contains(t, companies[name], source)
	return companies[name][source]
}

func builtIn(t testing.TB) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Default()
	require.NoError(t, err)
	return m
}

// parsed compiles a mapping of the given entries and, if any, definitions.
func parsed(t testing.TB, entries string, definitions ...string) *mapping.Mapping {
	t.Helper()
	lines, err := json.Marshal(definitions)
	require.NoError(t, err)
	if definitions == nil {
		lines = []byte(`""`)
	}
	m, err := mapping.Parse([]byte(`{"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]}, "definitions": ` + string(lines) + `, "attributes": [` + entries + `]}`))
	require.NoError(t, err)
	return m
}

// project is Project for an object that has the identifiers in it.
func project(t testing.TB, m *mapping.Mapping, source string, o object, kpps ...string) counterparty.Projection {
	t.Helper()
	inn, _ := o["inn"].(string)
	ogrn, _ := o["ogrn"].(string)
	p, err := m.Project(source, inn, ogrn, o, kpps)
	require.NoError(t, err)
	return p
}

func TestDefault(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	require.Equal(t, []string{
		"idocs:fullOrganizationName", "idocs:shortOrganizationName", "idocs:juridicalAddress", "idocs:postAddress", "idocs:inn", "idocs:kpp",
		"idocs:ogrn", "idocs:psrnsp", "idocs:okpo", "idocs:okato", "idocs:CEOname", "idocs:phone", "idocs:email",
	}, m.Attributes())
}

func TestAttributes_identityComesLast(t *testing.T) {
	t.Parallel()
	m := parsed(t, `{"attribute": "idocs:kpp", "source": "req", "value": ".UL.kpp", "write": "always"}`)
	require.Equal(t, []string{"idocs:kpp", "idocs:inn", "idocs:ogrn"}, m.Attributes())
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give object
		want counterparty.Identity
	}{
		{name: "legal entity", give: object{"idocs:inn": "0012345673", "idocs:ogrn": "1000000000010", "idocs:kpp": "001201001"},
			want: counterparty.Identity{INN: "0012345673", OGRN: "1000000000010", KPP: "001201001"}},
		{name: "sole proprietor", give: object{"idocs:inn": "001234567887", "idocs:ogrn": " ", "idocs:psrnsp": "300000000000015"},
			want: counterparty.Identity{INN: "001234567887", OGRN: "300000000000015"}},
		{name: "trimmed", give: object{"idocs:inn": " 0012345673\u00a0\n"}, want: counterparty.Identity{INN: "0012345673"}},
		{name: "what nobody sees", give: object{"idocs:inn": "\u202a00123\u200b45673\u202c", "idocs:kpp": "001201001\u200b"}, want: counterparty.Identity{INN: "0012345673", KPP: "001201001"}},
		{name: "a word before the OGRNIP", give: object{"idocs:ogrn": "нет", "idocs:psrnsp": "300000000000015"}, want: counterparty.Identity{OGRN: "300000000000015"}},
		{name: "nothing but words", give: object{"idocs:ogrn": "нет", "idocs:psrnsp": "-", "idocs:kpp": "б/н"}, want: counterparty.Identity{OGRN: "нет", KPP: "б/н"}},
		{name: "first of a list", give: object{"idocs:inn": []any{"", "0012345673", "0012345680"}}, want: counterparty.Identity{INN: "0012345673"}},
		{name: "number as its digits", give: object{"idocs:inn": float64(7712345678), "idocs:ogrn": json.Number("1000000000010"), "idocs:kpp": 771201001},
			want: counterparty.Identity{INN: "7712345678", OGRN: "1000000000010", KPP: "771201001"}},
		{name: "nothing", give: object{"idocs:inn": nil, "idocs:ogrn": true, "idocs:kpp": object{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, builtIn(t).Identity(tt.give))
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mapping.json")
	_, err := mapping.Load(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.False(t, invalid.Is(err))

	require.NoError(t, os.WriteFile(path, []byte(`{}`), 0o600))
	_, err = mapping.Load(path)
	require.ErrorContains(t, err, path)
	require.True(t, invalid.Is(err))

	data, err := os.ReadFile("default-mapping-attributes.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.TrimSpace(data), 0o600))
	m, err := mapping.Load(path)
	require.NoError(t, err)
	require.Equal(t, builtIn(t).Attributes(), m.Attributes())
}
