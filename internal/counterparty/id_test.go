package counterparty_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind counterparty.IDKind
		give []string
		want string // empty: well-formed
	}{
		{name: "INN of a legal entity", kind: counterparty.INN, give: []string{"0012345673", "0012345680", "0012345698", "0012345708", "0012345715"}},
		{name: "INN whose remainder is 10", kind: counterparty.INN, give: []string{"0012345610"}},
		{name: "INN of a person", kind: counterparty.INN, give: []string{"001234567887", "001234567950", "001234568055", "001234568129"}},
		{name: "INN of a person whose remainders are both 10", kind: counterparty.INN, give: []string{"001234568200"}},
		{name: "INN of a foreign organisation is well-formed", kind: counterparty.INN, give: []string{"9909000004"}},
		{name: "OGRN", kind: counterparty.OGRN, give: []string{"1000000000010", "1000000000021", "1000000000032", "1000000000043", "1000000000054", "5000000000017"}},
		{name: "OGRN whose remainder is 10", kind: counterparty.OGRN, give: []string{"1000000000110"}},
		{name: "OGRNIP", kind: counterparty.OGRN, give: []string{"300000000000015", "300000000000026", "300000000000037", "300000000000048"}},
		{name: "OGRNIP whose remainder is 10 or more", kind: counterparty.OGRN, give: []string{"300000000000060"}},
		{name: "wrong check digit of an INN", kind: counterparty.INN, give: []string{"0012345674", "001234567888", "001234567897"}, want: "has a wrong check digit"},
		{name: "wrong check digit of an OGRN", kind: counterparty.OGRN, give: []string{"1000000000011", "300000000000016"}, want: "has a wrong check digit"},
		{name: "empty", kind: counterparty.INN, give: []string{""}, want: "is empty"},
		{name: "zeros", kind: counterparty.INN, give: []string{"0000000000", "000000000000"}, want: "is all zeros"},
		{name: "zeros as OGRN", kind: counterparty.OGRN, give: []string{"0000000000000", "000000000000000"}, want: "is all zeros"},
		{name: "not trimmed here", kind: counterparty.INN, give: []string{" 0012345673", "0012345673\n", "0012345673\u00a0"}, want: "has characters other than the digits 0 to 9"},
		{name: "digits of another script", kind: counterparty.INN, give: []string{"٠٠١٢٣٤٥٦٧٣"}, want: "has characters other than the digits 0 to 9"},
		{name: "lost zero", kind: counterparty.INN, give: []string{"123456789"}, want: "has 9 digits instead of 10 or 12; was a leading zero lost?"},
		{name: "too long", kind: counterparty.INN, give: []string{"1000000000010"}, want: "has 13 digits instead of 10 or 12"},
		{name: "INN given as OGRN", kind: counterparty.OGRN, give: []string{"0012345673"}, want: "has 10 digits instead of 13 or 15"},
		{name: "kind that does not exist", kind: "kpp", give: []string{"0012345673"}, want: `is of the unknown kind "kpp"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, id := range tt.give {
				got, err := counterparty.ParseID(tt.kind, id)
				if tt.want == "" {
					require.NoError(t, err, id)
					require.Equal(t, id, got.String())
					require.Equal(t, tt.kind, got.Kind())
				} else {
					require.EqualError(t, err, tt.want, id)
				}
			}
		})
	}
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
		{name: "Cyrillic letter", give: "0012А1001", want: "has something other than digits and capital Latin letters in its 5th and 6th place"},
		{name: "a word", give: "нет", want: "does not have 9 characters"},
		{name: "nine letters", give: "неизвестн", want: "has characters other than digits outside its 5th and 6th place"},
		{name: "zeros", give: "000000000", want: "is all zeros"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := counterparty.CheckKPP(tt.give)
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.want)
			}
		})
	}
}

func TestAskable(t *testing.T) {
	t.Parallel()
	keys := []string{"001234567887", " 0012345673 ", "", "0012345674", "0012345673", "9909000004", "нет", "\u200e001234567887\u00ad"}
	require.Equal(t, []string{"001234567887", "0012345673"}, counterparty.Texts(counterparty.Askable(counterparty.INN, keys)))
	require.Equal(t, []string{"1000000000010"}, counterparty.Texts(counterparty.Askable(counterparty.OGRN, []string{"0012345673", "1000000000010"})))
	require.Empty(t, counterparty.Askable(counterparty.INN, nil))
}

func TestRecognize(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]counterparty.IDKind{
		"0012345673": counterparty.INN, "001234567887": counterparty.INN, "9909000004": counterparty.INN,
		"1000000000010": counterparty.OGRN, "300000000000015": counterparty.OGRN, "0012345674": "", "": "", "x": "",
	} {
		identifier, ok := counterparty.Recognize(id)
		require.Equal(t, want, identifier.Kind(), id)
		require.Equal(t, want != "", ok, id)
	}
}

func TestIsForeign(t *testing.T) {
	t.Parallel()
	inn := func(text string) counterparty.Identifier {
		id, err := counterparty.ParseID(counterparty.INN, text)
		require.NoError(t, err)
		return id
	}
	require.True(t, inn("9909000004").IsForeign())
	require.False(t, inn("990900000453").IsForeign(), "persons with that prefix are not organisations")
	require.False(t, inn("0012345673").IsForeign())
}

// FuzzParseID compares with a recount from the published formulas by other means: big numbers and a regular expression.
func FuzzParseID(f *testing.F) {
	for _, id := range []string{"0012345673", "0012345610", "001234568200", "001234567888", "1000000000110", "300000000000060", "0000000000", "", "12-4", "٠٠١٢٣٤٥٦٧٣"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		_, noINN := counterparty.ParseID(counterparty.INN, id)
		require.Equal(t, recountINN(id), noINN == nil, "INN %q", id)
		_, noOGRN := counterparty.ParseID(counterparty.OGRN, id)
		require.Equal(t, recountOGRN(id), noOGRN == nil, "OGRN %q", id)
		kpp := regexp.MustCompile(`\A[0-9]{4}[0-9A-Z]{2}[0-9]{3}\z`).MatchString(id) && id != "000000000"
		require.Equal(t, kpp, counterparty.CheckKPP(id) == nil, "KPP %q", id)
	})
}

func recountINN(id string) bool {
	if !regexp.MustCompile(`\A([0-9]{10}|[0-9]{12})\z`).MatchString(id) || !strings.ContainsAny(id, "123456789") {
		return false
	}
	// All three lists of weights are tails of the longest one.
	weights := []int64{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
	places := []int{9}
	if len(id) == 12 {
		places = []int{10, 11}
	}
	for _, place := range places {
		sum := new(big.Int)
		for i := range place {
			digit := big.NewInt(int64(strings.IndexByte("0123456789", id[i])))
			sum.Add(sum, digit.Mul(digit, big.NewInt(weights[len(weights)-place+i])))
		}
		sum.Mod(sum, big.NewInt(11)).Mod(sum, big.NewInt(10))
		if sum.String() != id[place:place+1] {
			return false
		}
	}
	return true
}

func recountOGRN(id string) bool {
	if !regexp.MustCompile(`\A([0-9]{13}|[0-9]{15})\z`).MatchString(id) || !strings.ContainsAny(id, "123456789") {
		return false
	}
	number, _ := new(big.Int).SetString(id[:len(id)-1], 10)
	number.Mod(number, big.NewInt(int64(len(id)-2)))
	return strings.HasSuffix(number.String(), id[len(id)-1:])
}
