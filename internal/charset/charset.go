// Package charset knows which characters texts are made of: whether bytes are UTF-8, whether JSON has whole characters, and
// which characters nobody sees. It is pure, so that workflows may use it.
//
// Programs that read what is no character put U+FFFD in its place, without a word: what was different is the same then, and
// what was meant is lost.
package charset

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// mark is the byte order mark, which some editors and servers put before a text.
const mark = "\ufeff"

// Unmarked is a text without its byte order mark.
func Unmarked(text []byte) []byte { return bytes.TrimPrefix(text, []byte(mark)) }

// What CheckJSON finds.
var (
	ErrNotUTF8  = errors.New("bytes that are not UTF-8")
	ErrHalfPair = errors.New(`half of a surrogate pair, such as \ud83d alone`)
)

// CheckJSON reports what encoding/json would replace without a word: ErrNotUTF8, or ErrHalfPair (RFC 8259, section 8.2).
func CheckJSON(text []byte) error {
	switch {
	case !utf8.Valid(text):
		return ErrNotUTF8
	case HalfPair(text):
		return ErrHalfPair
	}
	return nil
}

// unitLength is that of a UTF-16 unit as JSON escapes it, without the backslash: ud83d.
const unitLength = 5

// HalfPair reports whether JSON escapes half of a surrogate pair.
func HalfPair(text []byte) bool {
	for {
		_, escape, found := bytes.Cut(text, []byte(`\`))
		if !found {
			return false
		}
		first := unit(escape)
		if !utf16.IsSurrogate(first) {
			text = escape[min(1, len(escape)):] // what is escaped may be a backslash
			continue
		}
		second, paired := bytes.CutPrefix(escape[unitLength:], []byte(`\`))
		if !paired || utf16.DecodeRune(first, unit(second)) == unicode.ReplacementChar {
			return true
		}
		text = second[unitLength:]
	}
}

// unit is the UTF-16 unit that an escape stands for; -1 for escapes of other kinds.
func unit(escape []byte) rune {
	if len(escape) < unitLength || escape[0] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(escape[1:unitLength]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// Lossy reports whether characters of a text are lost: it is not UTF-8, or has U+FFFD, which stands for what was not.
func Lossy(text string) bool { return strings.ContainsRune(text, utf8.RuneError) }

// Clean is a text without what neither PostgreSQL nor XML takes: control characters, of which those that are white space
// become a blank, and what is no character. Tabs and ends of lines stay.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case unicode.IsControl(r) && unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		}
		return r
	}, text)
}

// IsFormat reports whether a character has no look of its own and is no blank: a zero-width space, a mark of direction, a
// soft hyphen, a selector of variants, a filler. Control characters are none of these.
func IsFormat(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isHidden reports whether nobody sees a character, or what it does to others.
func isHidden(r rune) bool { return IsFormat(r) || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// Visible is a text that shows what it is made of: characters that nobody sees, or that turn or break the line, are escaped as
// in JSON: \u202e. Tabs and line feeds stay.
func Visible(text string) string {
	hidden := func(r rune) bool { return isHidden(r) && r != '\t' && r != '\n' }
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			b.WriteString(fmt.Sprintf(`\u%04x`, unit)) // Fprintf is nothing for workflows
		}
	}
	return b.String()
}

// Flaw says of a name or a secret on one line what is wrong with it and can't be seen; empty if nothing is. It shows nothing
// of the text.
func Flaw(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return isHidden(r) || unicode.IsSpace(r) && r != ' ' })
	switch {
	case Lossy(text):
		return "it is not UTF-8"
	case at < 0:
		return ""
	}
	r, _ := utf8.DecodeRuneInString(text[at:])
	if unicode.IsControl(r) {
		return "it has line breaks or other control characters"
	}
	return fmt.Sprintf("it has a character that can't be seen, %U", r)
}
