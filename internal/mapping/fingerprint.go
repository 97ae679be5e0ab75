package mapping

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fingerprintLength is the number of characters of a fingerprint: 48 bits. That something a person types is taken for
// what was written has a chance of 1 to 2^48.
const fingerprintLength = 8

// form is a value as a fingerprint sees it: values that Equal calls the same have a form in common.
type form struct {
	Kind  string   `json:"kind"` // "text" (which a date is), "number", "boolean" or "time"
	Items []string `json:"items"`
}

// fingerprint is the trace of a value that was written into an attribute of a node: of this node, so that a copy of the
// node, which brings the memory along, has nothing of ours.
func fingerprint(nodeID, attribute string, value form) string {
	what, _ := json.Marshal([]any{memoryHeader, nodeID, attribute, value}) // texts can always be marshalled
	sum := sha256.Sum256(what)
	return base64.RawURLEncoding.EncodeToString(sum[:])[:fingerprintLength]
}

// formOf is the form of a value that is to be written: what it is by its type.
func formOf(value any) form {
	list := items(value)
	if !slices.ContainsFunc(list, isText) {
		if booleans := spelled(list, booleanFormOf); booleans != nil {
			return form{"boolean", booleans}
		}
		if numbers := spelled(list, numberFormOf); numbers != nil {
			return form{"number", numbers}
		}
	}
	if times := spelled(list, momentFormOf); times != nil {
		return form{"time", times}
	}
	return form{"text", spelled(list, textFormOf)}
}

// readings are all forms in which a property of a node may have been written: Alfresco stores by the type of the
// property, so that a number may come back as a text that spells it, and the other way round.
func readings(property any) []form {
	list := items(property)
	var all []form
	for _, reading := range []struct {
		kind   string
		formOf func(any) (string, bool)
	}{
		{"text", textFormOf}, {"number", numberFormOf}, {"boolean", booleanFormOf},
		{"time", momentFormOf}, {"text", dayFormOf},
	} {
		if items := spelled(list, reading.formOf); items != nil {
			all = append(all, form{reading.kind, items})
		}
	}
	return all
}

// spelled are the items, each in its form; nil if one of them has none.
func spelled[T any](list []any, formOf func(any) (T, bool)) []T {
	all := make([]T, len(list))
	for i, item := range list {
		var ok bool
		if all[i], ok = formOf(item); !ok {
			return nil
		}
	}
	return all
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func booleanFormOf(v any) (string, bool) {
	value, ok := booleanOf(v)
	return strconv.FormatBool(value), ok
}

func numberFormOf(v any) (string, bool) {
	number, ok := spelledNumber(v)
	return strconv.FormatFloat(number, 'g', -1, 64), ok
}

// textFormOf makes white space one blank, as Equal does. Numbers and booleans are texts in their plainest spelling.
func textFormOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.Fields(v), " "), true
	case bool:
		return strconv.FormatBool(v), true
	}
	if number, ok := numberOf(v); ok {
		return strconv.FormatFloat(number, 'f', -1, 64), true
	}
	// What no expression gives and no property of a contractor holds: an object.
	text, err := json.Marshal(v)
	return string(text), err == nil
}
