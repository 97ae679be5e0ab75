package jq_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/jq"
)

type object = map[string]any

func TestFirst(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		on         any
		want, err  string
	}{
		{name: "the whole object, keys in order", give: ".", on: object{"b": "<&>", "a": json.Number("100.0")}, want: `{"a":100.0,"b":"<&>"}`},
		{name: "only the first output counts", give: ".[]", on: []any{"a", "b"}, want: `"a"`},
		{name: "no output is null", give: "empty", on: object{}, want: "null"},
		{name: "definitions", give: "twice(.a)", on: object{"a": 2.0}, want: "4"},
		{name: "variables", give: "$firm.a", on: object{}, want: `"firm's"`},
		{name: "no number is null", give: "nan", on: object{}, want: "null"},
		{name: "a large number keeps its digits", give: ".a + 1", on: object{"a": json.Number("123456789012345678901234567890")}, want: "123456789012345678901234567891"},
		{name: "an error of its own", give: `error("no")`, on: object{}, err: "fails: error: no"},
		{name: "a type that does not fit", give: ".a.b", on: object{"a": "x"}, err: `fails: expected an object but got: string ("x")`},
		{name: "what is not JSON", give: ".a | type", on: object{"a": []string{"x"}}, err: "gets what is not JSON: invalid type: []string ([x])"},
		{name: "a loop", give: "def f: f; f", on: object{}, err: "takes longer than 1s"},
	}
	definitions, err := jq.Define("def twice(f): 2 * f;")
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := jq.Compile(tt.give, definitions, "$firm")
			require.NoError(t, err)
			output, err := e.First(tt.on, object{"a": "firm's"})
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			data, err := jq.Encode(output)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(data))
		})
	}
}

func TestCompile_refuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"a token", ".a }", `unexpected token "}" at character 4`},
		{"an end", ".a[", "unexpected EOF at the end"},
		{"an unknown function", ".a\n| upper", "function not defined: upper/0 at line 2, character 3"},
		{"an unknown variable", "$company", "variable not defined: $company at character 1"},
		{"an import", `import "a" as a; .`, "module directives and imports are not allowed here"},
	}
	for _, name := range jq.Forbidden() {
		give := name
		if name == "input_line_number" || name == "get_search_list" {
			give = "1 | " + name
		}
		_, err := jq.Compile(give, jq.Definitions{})
		require.ErrorContains(t, err, "function not allowed: "+name+" at character ", name)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := jq.Compile(tt.give, jq.Definitions{})
			require.EqualError(t, err, tt.want)
		})
	}
}

func TestDefine_refuses(t *testing.T) {
	t.Parallel()
	_, err := jq.Define("def a: 1; a")
	require.EqualError(t, err, "has something besides definitions: every one reads def name: …;")
	_, err = jq.Define("def a: b;")
	require.EqualError(t, err, "function not defined: b/0 at character 8")
	_, err = jq.Define(" \n")
	require.NoError(t, err)
	require.NoError(t, jq.Check("unknown(.a)"))
	require.Error(t, jq.Check("unknown(.a"))
}

func TestEncode_refusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	_, err := jq.Encode(struct{}{})
	require.ErrorContains(t, err, "returns what is not JSON")
}

func FuzzCompile(f *testing.F) {
	f.Add(".UL.kpp // \"a\"", `{"UL":{"kpp":"001"}}`)
	f.Add("[.[] | {a: .}]", `[1,2.50,"ж"]`)
	f.Fuzz(func(t *testing.T, text, data string) {
		e, err := jq.Compile(text, jq.Definitions{})
		var on any
		if err != nil || json.Unmarshal([]byte(data), &on) != nil {
			return
		}
		output, err := e.First(on)
		if err != nil {
			return
		}
		encoded, err := jq.Encode(output)
		require.NoError(t, err)
		require.True(t, json.Valid(encoded), "%s", encoded)
	})
}
