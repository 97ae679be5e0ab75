package secret

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// minEncoded is the length in bytes from which Forms has encodings that look like any other text: those of a shorter
// secret would be found everywhere.
const minEncoded = 6

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// Forms are the texts as which programs write the secret: as it is, and as in addresses, JSON, HTML, hexadecimal and
// base64. Others echo what they were sent in any of them. Each one comes once, longer ones before shorter ones, so that
// none is masked by half. An empty secret has none.
func (v Value) Forms() []string {
	text := v.Reveal()
	if text == "" {
		return nil
	}
	quoted, _ := json.Marshal(text) // texts can always be marshalled
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	forms := []string{
		text,
		url.QueryEscape(text), url.PathEscape(text),
		inner(string(quoted)), inner(strings.TrimSuffix(plain.String(), "\n")), inner(strconv.QuoteToASCII(text)),
		html.EscapeString(text), strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(html.EscapeString(text)),
	}
	for _, escaped := range forms[1:3] {
		forms = append(forms, percentEscape.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	if len(text) >= minEncoded {
		forms = append(forms, hex.EncodeToString([]byte(text)),
			base64.RawStdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)))
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(forms)
}

// inner is a quoted text without its quotes.
func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

// Redact masks the secret in a foreign text, in all its forms.
func (v Value) Redact(text string) string {
	for _, form := range v.Forms() {
		text = strings.ReplaceAll(text, form, mask)
	}
	return text
}
