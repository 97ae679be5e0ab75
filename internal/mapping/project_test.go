package mapping_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

// single is a mapping of one attribute.
func single(t testing.TB, value string) *mapping.Mapping {
	t.Helper()
	quoted, err := json.Marshal(value)
	require.NoError(t, err)
	return parsed(t, `{"attribute": "idocs:a", "source": "egrDetails", "value": `+string(quoted)+`, "write": "always"}`)
}

func TestProject_values(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		give        any
		want        any
		note        string
	}{
		{name: "text is trimmed", value: ".a", give: " a \n", want: "a"},
		{name: "blank text is absent", value: ".a", give: " \u00a0"},
		{name: "null is absent", value: ".a", give: nil},
		{name: "empty is absent", value: "empty", give: "a"},
		{name: "false is a value", value: ".a", give: false, want: false},
		{name: "only the first output counts", value: ".a[]", give: []any{"a", "b"}, want: "a"},
		{name: "a first output of null is absent", value: ".a[]", give: []any{nil, "b"}},
		{name: "list", value: ".a", give: []any{" a", nil, "", 1.0, true}, want: []any{"a", 1.0, true}},
		{name: "list of nothing is absent", value: ".a", give: []any{nil, " "}},
		{name: "float64", value: ".a", give: 51.5, want: 51.5},
		{name: "int", value: ".a + 1", give: 51, want: 52.0},
		{name: "json.Number", value: ".a", give: json.Number("100.0"), want: 100.0},
		{name: "json.Number in sums", value: ".a * 2", give: json.Number("5654097"), want: 11308194.0},
		{name: "big.Int", value: ".a", give: new(big.Int).Lsh(big.NewInt(1), 70), want: 1180591620717411303424.0},
		{name: "object", value: ".a", give: object{}, note: "jq expression returns an object; a value is a text, a number, a boolean or a list of these"},
		{name: "list of objects", value: ".a", give: []any{object{}}, note: "jq expression returns a list with something other than texts, numbers and booleans in it"},
		{name: "list of lists", value: ".a", give: []any{[]any{"a"}}, note: "jq expression returns a list with something other than texts, numbers and booleans in it"},
		{name: "infinity", value: "infinite", note: "jq expression returns a number that is too large, or none"},
		{name: "not a number", value: "nan", note: "jq expression returns a number that is too large, or none"},
		{name: "number out of range", value: ".a", give: json.Number("1e999"), note: "jq expression returns a number that is too large, or none"},
		{name: "type mismatch", value: ".a.b", give: "a", note: `jq expression fails: expected an object but got: string ("a")`},
		{name: "own error", value: `error("no " + .a)`, give: "a", note: "jq expression fails: error: no a"},
		{name: "what is not JSON", value: ".a | type", give: []string{"a"}, note: "jq expression gets what is not JSON: invalid type: []string ([a])"},
		{name: "control characters are taken out", value: ".a", give: "\x00 ООО\x1b \"При\u0085мер\"\u007f \x01", want: "ООО \"При мер\""},
		{name: "nothing but control characters is absent", value: ".a", give: "\x00 \x1f"},
		{name: "control characters in a list", value: ".a", give: []any{"\x00", "a\x00"}, want: []any{"a"}},
		{name: "lines stay", value: ".a", give: "a\n\tb", want: "a\n\tb"},
		{name: "a lost character", value: ".a", give: "При\ufffdер", note: "jq expression returns a text with a lost character, U+FFFD"},
		{name: "a lost character in a list", value: ".a", give: []any{"a", "\ufffd"}, note: "jq expression returns a text with a lost character, U+FFFD"},
		{name: "a lost character of the expression", value: `"z/A=" | @base64d`, note: "jq expression returns a text with a lost character, U+FFFD"},
		{name: "$company is the object", value: "$company.a", give: "a", want: "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := single(t, tt.value).Project("egrDetails", "0012345673", "1000000000010", object{"a": tt.give}, nil)
			require.NoError(t, err)
			want := counterparty.Projection{INN: "0012345673", OGRN: "1000000000010"}
			if tt.want != nil {
				want.Values = object{"idocs:a": tt.want}
			}
			if tt.note != "" {
				want.Notes = map[string]string{"idocs:a": tt.note}
			}
			require.Equal(t, want, p)
		})
	}
}

func TestProject_endlessExpressionEnds(t *testing.T) {
	t.Parallel()
	p, err := single(t, "def f: f; f").Project("egrDetails", "", "", object{}, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"idocs:a": "jq expression takes longer than 1s"}, p.Notes)
}

