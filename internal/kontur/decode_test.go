package kontur

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/secret"
)

func TestDecodeArray(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       []map[string]any
		err        string
	}{
		{"nothing found", "[]", []map[string]any{}, ""},
		{"byte order mark and blanks", "\uFEFF \n[]\n", []map[string]any{}, ""},
		{"null element", `[null,{"a":1}]`, []map[string]any{{"a": json.Number("1")}}, ""},
		{"nulls at any depth", `[{"a":null,"b":{"c":null},"d":[[null]]}]`, []map[string]any{{"b": map[string]any{}, "d": []any{[]any{}}}}, ""},
		{"empty", " ", nil, "an empty answer"},
		{"null", "null", nil, "no JSON array"},
		{"object", `{"a":1}`, nil, "no JSON array"},
		{"XML", `<?xml version="1.0"?>`, nil, "HTML or XML"},
		{"texts", `["an error"]`, nil, "element 0 of the JSON array is no object"},
		{"two arrays", "[][]", nil, "something follows"},
		{"cut", `[{"a":1}`, nil, "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeArray([]byte(tt.give))
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestDecodeReadsIdentifiers(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{`"0012345673"`: "0012345673", `" 0012345673\t"`: "0012345673", `"  "`: "", `1000000000010`: "1000000000010", `null`: "", `["1"]`: "", `true`: ""} {
		items, err := decode([]byte(`[{"ogrn":` + give + `}]`))
		require.NoError(t, err)
		require.Equal(t, want, items[0].OGRN, give)
		require.Empty(t, items[0].INN)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`[{"inn":"0012345673","ogrn":"1000000000010","briefReport":{"href":"x"},"a":[null,{"b":null}]}]`))
	f.Add([]byte(`[{"inn":12,"ogrn":null}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		items, err := decode(body)
		if err != nil {
			return
		}
		for _, item := range items {
			b, err := json.Marshal(item.Object)
			require.NoError(t, err)
			var again any
			require.NoError(t, json.Unmarshal(b, &again))
			require.Equal(t, withoutNulls(again), again, "no null is left")
		}
	})
}

func TestMethodNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       []string
	}{
		{"one", "api3/req", []string{"req"}},
		{"several", "api3/req & api3/egrDetails&/api3/contacts", []string{"req", "egrDetails", "contacts"}},
		{"longer path", "api3/companyAffiliates/req", []string{"companyAffiliates/req"}},
		{"no path", "req", []string{"req"}},
		{"nothing", " & ", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, methodNames(tt.give))
		})
	}
}

func TestWholeTakesANumberInAnyForm(t *testing.T) {
	t.Parallel()
	for give, want := range map[any]int64{
		json.Number("5000"): 5000, json.Number("5000.0"): 5000, json.Number("5e3"): 5000, "5000": 5000,
		json.Number("-1.5"): 0, json.Number("1e300"): 0, "many": 0, nil: 0, true: 0,
	} {
		require.Equal(t, want, whole(give), "%v", give)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("the key is simulator-key-0123456789, sorry", "simulator-key-0123456789")
	f.Add("a\x00b\xffkey%2B\u2028", "key+")
	f.Fuzz(func(t *testing.T, text, key string) {
		got := clean(text, secret.New(key))
		require.LessOrEqual(t, len([]rune(got)), maxTextLength+1)
		require.NotContains(t, got, "\n")
		if len(key) >= minKeyPart && !strings.Contains(mask, key) && !strings.Contains("…", key) {
			require.NotContains(t, strings.ToLower(got), strings.ToLower(key))
		}
	})
}
