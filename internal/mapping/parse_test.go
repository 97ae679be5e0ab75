package mapping_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/mapping"
)

const (
	goodIdentity = `"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]}`
	goodEntry    = `{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "always"}`
)

// file is a mapping of the given entries, good but for them.
func file(entries ...string) string {
	return `{` + goodIdentity + `, "attributes": [` + strings.Join(entries, ", ") + `]}`
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       []string
	}{
		{name: "nothing", give: "", want: []string{"JSON: unexpected end of JSON input at character 1"}},
		{name: "broken JSON", give: "{\n  \"identity\": {,}\n}", want: []string{"JSON: invalid character ',' looking for beginning of object key string at line 2, character 16"}},
		{name: "two documents", give: "{} {}", want: []string{"JSON: invalid character '{' after top-level value at character 4"}},
		{name: "Windows-1251", give: "{\n\"definitions\": \"# \xcf\xf0\xe8\xec\xe5\xf0\"}", want: []string{"JSON: line 2: bytes that are not UTF-8; allowed: JSON in UTF-8"}},
		{name: "half of a surrogate pair", give: `{"definitions": "\ud83d"}`, want: []string{`JSON: line 1: half of a surrogate pair, such as \ud83d alone; allowed: JSON in UTF-8`}},
		{name: "no object", give: `[1]`, want: []string{`mapping: "[1]" is not allowed; allowed: an object with identity, memory, adopt, definitions, attributes`}},
		{name: "empty object", give: `{}`, want: []string{
			"identity is missing; allowed: an object with inn, ogrn, kpp",
			"attributes is missing; allowed: a list of at least one entry {attribute, source, value, branch, write, absent}",
		}},
		{name: "no entry", give: file(), want: []string{`attributes: "[]" is not allowed; allowed: a list of at least one entry {attribute, source, value, branch, write, absent}`}},
		{name: "unknown fields", give: `{"Identity": {}, ` + goodIdentity + `, "attributes": [{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "always", "wirte": "never"}]}`, want: []string{
			`mapping: "Identity" is not allowed; allowed: the fields identity, memory, adopt, definitions, attributes`,
			`entry 1 (idocs:a): "wirte" is not allowed; allowed: the fields attribute, source, value, branch, write, absent`,
		}},
		{name: "a field twice", give: file(`{"attribute": "idocs:a", "source": "req", "value": ".a", "value": ".b", "write": "always"}`), want: []string{
			`entry 1 (idocs:a) value: "\".b\"" is not allowed; allowed: each field once`,
		}},
		{name: "identity", give: `{"identity": {"inn": [], "ogrn": "idocs:ogrn", "kpo": []}, "attributes": [` + goodEntry + `]}`, want: []string{
			`identity: "kpo" is not allowed; allowed: the fields inn, ogrn, kpp`,
			`identity inn: "[]" is not allowed; allowed: a list of at least one attribute such as idocs:inn`,
			`identity ogrn: "\"idocs:ogrn\"" is not allowed; allowed: a list of at least one attribute such as idocs:ogrn`,
			`identity kpp is missing; allowed: a list of at least one attribute such as idocs:kpp`,
		}},
		{name: "identity attributes", give: `{"identity": {"inn": ["inn"], "ogrn": ["idocs:ogrn", "a:"], "kpp": ["idocs:kpp"]}, "attributes": [` + goodEntry + `]}`, want: []string{
			`identity inn: "inn" is not allowed; allowed: names such as idocs:inn`,
			`identity ogrn: "a:" is not allowed; allowed: names such as idocs:ogrn`,
		}},
		{name: "ifOurs without a memory", give: file(`{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "ifOurs"}`, `{"attribute": "idocs:b", "source": "req", "value": ".b", "write": "ifOurs"}`), want: []string{
			`entry 1 (idocs:a) write: "ifOurs" is not allowed; allowed: with a memory only: what was written last is kept on the node, in the property that the mapping's field memory names, such as cm:dcsource`,
		}},
		{name: "a memory that is no property", give: `{"memory": "dcsource", "adopt": true, ` + goodIdentity + `, "attributes": [` + goodEntry + `]}`, want: []string{
			`memory: "\"dcsource\"" is not allowed; allowed: a property of type d:text of its own such as cm:dcsource`,
		}},
		{name: "a memory that is mapped", give: `{"memory": "idocs:a", ` + goodIdentity + `, "attributes": [` + goodEntry + `]}`, want: []string{
			`memory: "idocs:a" is not allowed; allowed: a property of type d:text of its own such as cm:dcsource, which is neither mapped nor part of the identity`,
		}},
		{name: "a memory that is part of the identity", give: `{"memory": "idocs:kpp", ` + goodIdentity + `, "attributes": [` + goodEntry + `]}`, want: []string{
			`memory: "idocs:kpp" is not allowed; allowed: a property of type d:text of its own such as cm:dcsource, which is neither mapped nor part of the identity`,
		}},
		{name: "adopt", give: `{"memory": "cm:dcsource", "adopt": "yes", ` + goodIdentity + `, "attributes": [` + goodEntry + `]}`, want: []string{
			`adopt: "\"yes\"" is not allowed; allowed: true or false`,
		}},
		{name: "adopt without a memory", give: `{"adopt": true, ` + goodIdentity + `, "attributes": [` + goodEntry + `]}`, want: []string{
			`adopt: "true" is not allowed; allowed: with memory only, which is where adopted values are remembered`,
		}},
		{name: "more than a memory can hold", give: `{"memory": "cm:dcsource", ` + goodIdentity + `, "attributes": [` + goodEntry + `, ` + strings.Replace(goodEntry, "idocs:a", "idocs:"+strings.Repeat("b", 1000), 1) + `]}`, want: []string{
			`memory: "cm:dcsource" is not allowed; allowed: with attributes whose memory has 1024 characters at most; that of these has 1052`,
		}},
		{name: "everything missing", give: file(goodEntry, `{}`), want: []string{
			"entry 2 attribute is missing; allowed: a name such as idocs:kpp",
			"entry 2 source is missing; allowed: " + strings.Join(methods.All(), ", "),
			"entry 2 write is missing; allowed: always, ifEmpty, ifOurs, never",
			"entry 2 value is missing; allowed: a jq expression",
		}},
		{name: "everything wrong", give: file(`{"attribute": "kpp", "source": "reqs", "value": "", "branch": " ", "write": "Always", "absent": "unset"}`), want: []string{
			`entry 1 (kpp) attribute: "kpp" is not allowed; allowed: a name such as idocs:kpp`,
			`entry 1 (kpp) source: "reqs" is not allowed; allowed: ` + strings.Join(methods.All(), ", "),
			`entry 1 (kpp) write: "Always" is not allowed; allowed: always, ifEmpty, ifOurs, never`,
			`entry 1 (kpp) absent: "unset" is not allowed; allowed: keep, clear`,
			`entry 1 (kpp) value is missing; allowed: a jq expression`,
			`entry 1 (kpp) branch: " " is not allowed; allowed: a jq expression`,
		}},
		{name: "no text", give: file(`{"attribute": "idocs:a", "source": "req", "value": [".a"], "write": true}`, `"idocs:b"`), want: []string{
			`entry 1 (idocs:a) write: "true" is not allowed; allowed: always, ifEmpty, ifOurs, never`,
			`entry 1 (idocs:a) value: "[\".a\"]" is not allowed; allowed: a jq expression`,
			`entry 2: "\"idocs:b\"" is not allowed; allowed: an object with attribute, source, value, branch, write, absent`,
		}},
		{name: "an excerpt of what is long", give: file("[" + strings.Repeat("\n1,", 40) + "1]"), want: []string{
			`entry 1: "[ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1…" is not allowed; allowed: an object with attribute, source, value, branch, write, absent`,
		}},
		{name: "an attribute twice from one source", give: file(goodEntry, `{"attribute": "idocs:a", "source": "egrDetails", "value": ".a", "write": "always"}`, goodEntry), want: []string{
			`entry 3 (idocs:a) source: "req" is not allowed; allowed: each source once for an attribute; entry 1 has it`,
		}},
		{name: "a branch of another source", give: file(`{"attribute": "idocs:a", "source": "egrDetails", "value": ".a", "branch": ".a", "write": "always"}`), want: []string{
			`entry 1 (idocs:a) branch: "egrDetails" is not allowed; allowed: with the source req only, which knows the branches`,
		}},
		{name: "clearing what is empty", give: file(`{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "ifEmpty", "absent": "clear"}`), want: []string{
			`entry 1 (idocs:a) absent: "clear" is not allowed; allowed: keep with write ifEmpty: what is empty needs no clearing`,
		}},
		{name: "jq", give: file(`{"attribute": "idocs:a", "source": "req", "value": ".UL.kpp }", "branch": ".kpp[", "write": "always"}`,
			`{"attribute": "idocs:b", "source": "req", "value": "\"дом\" | upper", "branch": "$firm.kpp", "write": "always"}`,
			`{"attribute": "idocs:c", "source": "req", "value": "{a: .a} |\n .now + now", "branch": "env.HOME", "write": "always"}`,
			`{"attribute": "idocs:d", "source": "req", "value": "import \"a\" as a; .", "branch": "if .a then $ENV else 1 end", "write": "always"}`), want: []string{
			`entry 1 (idocs:a) value: unexpected token "}" at character 9`,
			`entry 1 (idocs:a) branch: unexpected EOF at the end`,
			`entry 2 (idocs:b) value: function not defined: upper/0 at character 9`,
			`entry 2 (idocs:b) branch: variable not defined: $firm at character 1`,
			`entry 3 (idocs:c) value: function not allowed: now at line 2, character 9`,
			`entry 3 (idocs:c) branch: function not allowed: env at character 1`,
			`entry 4 (idocs:d) value: module directives and imports are not allowed here`,
			`entry 4 (idocs:d) branch: function not allowed: $ENV at character 12`,
		}},
		{name: "broken definitions are told once", give: `{` + goodIdentity + `, "definitions": ["def a: .a;", "def b: .b +;"], "attributes": [
			{"attribute": "idocs:a", "source": "req", "value": "a", "write": "always"}, {"attribute": "idocs:b", "source": "req", "value": "a)", "write": "always"}]}`, want: []string{
			`definitions: unexpected token ";" at line 2, character 12`,
			`entry 2 (idocs:b) value: unexpected token ")" at character 2`,
		}},
		{name: "definitions that call nothing", give: `{` + goodIdentity + `, "definitions": "def a: b;", "attributes": [` + goodEntry + `]}`, want: []string{
			`definitions: function not defined: b/0 at character 8`,
		}},
		{name: "definitions that are more", give: `{` + goodIdentity + `, "definitions": "def a: 1; a", "attributes": [` + goodEntry + `]}`, want: []string{
			`definitions: has something besides definitions: every one reads def name: …;`,
		}},
		{name: "definitions of another type", give: `{` + goodIdentity + `, "definitions": {"a": ".a"}, "attributes": [` + goodEntry + `]}`, want: []string{
			`definitions: "{\"a\": \".a\"}" is not allowed; allowed: a text or a list of lines`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Parse([]byte(tt.give))
			require.Error(t, err)
			require.Equal(t, tt.want, strings.Split(err.Error(), "\n"))
			require.True(t, invalid.Is(err))
		})
	}
}

