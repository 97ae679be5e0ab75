package alfrescotest

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
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
	changedFrom time.Time  // by what the index knows
	any         [][]clause // one of each must be met
	languages   []string   // in which texts are looked for

	include             []string
	sorted, descending  bool
	maxItems, skipCount int
}

func plan(conditions []clause) (query, *reply) {
	q := query{typeKey: "sys:base", first: math.MinInt64, last: math.MaxInt64}
	for _, c := range conditions {
		if refused := q.add(c); refused != nil {
			return q, refused
		}
	}
	return q, nil
}

func (q *query) add(c clause) *reply {
	isRange := c.span != nil && !c.span.point
	switch {
	case c.any != nil:
		return q.narrow(c.any)
	case c.span == nil && (isProperty(c.field) || c.field == "ID"):
		return q.narrow([]clause{c})
	case c.field == "TYPE" && c.span == nil:
		q.typeKey = c.phrase
	case c.field == "EXACTTYPE" && c.span == nil:
		q.typeKey = "=" + c.phrase
	case c.field == "DBID" && isRange:
		return refusal(http.StatusInternalServerError, keyDefault, "java.lang.UnsupportedOperationException")
	case c.span != nil && (c.field == dbidField || c.field == "DBID"):
		first, last, err := dbids(*c.span)
		if err != nil {
			return invalid("For input string")
		}
		q.first, q.last, q.onDbid = max(q.first, first), min(q.last, last), true
		q.dbidSpan = q.dbidSpan || isRange || c.field == "DBID"
		q.databaseNil = q.databaseNil || !isRange && c.field == dbidField
	case c.field == "cm:created" && isRange:
		var err error
		if q.from, q.to, err = times(*c.span); err != nil {
			return invalid("Unparseable date")
		}
		q.createdSpan = true
	case c.field == "cm:modified" && isRange && c.span.max == "MAX":
		var err error
		if q.changedFrom, _, err = times(*c.span); err != nil {
			return invalid("Unparseable date")
		}
	default:
		return invalid("The simulator knows no condition on " + c.field)
	}
	return nil
}

// narrow adds alternatives of which a node must meet one.
func (q *query) narrow(alternatives []clause) *reply {
	switch {
	case slices.ContainsFunc(alternatives, func(c clause) bool {
		return !isProperty(c.field) && c.field != "ID" || c.span != nil && c.field != dbidField
	}):
		return invalid("The simulator knows alternatives of properties, ids and ranges of dbids only")
	case len(alternatives) > maxClauses:
		return refusal(http.StatusInternalServerError, keyDefault, "too many boolean clauses")
	}
	q.any = append(q.any, alternatives)
	return nil
}

func dbids(s span) (first, last int64, err error) {
	number := func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }
	first, last, err = bounds(s, math.MinInt64, math.MaxInt64, number)
	if s.excludeMin && first < math.MaxInt64 {
		first++
	}
	if s.excludeMax && s.max != "MAX" {
		last--
	}
	return first, last, err
}

func times(s span) (from, to time.Time, err error) {
	return bounds(s, time.Time{}, endOfTime, func(text string) (time.Time, error) {
		return time.Parse(time.RFC3339, strings.ReplaceAll(text, `\`, ""))
	})
}

var endOfTime = time.Unix(math.MaxInt32*1000, 0)

// bounds reads the ends of a range, of which each may be open.
func bounds[T any](s span, low, high T, read func(string) (T, error)) (T, T, error) {
	var errLow, errHigh error
	if s.min != "MIN" {
		low, errLow = read(s.min)
	}
	if s.max != "MAX" {
		high, errHigh = read(s.max)
	}
	return low, high, errors.Join(errLow, errHigh)
}

// isProperty tells the name of an attribute from special fields such as TYPE.
func isProperty(field string) bool { return strings.Contains(field, ":") }
