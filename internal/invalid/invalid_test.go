package invalid_test

import (
	"errors"
	"fmt"
	"io/fs"
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