func TestProject_oneFailureCostsOneAttribute(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "req", "value": ".UL.a.b", "write": "always", "absent": "clear"},
		{"attribute": "idocs:b", "source": "req", "value": ".UL.b", "write": "always", "absent": "clear"},
		{"attribute": "idocs:c", "source": "req", "value": ".UL.a", "write": "always"},
		{"attribute": "idocs:d", "source": "contacts", "value": ".UL.a", "write": "always"}`)
	p := project(t, m, "req", object{"UL": object{"a": "a"}})
	require.Equal(t, object{"idocs:b": nil, "idocs:c": "a"}, p.Values, "nothing to clear where the expression failed, and other sources are other projections")
	require.Len(t, p.Notes, 1)
}

func TestProject_survivesHistory(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "req", "value": ".UL.a", "write": "always", "absent": "clear"},
		{"attribute": "idocs:b", "source": "req", "value": ".UL.b", "branch": ".b", "write": "always"}`)
	p := project(t, m, "req", object{"UL": object{"b": []any{json.Number("1"), "b"}, "branches": []any{object{"kpp": branchKPP, "b": json.Number("2")}}}}, branchKPP)
	data, err := json.Marshal(p)
	require.NoError(t, err)
	var back counterparty.Projection
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, p, back)
}

func TestProject_branches(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "req", "value": ".UL.a", "branch": ".a // $company.UL.a", "write": "always"},
		{"attribute": "idocs:b", "source": "req", "value": ".UL.b", "branch": ".b.b", "write": "always"},
		{"attribute": "idocs:c", "source": "req", "value": ".UL.c", "write": "always"}`)
	give := func(branches ...any) object {
		return object{"UL": object{"a": "company", "c": "company", "branches": branches}}
	}
	tests := []struct {
		name string
		give object
		want map[string]map[string]any
	}{
		{name: "the company is at hand", give: give(object{"kpp": branchKPP}), want: map[string]map[string]any{branchKPP: {"idocs:a": "company"}}},
		{name: "only those asked about", give: give(object{"kpp": "001243009", "a": "other"}, object{"a": "none"}, object{"kpp": branchKPP, "a": "a"}),
			want: map[string]map[string]any{branchKPP: {"idocs:a": "a"}}},
		{name: "two with one KPP say what they agree on", give: give(object{"kpp": branchKPP, "a": "1", "b": object{"b": "b"}}, object{"kpp": branchKPP, "a": "2", "b": object{"b": "b"}}),
			want: map[string]map[string]any{branchKPP: {"idocs:b": "b"}}},
		{name: "a failure costs one attribute", give: give(object{"kpp": branchKPP, "a": "a", "b": "b"}), want: map[string]map[string]any{branchKPP: {"idocs:a": "a"}}},
		{name: "not a list of branches", give: object{"UL": object{"branches": "none"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, project(t, m, "req", tt.give, "", branchKPP).Branches)
		})
	}
	p := project(t, m, "req", give(object{"kpp": branchKPP, "b": "b"}), branchKPP)
	require.Equal(t, map[string]string{"idocs:b": `jq expression of branch 001243001 fails: expected an object but got: string ("b")`}, p.Notes)
}

func TestProject_branchesAreCleanToo(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "req", "value": ".a", "branch": ".a", "write": "always"},
		{"attribute": "idocs:b", "source": "req", "value": ".b", "branch": ".b", "write": "always"}`)
	p := project(t, m, "req", object{"UL": object{"branches": []any{object{"kpp": branchKPP, "a": "a\x00", "b": "\ufffd"}}}}, branchKPP)
	require.Equal(t, map[string]map[string]any{branchKPP: {"idocs:a": "a"}}, p.Branches)
	require.Equal(t, map[string]string{"idocs:b": "jq expression of branch 001243001 returns a text with a lost character, U+FFFD"}, p.Notes)
}

func TestProject_refuses(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	_, err := m.Project("requisites", "", "", object{}, nil)
	require.EqualError(t, err, `project "requisites": unknown source`)
	for _, give := range []object{nil, {}, {"UL": nil}, {"UL": []any{}}} {
		_, err = m.Project("req", "0012345673", "1000000000010", give, nil)
		require.EqualError(t, err, "project req of OGRN 1000000000010: neither UL nor IP is there: the answer breaks the contract")
	}
}

// TestProject_staysSmall keeps the largest known kind of company within what a history can take for a batch of 100.
func TestProject_staysSmall(t *testing.T) {
	t.Parallel()
	o := company(t, "legal entity", "req")
	ul := o["UL"].(object)
	for range 70 {
		ul["branches"] = append(ul["branches"].([]any), object{"name": strings.Repeat("Ф", 200), "kpp": "001243999", "parsedAddressRF": object{"street": object{"topoValue": strings.Repeat("у", 500)}}})
	}
	data, err := json.Marshal(project(t, builtIn(t), "req", o, branchKPP))
	require.NoError(t, err)
	require.Less(t, len(data), 3000)
}

// An expression may put all that it has before it into an error. Notes are short.
func TestProject_boundsNotes(t *testing.T) {
	t.Parallel()
	p, err := single(t, "error(.text)").Project("egrDetails", "1", "2", map[string]any{"text": strings.Repeat("Ж", 60_000)}, nil)
	require.NoError(t, err)
	require.Len(t, p.Notes, 1)
	for _, note := range p.Notes {
		require.Contains(t, note, "jq expression fails")
		require.Less(t, len(note), 1000)
	}
}
