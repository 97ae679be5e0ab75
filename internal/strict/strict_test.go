package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/strict"
)

// wait is a value with a form of its own.
type wait time.Duration

func (w *wait) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*w = wait(d)
	return err
}

func (*wait) Form() string { return "a wait" }

// mode is a text of few values.
type mode string

// all has a field of each form.
type all struct {
	Name     string
	Mode     mode
	Enabled  *bool
	Count    *int
	Wait     wait
	Waits    *[]wait
	Sources  []string
	Anything *strict.Node
}

const allFields = "name, mode, enabled, count, wait, waits, sources, anything"

func read(r *strict.Reader, n *strict.Node) all {
	var a all
	fields := r.Fields("", n, allFields)
	r.Need("name", fields["name"], &a.Name, "a name")
	r.Read("mode", fields["mode"], &a.Mode, "")
	r.Read("enabled", fields["enabled"], &a.Enabled, "")
	r.Read("count", fields["count"], &a.Count, "")
	r.Read("wait", fields["wait"], &a.Wait, "")
	r.Read("waits", fields["waits"], &a.Waits, "a list such as [1s]")
	r.Read("sources", fields["sources"], &a.Sources, "")
	r.Read("anything", fields["anything"], &a.Anything, "")
	return a
}

func TestEveryFormIsRead(t *testing.T) {
	t.Parallel()
	fromYAML, err := strict.YAML([]byte("name: &n main\nmode: *n\nenabled: True\ncount: -4\nwait: 90s\nwaits: &w [1s, '2m']\nsources: []\nanything: {a: *n}\n"))
	require.NoError(t, err)
	fromJSON, err := strict.JSON([]byte(`{"name":"main","mode":"main","enabled":true,"count":-4,"wait":"90s","waits":["1s" , "2m"],"sources":[],"anything":{"a":null}}`))
	require.NoError(t, err)
	for name, node := range map[string]*strict.Node{"YAML": fromYAML, "JSON": fromJSON} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r strict.Reader
			a := read(&r, node)
			require.NoError(t, r.Err())
			require.NotNil(t, a.Anything)
			a.Anything = nil
			require.Equal(t, all{Name: "main", Mode: "main", Enabled: new(true), Count: new(-4), Wait: wait(90 * time.Second),
				Waits: &[]wait{wait(time.Second), wait(2 * time.Minute)}, Sources: []string{}}, a)
		})
	}
}

func TestWhatIsMissingOrNullChangesNothing(t *testing.T) {
	t.Parallel()
	node, err := strict.YAML([]byte("name: x\nmode:\nenabled: ~\ncount: null\n"))
	require.NoError(t, err)
	var r strict.Reader
	require.Equal(t, all{Name: "x"}, read(&r, node))
	require.NoError(t, r.Err())
}

func TestMisfitsAreRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	const text = "count: 1e3\nmode: 7\nenabled: yes\nwait: [1s]\n\nwaits:\n  - 1s\n  - soon\nsources: {}\ncount: 4\nother: 1\n*mode : 2\n"
	node, err := strict.YAML([]byte(strings.Replace(text, "mode: 7", "mode: &mode 7", 1)))
	require.NoError(t, err)
	const fields = "the fields " + allFields
	r := strict.Reader{File: "f.yaml", Whole: "file"}
	read(&r, node)
	r.RefuseAt(1, "count", "0", "what follows from a misfit is not told")
	require.True(t, invalid.Is(r.Err()))
	require.Equal(t, []string{
		"f.yaml: name is missing; allowed: a name",
		`f.yaml:1: count: "1e3" is not allowed; allowed: a whole number such as 4, without quotes`,
		`f.yaml:2: mode: "7" is not allowed; allowed: a text; put it in quotes`,
		`f.yaml:3: enabled: "yes" is not allowed; allowed: true or false, without quotes`,
		`f.yaml:4: wait: "a list" is not allowed; allowed: a wait`,
		`f.yaml:8: waits: "soon" is not allowed; allowed: a wait`,
		`f.yaml:9: sources: "fields of its own" is not allowed; allowed: a list`,
		`f.yaml:10: count: "4" is not allowed; allowed: each field once; line 1 has it already`,
		`f.yaml:11: file: "other" is not allowed; allowed: ` + fields,
		`f.yaml:12: file: "*mode" is not allowed; allowed: as above for "other"`,
	}, strings.Split(r.Err().Error(), "\n"))
}

