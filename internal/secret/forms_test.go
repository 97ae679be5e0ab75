package secret_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/secret"
)

func TestForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       []string
	}{
		{"empty", "", nil},
		{"plain and short", "abc", []string{"abc"}},
		{"plain", "abcdef", []string{"616263646566", "YWJjZGVm", "abcdef"}},
		{"escaped in addresses", "a b", []string{"a%20b", "a b", "a+b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, secret.New(tt.give).Forms())
		})
	}
	require.Nil(t, secret.Value{}.Forms())
}

func TestRedactMasksEveryForm(t *testing.T) {
	t.Parallel()
	v := secret.New(`p w+d/%&=ß">'\`)
	for name, form := range map[string]string{
		"as it is":                  `p w+d/%&=ß">'\`,
		"in a query":                "p+w%2Bd%2F%25%26%3D%C3%9F%22%3E%27%5C",
		"in a query, small letters": "p+w%2bd%2f%25%26%3d%c3%9f%22%3e%27%5c",
		"in a path":                 "p%20w+d%2F%25&=%C3%9F%22%3E%27%5C",
		"in JSON":                   `p w+d/%&=ß\">'\\`,
		"in JSON that minds HTML":   `p w+d/%\u0026=ß\"\u003e'\\`,
		"in ASCII only":             `p w+d/%&=\u00df\">'\\`,
		"in HTML":                   "p w+d/%&amp;=ß&#34;&gt;&#39;\\",
		"in HTML with names":        "p w+d/%&amp;=ß&quot;&gt;&apos;\\",
		"in hexadecimal":            "7020772b642f25263dc39f223e275c",
		"in base64":                 "cCB3K2QvJSY9w58iPidc",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, "before *** and *** behind", v.Redact("before "+form+" and "+form+" behind"))
		})
	}
	require.Equal(t, "nothing", v.Redact("nothing"))
	require.Equal(t, "text", secret.Value{}.Redact("text"))
}
