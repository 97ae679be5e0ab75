package charset_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/charset"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		give string
		want error
	}{
		"empty":                         {"", nil},
		"Cyrillic":                      {`{"name": "Пример"}`, nil},
		"Windows-1251":                  {"{\"name\": \"\xcf\xf0\xe8\xec\xe5\xf0\"}", charset.ErrNotUTF8},
		"a surrogate as bytes":          {"\"\xed\xa0\xbd\"", charset.ErrNotUTF8},
		"U+FFFD itself":                 {"\"\ufffd \\ufffd\"", nil},
		"a pair":                        {`"\ud83d\ude00"`, nil},
		"a pair in capitals":            {`"\uD83D\uDE00"`, nil},
		"the last of all pairs":         {`"\udbff\udfff"`, nil},
		"its neighbours":                {`"\ud7ff\ue000"`, nil},
		"a first half alone":            {`"\ud83d"`, charset.ErrHalfPair},
		"a first half before text":      {`"\ud83d ude00"`, charset.ErrHalfPair},
		"a first half before an escape": {`"\ud83d\n"`, charset.ErrHalfPair},
		"two first halves":              {`"\ud83d\ud83d\ude00"`, charset.ErrHalfPair},
		"a second half alone":           {`"\ude00"`, charset.ErrHalfPair},
		"halves in the wrong order":     {`"\ude00\ud83d"`, charset.ErrHalfPair},
		"behind a pair":                 {`"\ud83d\ude00\ud83d"`, charset.ErrHalfPair},
		"a backslash before its like":   {`"\\ud83d"`, nil},
		"behind a backslash":            {`"\\\ud83d"`, charset.ErrHalfPair},
		"other escapes":                 {`"\/\"\t\u0441"`, nil},
		"cut in the middle":             {`"\ud83d\`, charset.ErrHalfPair},
		"cut before the second":         {`"\ud83`, nil},
		"cut at a backslash":            {`"\`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, charset.CheckJSON([]byte(tt.give)))
		})
	}
}

// FuzzCheckJSON: what passes has no other replacement characters than its own.
func FuzzCheckJSON(f *testing.F) {
	f.Add(`"\ud83d\ude00"`)
	f.Add(`"\\\ud83d"`)
	f.Fuzz(func(t *testing.T, text string) {
		var value string
		if json.Unmarshal([]byte(text), &value) != nil {
			return
		}
		own := strings.Contains(text, "\ufffd") || strings.Contains(strings.ToLower(text), `\ufffd`)
		if err := charset.CheckJSON([]byte(text)); !own {
			require.Equal(t, err != nil, charset.Lossy(value), "%v", err)
		}
	})
}

func TestClean(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"Пример":                   "Пример",
		"При\x00мер\x1b\x7f\u009f": "Пример",
		"две\vстроки\fи\u0085ещё":  "две строки и ещё",
		"две\r\nстроки\tи":         "две\r\nстроки\tи",
		"no\ufffecharacter\uffff":  "nocharacter",
		"\x00":                     "",
		"shown \u202e\u200b":       "shown \u202e\u200b",
	} {
		require.Equal(t, want, charset.Clean(give), "%q", give)
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"ООО «Пример»\tи\n":               "ООО «Пример»\tи\n",
		"a\u00a0b\u2003c":                 "a\u00a0b\u2003c",
		"abc\u202egpj.exe":                `abc\u202egpj.exe`,
		"a\u200bb\ufeffc\u00add":          `a\u200bb\ufeffc\u00add`,
		"\x1b[31m\r\x00\u0085":            `\u001b[31m\u000d\u0000\u0085`,
		"a\u2028b\u2029c":                 `a\u2028b\u2029c`,
		"\u3164\u115f\u034f\ufe0f":        `\u3164\u115f\u034f\ufe0f`,
		"tag \U000e0041, face \U0001f600": "tag \\udb40\\udc41, face \U0001f600",
	} {
		require.Equal(t, want, charset.Visible(give), "%q", give)
	}
}

func TestFlaw(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"":                  "",
		"a pass word ё €":   "",
		"\xef\xf0\xee":      "it is not UTF-8",
		"lost \ufffd":       "it is not UTF-8",
		"two\nlines":        "it has line breaks or other control characters",
		"end\r":             "it has line breaks or other control characters",
		"\ufeffmarked":      "it has a character that can't be seen, U+FEFF",
		"zero\u200bwidth":   "it has a character that can't be seen, U+200B",
		"unbreakable\u00a0": "it has a character that can't be seen, U+00A0",
	} {
		require.Equal(t, want, charset.Flaw(give), "%q", give)
	}
}

func TestUnmarked(t *testing.T) {
	t.Parallel()
	require.Equal(t, "{}", string(charset.Unmarked([]byte("\ufeff{}"))))
	require.Equal(t, "{}\ufeff", string(charset.Unmarked([]byte("{}\ufeff"))))
}
