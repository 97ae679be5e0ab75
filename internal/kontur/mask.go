package kontur

import (
	"strings"
	"unicode"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/secret"
)

const (
	// maxTextLength is the length of a foreign text in an error, in characters.
	maxTextLength = 300
	mask          = "***"
	// minKeyPart is the length from which a part of the key is masked too. The method stat takes the first 20
	// characters of a key for the key, so that a part of it must not be shown either.
	minKeyPart = 6
)

// clean makes a foreign text fit to be shown: one line, printable, without the key or a part of it, and short.
func clean(text string, key secret.Value) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	for _, form := range key.Forms() {
		text = maskParts(text, form)
	}
	return excerpt.Runes(text, maxTextLength)
}

// maskParts replaces each stretch of text that is a part of key, minKeyPart bytes or more, whatever the letters' case.
// A shorter key is replaced only as a whole. Both texts are short: a few hundred bytes against a few dozen.
func maskParts(text, key string) string {
	least := min(minKeyPart, len(key))
	low, lowKey := lower(text), lower(key)
	var b strings.Builder
	for i := 0; i < len(text); {
		n := 0
		for i+max(n+1, least) <= len(low) && strings.Contains(lowKey, low[i:i+max(n+1, least)]) {
			n = max(n+1, least)
		}
		if n == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(mask)
		i += n
	}
	return b.String()
}

// lower lowers ASCII letters only, so that the length in bytes stays.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