func TestJSONIsShownAsItIs(t *testing.T) {
	t.Parallel()
	node, err := strict.JSON([]byte(`{"name": "", "mode": [ "a",
		"b"], "waits": "1s", "sources": [1], "count": "4", "count": 5, "Mode": {}}`))
	require.NoError(t, err)
	r := strict.Reader{Whole: "whole"}
	read(&r, node)
	require.Equal(t, []string{
		`count: "5" is not allowed; allowed: each field once`,
		`whole: "Mode" is not allowed; allowed: the fields ` + allFields,
		`mode: "[ \"a\", \"b\"]" is not allowed; allowed: a text`,
		`count: "\"4\"" is not allowed; allowed: a whole number such as 4, without quotes`,
		`waits: "\"1s\"" is not allowed; allowed: a list such as [1s]`,
		`sources: "1" is not allowed; allowed: a text; put it in quotes`,
	}, strings.Split(r.Err().Error(), "\n"))
	_, err = strict.JSON([]byte(`{"a": 1,}`))
	require.Error(t, err)
}

func TestWhatIsNoCharacterIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"{\n\"a\": \"\xe0\"}":         "line 2: bytes that are not UTF-8",
		"{\n\n\"\\ud83d\": \"\xe0\"}": "line 3: bytes that are not UTF-8",
		"{\"a\":\n[\"\\ud83d\\n\"]}":  `line 2: half of a surrogate pair, such as \ud83d alone`,
	} {
		_, err := strict.JSON([]byte(give))
		require.EqualError(t, err, want)
		syntax, ok := errors.AsType[*strict.SyntaxError](err)
		require.True(t, ok)
		require.Contains(t, want, fmt.Sprintf("line %d: ", syntax.Line))
	}
}

func TestAByteOrderMarkIsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\ufeffname: main", "\ufeff{\"name\": \"main\"}", "\ufeff# a comment\n---\nname: main\r\n"} {
		node, err := strict.YAML([]byte(text))
		require.NoError(t, err)
		require.Equal(t, "main", node.Peek("name"), "%q", text)
	}
}

func TestFieldsOfWhatIsNoObjectAreNotMissed(t *testing.T) {
	t.Parallel()
	node, err := strict.YAML([]byte("[1]"))
	require.NoError(t, err)
	r := strict.Reader{Whole: "file", Object: "an object with "}
	read(&r, node)
	require.EqualError(t, r.Err(), `file: "a list" is not allowed; allowed: an object with `+allFields)
}

func TestForcedTypesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"!!binary bWFpbg==", "!custom x", "!!str 4"} {
		node, err := strict.YAML([]byte("name: x\nmode: " + text))
		require.NoError(t, err)
		var r strict.Reader
		read(&r, node)
		require.EqualError(t, r.Err(), fmt.Sprintf("mode: %q is not allowed; allowed: a text", text))
	}
}

func TestADateCanBeATextInQuotes(t *testing.T) {
	t.Parallel()
	node, err := strict.YAML([]byte("name: '2026-11-26'\nmode: 2026-11-26\ncount: 2026-11-26\nwait: 2026-11-26\n"))
	require.NoError(t, err)
	var r strict.Reader
	require.Equal(t, "2026-11-26", read(&r, node).Name)
	require.Equal(t, []string{
		`mode: "2026-11-26" is not allowed; allowed: a text; put it in quotes`,
		`count: "2026-11-26" is not allowed; allowed: a whole number such as 4, without quotes`,
		`wait: "2026-11-26" is not allowed; allowed: a wait`,
	}, strings.Split(r.Err().Error(), "\n"))
}

// An alias stands for a list as a whole, however often it is repeated, but never for an object.
func TestAliasesDoNotMultiply(t *testing.T) {
	t.Parallel()
	node, err := strict.YAML([]byte("waits: &w [1s]\nsources: *w\nname: &n {a: b}\nanything: [*n]\n"))
	require.NoError(t, err)
	var r strict.Reader
	a := read(&r, node)
	require.Equal(t, []string{"1s"}, a.Sources)
	require.Equal(t, "*n", a.Anything.Item(1).String())
	text := "a0: &a0 [x]\n"
	for i := range 60 {
		text += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	_, err = strict.YAML([]byte(text + "self: &self [*self]\n"))
	require.NoError(t, err)
}

func TestSyntaxErrorsHaveTheirLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]strict.SyntaxError{
		"a: 1\nb: [c\n":        {Line: 2, Problem: "did not find expected ',' or ']'"},
		"a: 1\n\tb: 2\n":       {Line: 2, Problem: "found a tab character that violates indentation"},
		"a: *b\n":              {Line: 0, Problem: "unknown anchor 'b' referenced"},
		"a: \"b":               {Line: 1, Problem: "found unexpected end of stream"},
		"a: 1\nb: \x01\n":      {Line: 2, Problem: "a control character"},
		"a: 1\nb: \xe9\n":      {Line: 2, Problem: "bytes that are not UTF-8"},
		"a: 1\n---\nb: 2\n":    {Line: 2, Problem: strict.SecondDocument},
		"# only a comment\n\n": {},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			node, err := strict.YAML([]byte(text))
			require.Nil(t, node)
			if want.Problem == "" {
				require.NoError(t, err)
				return
			}
			var syntax *strict.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, want.Problem, syntax.Problem)
			require.Equal(t, want.Line, syntax.Line)
		})
	}
}
