package alfrescotest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// What stock Search Services does with a text: it is indexed as words in the language of its node (sys:locale) alone, so
// that a search finds it only if it asks in that language. Read in Alfresco/SearchServices 6f2a1419: AlfrescoSolrDataModel,
// SolrInformationServer, Solr4QueryParser, and the stock shared.properties.

// ownLanguage is that of a server in a container.
const ownLanguage = "en"

// WithLanguage sets the language in which nodes were made that don't say theirs; default en.
func WithLanguage(tag string) Option { return func(o *options) { o.language = languageOf(tag) } }

// WithCrossLocale indexes texts across languages too: they are found in every one, and exact terms work.
func WithCrossLocale() Option { return func(o *options) { o.crossLocale = true } }

// languages are those that a request asks in: what the body says, else the first one of Accept-Language, else the server's.
func (r request) languages(inBody []string) []string {
	asked := inBody
	if len(asked) == 0 {
		first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
		asked = []string{strings.TrimSpace(first)}
	}
	languages := make([]string, len(asked))
	for i, tag := range asked {
		languages[i] = languageOf(tag)
	}
	return languages
}

// languageOf is the language of a locale or a tag such as ru_RU or en-GB;q=0.5.
func languageOf(tag string) string {
	end := strings.IndexAny(tag, "-_;")
	if end >= 0 {
		tag = tag[:end]
	}
	if tag == "" {
		return ownLanguage
	}
	return strings.ToLower(tag)
}

// isText reports whether a property is indexed as words.
func isText(field string) bool {
	return field == uuidField || slices.Contains([]kind{text, mltext}, model[field].kind)
}

// refuseExact refuses exact terms of texts that are not searched across languages.
func (st *store) refuseExact(q query) *reply {
	for _, c := range slices.Concat(q.any...) {
		if c.exact && isText(c.field) && !st.options.crossLocale {
			return refusal(http.StatusInternalServerError, keyDefault, "Exact Term search is not supported unless you configure the field <"+
				c.field+"> for cross locale search")
		}
	}
	return nil
}

// narrowed are the hits that meet the alternatives, by what the index knows.
func (st *store) narrowed(q query, hits []hit) []hit {
	if !q.changedFrom.IsZero() {
		hits = slices.DeleteFunc(slices.Clone(hits), func(h hit) bool { return st.known[h.id].modified.Before(q.changedFrom) })
	}
	for _, alternatives := range q.any {
		hits = slices.DeleteFunc(slices.Clone(hits), func(h hit) bool {
			return !slices.ContainsFunc(alternatives, func(c clause) bool { return st.meets(h, c, q.languages) })
		})
	}
	return hits
}

func (st *store) meets(h hit, c clause, languages []string) bool {
	if c.field == "ID" {
		return c.phrase == storePrefix+h.id
	}
	if c.span != nil {
		first, last, err := dbids(*c.span)
		return err == nil && h.dbid >= first && h.dbid <= last
	}
	if isText(c.field) && !st.options.crossLocale && !slices.Contains(languages, h.language) {
		return false
	}
	if c.field == uuidField {
		return h.id == c.phrase
	}
	value := st.known[h.id].properties[c.field]
	// Words of the phrase stand in the text one after the other.
	return value != nil && strings.Contains(words(fmt.Sprint(value)), words(c.phrase))
}

// words are those of a text, each between two blanks.
func words(text string) string {
	split := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(split, " ") + " "
}
