package alfrescotest

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	dbidField = "sys:node-dbid"
	uuidField = "sys:node-uuid"
	// maxClauses is how many alternatives Solr takes in a query by default.
	maxClauses = 1024
)

// query is a search that is ready to be run.
type query struct {
	typeKey     string // of a catalog
	dbidSpan    bool   // a range over sys:node-dbid
	onDbid      bool   // any condition on sys:node-dbid or DBID
	databaseNil bool   // =sys:node-dbid:n, which the database engine answers with nothing
	first, last int64
	createdSpan bool
	from, to    time.Time
	any         [][]alternative // one of each must be met

	include             []string
	sorted, descending  bool
	maxItems, skipCount int
}

func plan(conditions []clause) (query, *reply) {
	q := query{typeKey: "sys:base", first: math.MinInt64, last: math.MaxInt64}
	for _, c := range conditions {
		switch {
		case c.any != nil || c.phrase != "" && isProperty(c.field):
			if c.any == nil {
				c.any = []clause{c}
			}
			alternatives := make([]alternative, len(c.any))
			for i, a := range c.any {
				if !isProperty(a.field) {
					return q, fail(http.StatusBadRequest, keyInvalidArgument, "The simulator knows alternatives of properties only")
				}
				alternatives[i] = alternative{a.field, a.phrase}
			}
			if !q.narrow(alternatives...) {
				return q, fail(http.StatusInternalServerError, keyDefault, "too many boolean clauses")
			}
		case c.field == "TYPE" && c.phrase != "":
			q.typeKey = c.phrase
		case c.field == "EXACTTYPE" && c.phrase != "":
			q.typeKey = "=" + c.phrase
		case c.field == "DBID" && c.span != nil:
			return q, fail(http.StatusInternalServerError, keyDefault, "java.lang.UnsupportedOperationException")
		case (c.field == dbidField || c.field == "DBID") && (c.span != nil || c.number != ""):
			first, last, err := dbids(c)
			if err != nil {
				return q, fail(http.StatusBadRequest, keyInvalidArgument, "For input string")
			}
			q.first, q.last, q.onDbid = max(q.first, first), min(q.last, last), true
			q.dbidSpan = q.dbidSpan || c.span != nil || c.field == "DBID"
			q.databaseNil = q.databaseNil || c.span == nil && c.field == dbidField
		case c.field == "cm:created" && c.span != nil:
			var err error
			if q.from, q.to, err = times(*c.span); err != nil {
				return q, fail(http.StatusBadRequest, keyInvalidArgument, "Unparseable date")
			}
			q.createdSpan = true
		default:
			return q, fail(http.StatusBadRequest, keyInvalidArgument, "The simulator knows no condition on "+c.field)
		}
	}
	return q, nil
}

func dbids(c clause) (first, last int64, err error) {
	if c.span == nil {
		first, err = strconv.ParseInt(c.number, 10, 64)
		return first, first, err
	}
	first, last = math.MinInt64, math.MaxInt64
	if c.span.min != "MIN" {
		if first, err = strconv.ParseInt(c.span.min, 10, 64); err != nil {
			return 0, 0, err
		}
	}
	if c.span.max != "MAX" {
		if last, err = strconv.ParseInt(c.span.max, 10, 64); err != nil {
			return 0, 0, err
		}
	}
	if c.span.excludeMin && first < math.MaxInt64 {
		first++
	}
	if c.span.excludeMax && c.span.max != "MAX" {
		last--
	}
	return first, last, nil
}

func times(s span) (from, to time.Time, err error) {
	to = time.Unix(math.MaxInt32*1000, 0)
	if s.min != "MIN" {
		if from, err = time.Parse(time.RFC3339, strings.ReplaceAll(s.min, `\`, "")); err != nil {
			return from, to, err
		}
	}
	if s.max != "MAX" {
		to, err = time.Parse(time.RFC3339, strings.ReplaceAll(s.max, `\`, ""))
	}
	return from, to, err
}

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
