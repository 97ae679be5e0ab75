package sample

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkKPP reports what is wrong with a KPP: four digits of the tax office, two digits or capital Latin letters of the
// reason, three digits of the number. A KPP has no check digit.
func checkKPP(s string) error {
	const digits = "0123456789"
	switch {
	case s == "":
		return errors.New("is empty")
	case len(s) != 9:
		return errors.New("does not have 9 characters")
	case strings.Trim(s[:4]+s[6:], digits) != "":
		return errors.New("has characters other than digits outside its 5th and 6th place")
	case strings.Trim(s[4:6], digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return errors.New("has something other than digits and capital Latin letters in its 5th and 6th place")
	}
	return nil
}

func TestCheckKPP(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{name: "digits", give: "001201001"},
		{name: "letters in the reason", give: "0012AZ001"},
		{name: "empty", give: "", want: "is empty"},
		{name: "too short", give: "00120100", want: "does not have 9 characters"},
		{name: "too long", give: "0012010011", want: "does not have 9 characters"},
		{name: "letter in the office", give: "001A01001", want: "has characters other than digits outside its 5th and 6th place"},
		{name: "letter in the number", give: "00120100A", want: "has characters other than digits outside its 5th and 6th place"},
		{name: "small letter", give: "0012a1001", want: "has something other than digits and capital Latin letters in its 5th and 6th place"},
		{name: "Cyrillic letter", give: "0012А001", want: "has something other than digits and capital Latin letters in its 5th and 6th place"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := checkKPP(tt.give)
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.want)
			}
		})
	}
}

// FuzzCheckKPP compares with a recount by other means: a regular expression.
func FuzzCheckKPP(f *testing.F) {
	for _, kpp := range []string{"001201001", "0012AZ001", "0012a1001", "0012А001", "001A01001", "0012345673", "", "12-4", "٠٠١٢٣٤٥٦٧٣"} {
		f.Add(kpp)
	}
	f.Fuzz(func(t *testing.T, kpp string) {
		want := regexp.MustCompile(`\A[0-9]{4}[0-9A-Z]{2}[0-9]{3}\z`).MatchString(kpp)
		require.Equal(t, want, checkKPP(kpp) == nil, "KPP %q", kpp)
	})
}
