package alfrescotest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const (
	uuidField = "sys:node-uuid"
	// maxClauses is how many alternatives Solr takes in a query by default.
	maxClauses = 1024
)

// alternative is a text that an attribute holds.
type alternative struct{ field, phrase string }

// narrow adds alternatives of which a node must meet one; false if they are more than Solr takes.
func (q *query) narrow(alternatives ...alternative) bool {
	q.any = append(q.any, alternatives)
	return len(alternatives) <= maxClauses
}

// isProperty tells the name of an attribute from special fields such as TYPE.
func isProperty(field string) bool { return strings.Contains(field, ":") }

// narrowed are the hits that meet the alternatives. The values are those of the database: an index that lags behind in a
// value alone is not simulated.
func (st *store) narrowed(q query, hits []hit) []hit {
	for _, alternatives := range q.any {
		hits = slices.DeleteFunc(slices.Clone(hits), func(h hit) bool {
			return !slices.ContainsFunc(alternatives, func(a alternative) bool { return st.meets(h, a) })
		})
	}
	return hits
}

func (st *store) meets(h hit, a alternative) bool {
	if a.field == uuidField {
		return h.id == a.phrase
	}
	node := st.nodes[h.id]
	if node == nil || node.Properties[a.field] == nil {
		return false
	}
	// Words of the phrase stand in the text one after the other.
	return strings.Contains(words(fmt.Sprint(node.Properties[a.field])), words(a.phrase))
}

// words are those of a text, each between two blanks.
func words(text string) string {
	split := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(split, " ") + " "
}

// narrow applies an "or" of "eq" to a query.
func (p predicate) narrow(q *query) *recordsTrouble {
	var parts []predicate
	unsupported := &recordsTrouble{"RuntimeException", "The simulator knows an or of eq only"}
	if json.Unmarshal(p.Value, &parts) != nil || len(parts) == 0 {
		return unsupported
	}
	var alternatives []alternative
	for _, part := range parts {
		var text string
		if part.Type != "eq" || !isProperty(part.Attribute) || json.Unmarshal(part.Value, &text) != nil {
			return unsupported
		}
		alternatives = append(alternatives, alternative{part.Attribute, text})
	}
	if !q.narrow(alternatives...) {
		return &recordsTrouble{"SearcherException", "too many boolean clauses"}
	}
	return nil
}
