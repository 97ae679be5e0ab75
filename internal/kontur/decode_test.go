package kontur

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/secret"
)

// objectsOf reads a whole body as the client does.
func objectsOf(r io.Reader, most int64) ([]map[string]any, error) {
	objects := []map[string]any{}
	err := newElements(r, most).each(func(e element) error {
		object, err := decodeObject(e)
		if object != nil {
			objects = append(objects, object)
		}
		return err
	})
	return objects, err
}

func TestElementsAreThoseOfAnArray(t *testing.T) {
	t.Parallel()
	one := []map[string]any{{"a": json.Number("1")}}
	tests := []struct {
		name, give string
		want       []map[string]any
		err        string
	}{
		{"nothing found", "[]", []map[string]any{}, ""},
		{"byte order mark and blanks", "\uFEFF \n[]\n", []map[string]any{}, ""},
		{"blanks between", " [ \t{ \"a\" : 1 } \n, {}\r\n]  ", append(one, map[string]any{}), ""},
		{"marks in texts", `[{"a\\":"]},{[","b":"\"}","c":["}",{"d":"\\\\\""}]}]`, []map[string]any{{`a\`: "]},{[", "b": `"}`, "c": []any{"}", map[string]any{"d": `\\"`}}}}, ""},
		{"null element", `[null,{"a":1}]`, one, ""},
		{"nulls at any depth", `[{"a":null,"b":{"c":null},"d":[[null]]}]`, []map[string]any{{"b": map[string]any{}, "d": []any{[]any{}}}}, ""},
		{"empty", " ", nil, "an empty answer"},
		{"null", "null", nil, "no JSON array"},
		{"object", `{"a":1}`, nil, "no JSON array"},
		{"XML", `<?xml version="1.0"?>`, nil, "HTML or XML"},
		{"texts", `["an error"]`, nil, "element 0 of the JSON array is no object"},
		{"a number behind an object", `[{},1]`, nil, "element 1 of the JSON array is no object"},
		{"an array in it", `[[]]`, nil, "element 0 of the JSON array is no object"},
		{"two arrays", "[][]", nil, "something follows"},
		{"a mark behind it", "[{}]]", nil, "something follows"},
		{"cut", `[{"a":1}`, nil, "unexpected EOF"},
		{"cut in an element", `[{"a":1`, nil, "unexpected EOF"},
		{"cut behind a comma", `[{"a":1},`, nil, "unexpected EOF"},
		{"cut at once", `[`, nil, "unexpected EOF"},
		{"a comma too many", `[{"a":1},]`, nil, "element 1 is empty"},
		{"nothing but a comma", `[,]`, nil, "element 0 is empty"},
		{"no comma", `[{"a":1} {"a":1}]`, nil, "something follows element 0"},
		{"closed by a brace", `[{"a":1}}`, nil, "no JSON array"},
		{"brackets that don't fit", `[{"a":[1}}]`, nil, "no JSON array: invalid character '}'"},
		{"Windows-1251", "[{},{\"a\":\"\xcf\xf0\xe8\xec\xe5\xf0\"}]", nil, "element 1 of the JSON array has bytes that are not UTF-8"},
		{"half of a surrogate pair", `[{"a":"\ud83d"}]`, nil, `element 0 of the JSON array has half of a surrogate pair, such as \ud83d alone`},
		{"a surrogate pair", `[{"a":"\ud83d\ude00"}]`, []map[string]any{{"a": "\U0001f600"}}, ""},
		{"no JSON in it", `[{"a":nobody}]`, nil, "no JSON array: invalid character 'o'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.give), iotest.OneByteReader(strings.NewReader(tt.give))} {
				got, err := objectsOf(r, 1000)
				if tt.err != "" {
					var m *malformed
					require.ErrorAs(t, err, &m)
					require.ErrorContains(t, err, tt.err)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestDecodeReadsIdentifiers(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{`"0012345673"`: "0012345673", `" 0012345673\t"`: "0012345673", `"  "`: "", `1000000000010`: "1000000000010", `null`: "", `["1"]`: "", `true`: ""} {
		text := []byte(`{"ogrn":` + give + `}`)
		item, ok, err := decodeItem(element{text: text, bytes: int64(len(text))})
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, item.OGRN, give)
		require.Empty(t, item.INN)
	}
}

func TestElementsPassOnTheErrorOfTheReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, give := range []string{"", "[", `[{"a`, `[{"a":1}`, `[{"a":1},`, `[{"a":1}]`, " "} {
		_, err := objectsOf(io.MultiReader(strings.NewReader(give), iotest.ErrReader(broken)), 1000)
		require.ErrorIs(t, err, broken, give)
	}
}

// Of an element that is too large to be held it is known whose it is, wherever that stands in it.
func TestElementThatIsTooLarge(t *testing.T) {
	t.Parallel()
	const inn, ogrn = "0012345673", "1000000000010"
	filler := strings.Repeat(`{"inn":"0000000000","ogrn":["]"]},`, 100)
	tests := []struct {
		name, give string
		inn, ogrn  string
	}{
		{"in front", `{"inn":"` + inn + `","ogrn":"` + ogrn + `","all":[` + filler + `0]}`, inn, ogrn},
		{"behind", `{"all":[` + filler + `0], "ogrn" : "` + ogrn + `" , "inn":"` + inn + `" }`, inn, ogrn},
		{"a number and a null", `{"inn":0012345673,"all":[` + filler + `0],"ogrn":null}`, inn, ""},
		{"a text that looks like a key", `{"a":"inn","b":"` + strings.Repeat(`\"inn\":`, 500) + `","ogrn":"` + ogrn + `"}`, "", ogrn},
		{"none", `{"UL":{"inn":"` + inn + `","all":[` + filler + `0]}}`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []Item
			body := `[{"inn":"1"},` + tt.give + `,{"inn":"3"}]`
			err := newElements(strings.NewReader(body), 100).each(func(e element) error {
				require.LessOrEqual(t, len(e.text), 100)
				item, ok, err := decodeItem(e)
				require.True(t, ok)
				got = append(got, item)
				return err
			})
			require.NoError(t, err)
			require.Len(t, got, 3)
			require.Equal(t, Item{INN: tt.inn, OGRN: tt.ogrn, Bytes: int64(len(tt.give))}, got[1])
			require.Equal(t, []string{"1", "3"}, []string{got[0].INN, got[2].INN}, "those beside it are whole")
		})
	}
	_, err := objectsOf(strings.NewReader(`["`+strings.Repeat("a", 200)+`"]`), 100)
	require.ErrorContains(t, err, "element 0 of the JSON array has 202 bytes")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`[{"inn":"0012345673","ogrn":"1000000000010","briefReport":{"href":"x"},"a":[null,{"b":null}]}]`))
	f.Add([]byte(`[{"inn":12,"ogrn":null}]`))
	f.Add([]byte(`[ {"a":"]"} , [1,"}"],null ]x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var texts []json.RawMessage
		var decoded []Item
		err := newElements(bytes.NewReader(body), 1<<20).each(func(e element) error {
			if !json.Valid(e.text) {
				_, _, err := decodeItem(e)
				require.Error(t, err)
				return err
			}
			texts = append(texts, bytes.Clone(e.text))
			item, ok, err := decodeItem(e)
			if ok {
				decoded = append(decoded, item)
			}
			return err
		})
		var want []json.RawMessage
		whole := json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), &want) == nil && want != nil
		if err == nil {
			require.True(t, whole, "it is what a decoder calls an array")
			require.Len(t, texts, len(want))
			for i := range want {
				require.JSONEq(t, string(want[i]), string(texts[i]))
			}
		}
		for _, item := range decoded {
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
			require.Equal(t, tt.want, methodNames(tt.give, secret.New("a-key-of-nobody")))
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
