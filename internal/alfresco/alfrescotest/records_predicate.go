package alfrescotest

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// predicate is a condition, or with t "and" or "or" a list of them.
type predicate struct {
	Type      string          `json:"t"`
	Attribute string          `json:"att"`
	Value     json.RawMessage `json:"val"`
}

// clausesOf reads the query of either language.
func clausesOf(language string, query json.RawMessage) ([]clause, *recordsTrouble) {
	var text string
	var p predicate
	switch {
	case language == "predicate" && json.Unmarshal(query, &p) == nil:
		return p.clauses()
	case language == "fts-alfresco" && json.Unmarshal(query, &text) == nil:
		conditions, err := parse(text)
		if err != nil {
			return nil, &recordsTrouble{"FTSQueryException", err.Error()}
		}
		return conditions, nil
	}
	return nil, &recordsTrouble{"LanguageNotSupportedException", "Language is not supported: " + language}
}

// clauses are what the predicate says in the words of AFTS.
func (p predicate) clauses() ([]clause, *recordsTrouble) {
	var text string
	var number int64
	var parts []predicate
	isText, isNumber, isList := p.is(&text), p.is(&number), p.is(&parts)
	switch {
	case p.Type == "and" && isList:
		var all []clause
		for _, part := range parts {
			some, t := part.clauses()
			if t != nil {
				return nil, t
			}
			all = append(all, some...)
		}
		return all, nil
	case p.Type == "or":
		alternatives := make([]clause, len(parts))
		known := isList && len(parts) > 0
		for i, part := range parts {
			alternatives[i].field, alternatives[i].exact = part.Attribute, true
			known = known && part.Type == "eq" && isProperty(part.Attribute) && part.is(&alternatives[i].phrase)
		}
		if !known {
			return nil, &recordsTrouble{"RuntimeException", "The simulator knows an or of eq only"}
		}
		return []clause{{any: alternatives}}, nil
	case p.Type == "eq" && p.Attribute == "TYPE" && isText:
		return []clause{{field: p.Attribute, phrase: text}}, nil
	case slices.Contains([]string{"ge", "gt"}, p.Type) && slices.Contains([]string{"cm:created", "cm:modified"}, p.Attribute) && isText:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return nil, &recordsTrouble{"DateTimeParseException", "Text '" + text + "' could not be parsed"}
		}
		return []clause{{field: p.Attribute, span: &span{min: text, max: "MAX"}}}, nil
	case p.Attribute == dbidField && isNumber: // a text would be put into quotes, where a number does not match
		n := strconv.FormatInt(number, 10)
		if s, known := map[string]span{
			"ge": {min: n, max: "MAX"},
			"gt": {min: n, max: "MAX", excludeMin: true},
			"le": {min: "MIN", max: n},
			"lt": {min: "MIN", max: n, excludeMax: true},
		}[p.Type]; known {
			return []clause{{field: p.Attribute, span: &s}}, nil
		}
	}
	return nil, &recordsTrouble{"RuntimeException", "The simulator knows no predicate " + p.Type + " on " + p.Attribute}
}

// is reads the value if it has the form of what it is read into.
func (p predicate) is(into any) bool { return json.Unmarshal(p.Value, into) == nil }
