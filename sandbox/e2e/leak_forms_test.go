package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pieceLength is the length from which a piece of a secret counts as a leak.
const pieceLength = 8

// hunt finds secrets in a text, whole ones in every form in which programs write them, and pieces of them.
type hunt struct {
	forms  map[string]string // what a text must not hold, by what it is
	pieces map[string]string // likewise, after all escapes are undone
}

func newHunt(key, user, password string) hunt {
	h := hunt{forms: map[string]string{}, pieces: map[string]string{}}
	h.add("key", key)
	h.add("password", password)
	h.forms["user and password in base64"] = strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(user+":"+password)), "=")
	h.forms["user and password in base64 of URLs"] = base64.RawURLEncoding.EncodeToString([]byte(user + ":" + password))
	return h
}

func (h hunt) add(name, secret string) {
	for form, text := range writings(secret) {
		h.forms[name+" "+form] = text
	}
	runes := []rune(secret)
	for i := 0; i+pieceLength <= len(runes); i++ {
		h.pieces[fmt.Sprintf("%s from character %d", name, i)] = string(runes[i : i+pieceLength])
	}
}

// writings are the ways in which a secret may be written.
func writings(secret string) map[string]string {
	escaped, _ := json.Marshal(secret)
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	return map[string]string{
		"as it is":          secret,
		"in a query":        url.QueryEscape(secret),
		"in a path":         url.PathEscape(secret),
		"in JSON":           strings.Trim(string(escaped), `"`),
		"in JSON, < left":   strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(plain.String()), `"`), `"`),
		"in HTML":           html.EscapeString(secret),
		"quoted":            strings.Trim(strconv.QuoteToASCII(secret), `"`),
		"in hexadecimal":    fmt.Sprintf("%x", secret),
		"in base64":         strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
		"in base64 of URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// find names what it found, in order.
func (h hunt) find(text string) []string {
	var found []string
	for name, form := range h.forms {
		if strings.Contains(text, form) {
			found = append(found, name)
		}
	}
	for range 3 { // JSON in JSON in a log
		for name, piece := range h.pieces {
			if strings.Contains(text, piece) {
				found = append(found, name)
			}
		}
		text = unescaped(text)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var escapes = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\["'\\/]`)

// unescaped undoes one layer of the escapes of URLs, JSON, Go and HTML.
func unescaped(text string) string {
	text = escapes.ReplaceAllStringFunc(text, func(escape string) string {
		switch {
		case escape[0] == '%':
			code, _ := strconv.ParseUint(escape[1:], 16, 8)
			return string([]byte{byte(code)})
		case len(escape) == 2:
			return escape[1:]
		case escape[1] == 'x':
			code, _ := strconv.ParseUint(escape[2:], 16, 8)
			return string([]byte{byte(code)})
		}
		code, _ := strconv.ParseUint(escape[2:], 16, 32)
		return string(rune(code))
	})
	return html.UnescapeString(text)
}

// The control of the search: it finds each form alone, in what is around it.
func TestHuntFindsEveryForm(t *testing.T) {
	t.Parallel()
	h := newHunt(leakKey, leakUser, leakPassword)
	for name, form := range h.forms {
		require.Contains(t, h.find(`{"msg":"before `+form+` behind"}`), name)
	}
	inJSON := func(text string) string {
		data, _ := json.Marshal(map[string]string{"text": text})
		return string(data)
	}
	for name, piece := range h.pieces {
		for _, text := range []string{
			piece, inJSON(piece), inJSON(inJSON(piece)), url.PathEscape(piece), html.EscapeString(piece), inJSON("http://host/?key=" + url.PathEscape(piece)),
		} {
			require.Contains(t, h.find("before "+text+" behind"), name, text)
		}
	}
	for _, clean := range []string{
		"", "nothing", `{"msg":"ask Kontur.Focus req: status 500: GET /api3/req?inn=0012345674&key=***"}`, leakUser, "Authorization: Basic ***",
		string([]rune(leakKey)[:pieceLength-1]), string([]rune(leakPassword)[1:pieceLength]),
	} {
		require.Empty(t, h.find(clean))
	}
}
