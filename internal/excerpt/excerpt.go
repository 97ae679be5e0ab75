// Package excerpt shortens texts: values that a message repeats, errors that histories keep, reasons in memos. It is pure,
// so that workflows may use it. It does not hide what is secret.
//
// A bound in characters is for what people read, a bound in bytes for what has to fit somewhere. No function cuts a
// character in two.
package excerpt

import (
	"strings"
	"unicode"
)

// mark is where something was left out.
const mark = "…"

// Runes is a text of at most that many characters as it is, and of a longer one its beginning and a mark.
func Runes(text string, most int) string {
	head := Head(text, most)
	if len(head) == len(text) {
		return text
	}
	return string([]rune(head)) + mark
}

// Within is like Runes, but the mark is one of the characters.
func Within(text string, most int) string {
	if Head(text, most) == text {
		return text
	}
	return Runes(text, most-1)
}

// Head is the beginning of a text, at most that many characters of it, without a mark.
func Head(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i]
		}
		n++
	}
	return text
}

// Bytes is a text of at most that many bytes as it is, and of a longer one its beginning and a mark, which comes on top.
func Bytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return Cut(text, most) + mark
}

// Cut is the beginning of a text, at most that many bytes of it, without a mark.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// Line is a text on one line without control characters, so that it breaks no table and steers no terminal.
func Line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