func TestParse_takes(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]string{
		"the least":                     file(goodEntry),
		"a byte order mark":             "\ufeff" + file(goodEntry),
		"a whole surrogate pair":        file(`{"attribute": "idocs:a", "source": "req", "value": "\"\ud83d\ude00\"", "write": "always"}`),
		"null as not there":             `{` + goodIdentity + `, "definitions": null, "attributes": [{"attribute": "idocs:a", "source": "req", "value": ".a", "branch": null, "write": "always", "absent": null}]}`,
		"definitions as a text":         `{` + goodIdentity + `, "definitions": "def a: .a; def b: a;", "attributes": [{"attribute": "idocs:a", "source": "req", "value": "b", "write": "always"}]}`,
		"a field named like a function": file(`{"attribute": "idocs:a", "source": "req", "value": ".now // .env.input // {debug: 1}.debug // \"now\"", "write": "always"}`),
		"an underscore and a dash":      file(`{"attribute": "my_model:my-name_2", "source": "req", "value": ".a", "write": "never"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Parse([]byte(give))
			require.NoError(t, err)
		})
	}
}

// FuzzParse takes whatever people write: it never panics, and says of a bad mapping that the input is invalid.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("default-mapping-attributes.json")
	require.NoError(f, err)
	f.Add(string(data), ".UL.kpp")
	f.Add(file(goodEntry), "if . then $ENV else 1 end")
	f.Add(`{"attributes": [null, {}, {"attribute": null}]}`, "def f: f; f")
	f.Fuzz(func(t *testing.T, data, expression string) {
		_, err := mapping.Parse([]byte(data))
		if err != nil {
			var all invalid.Errors
			require.True(t, errors.As(err, &all), "%v", err)
		}
		_, _ = mapping.Parse([]byte(strings.Replace(data, ".UL.kpp", expression, 1)))
	})
}
