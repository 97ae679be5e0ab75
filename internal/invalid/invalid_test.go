package invalid_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
)

func TestField_saysFieldValueAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give invalid.Field
		want string
	}{
		{"a value", invalid.Field{Name: "batchSize", Value: "200", Allowed: "a whole number from 1 to 100"},
			`batchSize: "200" is not allowed; allowed: a whole number from 1 to 100`},
		{"no value", invalid.Field{Name: "KONTUR_KEY", Allowed: "the contract's key"}, `KONTUR_KEY is missing; allowed: the contract's key`},
		{"one line, whatever the value", invalid.Field{Name: "name", Value: "a\n\"b\"\x00", Allowed: "text"},
			`name: "a\n\"b\"\x00" is not allowed; allowed: text`},
		{"letters of any script stay readable", invalid.Field{Name: "start", Value: "начало", Allowed: "beginning"},
			`start: "начало" is not allowed; allowed: beginning`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, &tt.give, tt.want)
		})
	}
}

func TestList_reportsEverythingInOrder(t *testing.T) {
	t.Parallel()
	var inner, l invalid.List
	require.NoError(t, l.Err(), "an empty list is no error")
	inner.Add("b", "2", "x")
	inner.Add("c", "3", "y")
	l.Add("a", "", "z")
	l.Join(nil)
	l.Join(fmt.Errorf("file sync.yaml: %w", inner.Err()))
	l.Join(fs.ErrNotExist)
	require.EqualError(t, l.Err(), "a is missing; allowed: z\n"+
		"b: \"2\" is not allowed; allowed: x\n"+
		"c: \"3\" is not allowed; allowed: y\n"+
		"file does not exist")
	require.ErrorIs(t, l.Err(), fs.ErrNotExist)
	var field *invalid.Field
	require.ErrorAs(t, l.Err(), &field)
	require.Equal(t, "a", field.Name)
}

func TestIs_tellsBadInputFromWhatFailed(t *testing.T) {
	t.Parallel()
	var l invalid.List
	l.Add("a", "1", "2")
	tests := []struct {
		name string
		give error
		want bool
	}{
		{"nil", nil, false},
		{"a failure", errors.New("refused"), false},
		{"a field", &invalid.Field{Name: "a"}, true},
		{"a list", l.Err(), true},
		{"wrapped", fmt.Errorf("read: %w", l.Err()), true},
		{"joined with a failure", errors.Join(errors.New("refused"), l.Err()), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, invalid.Is(tt.give))
		})
	}
}

// A file that is none at all is no reason for hundreds of lines.
func TestErrors_nameTenProblemsAndCountTheOthers(t *testing.T) {
	t.Parallel()
	var l invalid.List
	for n := range 10 {
		l.Add(fmt.Sprint("field", n), "", "x")
	}
	require.NotContains(t, l.Err().Error(), "more")
	l.Add("field10", "", "x")
	l.Add("field11", "", "x")
	lines := strings.Split(l.Err().Error(), "\n")
	require.Len(t, lines, 11)
	require.Equal(t, []string{"field9 is missing; allowed: x", "and 2 more"}, lines[9:])
	var all invalid.Errors
	require.ErrorAs(t, l.Err(), &all)
	require.Len(t, all, 12, "programs see all of them")
}

func TestErrors_tellALongListOnce(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("id, name, ", 11)
	var l invalid.List
	for line, field := range []invalid.Field{{Name: "field", Value: "nme", Allowed: long}, {Name: "field", Value: "ident", Allowed: long}, {Name: "a", Value: "b", Allowed: "short"},
		{Name: "c", Value: "b", Allowed: "short"}, {Name: "key", Value: "***", Allowed: long + "!"}, {Name: "key2", Value: "***", Allowed: long + "!"}, {Name: "e", Allowed: long + "?"}, {Name: "f", Allowed: long + "?"}} {
		l.Join(fmt.Errorf("f.yaml:%d: %w", line+1, &field))
	}
	require.EqualError(t, l.Err(), `f.yaml:1: field: "nme" is not allowed; allowed: `+long+`
f.yaml:2: field: "ident" is not allowed; allowed: as above for "nme"
f.yaml:3: a: "b" is not allowed; allowed: short
f.yaml:4: c: "b" is not allowed; allowed: short
f.yaml:5: key: "***" is not allowed; allowed: `+long+`!
f.yaml:6: key2: "***" is not allowed; allowed: as above for key
f.yaml:7: e is missing; allowed: `+long+`?
f.yaml:8: f is missing; allowed: as above for e`)
}
