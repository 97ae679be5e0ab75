package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rule says what is a difference between two JSON values.
type rule int

const (
	// strict: every field counts; only null and absent are the same.
	strict rule = iota + 1
	// mayGrow: fields that are new are none, because fields of results are only ever added to.
	mayGrow
)

const absent = "absent"

// texts are the fields that hold words for people. How they are worded may change; whether there are any may not.
var texts = map[string]bool{"error": true, "hint": true, "message": true, "problem": true, "reason": true, "why": true}

// isText reports whether a value of a field is words.
func isText(name string, value any) bool {
	text, ok := value.(string)
	return texts[name] && ok && text != ""
}

// compareAll compares lists of arguments or details.
func compareAll(was, became []json.RawMessage, r rule) []Difference {
	var all []Difference
	for i := range max(len(was), len(became)) {
		path := ""
		if len(was) > 1 || len(became) > 1 {
			path = fmt.Sprintf("[%d]", i)
		}
		all = append(all, compare(path, parsed(was, i), parsed(became, i), r)...)
	}
	return all
}

// nothing is in the place of a value that is not there.
type nothing struct{}

func parsed(list []json.RawMessage, i int) any {
	if i >= len(list) {
		return nothing{}
	}
	decoder := json.NewDecoder(bytes.NewReader(list[i]))
	decoder.UseNumber() // a dbid may have more digits than a float
	var value any
	if decoder.Decode(&value) != nil {
		return string(list[i])
	}
	return value
}

func compare(path string, was, became any, r rule) []Difference {
	if isNothing(was) && (isNothing(became) || r == mayGrow) {
		return nil
	}
	switch old := was.(type) {
	case map[string]any:
		if now, ok := became.(map[string]any); ok {
			return compareObjects(path, old, now, r)
		}
	case []any:
		if now, ok := became.([]any); ok {
			var all []Difference
			for i := range max(len(old), len(now)) {
				all = append(all, compare(fmt.Sprintf("%s[%d]", path, i), at(old, i), at(now, i), strictIn(r, i, len(old)))...)
			}
			return all
		}
	default:
		if was == became {
			return nil
		}
	}
	if path == "" {
		path = "value"
	}
	return []Difference{{Field: path, Was: text(was), Became: text(became)}}
}

// strictIn: an object may grow, a list may not.
func strictIn(r rule, i, length int) rule {
	if i >= length {
		return strict
	}
	return r
}

func compareObjects(path string, was, became map[string]any, r rule) []Difference {
	names := maps.Clone(was)
	maps.Copy(names, became)
	var all []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if isText(name, was[name]) && isText(name, became[name]) {
			continue
		}
		full := name
		if path != "" {
			full = path + "." + name
		}
		all = append(all, compare(full, field(was, name), field(became, name), r)...)
	}
	return all
}

func field(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	return nothing{}
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nothing{}
}

func isNothing(value any) bool { return value == nil || value == nothing{} }

func text(value any) string {
	if value == (nothing{}) {
		return absent
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}
