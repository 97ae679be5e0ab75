package alfrescotest

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// predicate is a condition, or with t "and" a list of them.
type predicate struct {
	Type      string          `json:"t"`
	Attribute string          `json:"att"`
	Value     json.RawMessage `json:"val"`
}

func (p predicate) conditions() []predicate {
	if p.Type != "and" {
		return []predicate{p}
	}
	var parts, all []predicate
	if json.Unmarshal(p.Value, &parts) != nil {
		return []predicate{p}
	}
	for _, part := range parts {
		all = append(all, part.conditions()...)
	}
	return all
}

func (p predicate) apply(q *query) *recordsTrouble {
	unsupported := &recordsTrouble{"RuntimeException", "The simulator knows no predicate " + p.Type + " on " + p.Attribute}
	var text string
	isText := json.Unmarshal(p.Value, &text) == nil
	switch {
	case p.Type == "or":
		return p.narrow(q)
	case p.Attribute == "TYPE" && p.Type == "eq" && isText:
		q.typeKey = text
		return nil
	case p.Attribute == "cm:created" && slices.Contains([]string{"ge", "gt"}, p.Type) && isText:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return &recordsTrouble{"DateTimeParseException", "Text '" + text + "' could not be parsed"}
		}
		q.createdSpan, q.from, q.to = true, at, time.Unix(math.MaxInt32*1000, 0)
		return nil
	case p.Attribute != dbidField:
		return unsupported
	}
	var n int64
	if json.Unmarshal(p.Value, &n) != nil {
		return unsupported // a text would be put into quotes, where a number does not match
	}
	q.onDbid, q.dbidSpan = true, true
	switch p.Type {
	case "ge":
		q.first = max(q.first, n)
	case "gt":
		q.first = max(q.first, n+1)
	case "le":
		q.last = min(q.last, n)
	case "lt":
		q.last = min(q.last, n-1)
	default:
		return unsupported
	}
	return nil
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
