package mapping

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/counterparty"
)

var (
	errNotValue = errors.New("returns an object; a value is a text, a number, a boolean or a list of these")
	errNested   = errors.New("returns a list with something other than texts, numbers and booleans in it")
	errInfinite = errors.New("returns a number that is too large, or none")
	// Whatever wrote U+FFFD did not know what stood there.
	errLost = errors.New("returns a text with a lost character, U+FFFD")
)

// valueOf makes a value of what an expression gives: trimmed text without control characters, float64 (as it comes back from
// a history), boolean, or a list of these. Null, blank text and an empty list are absent, which is nil; what is absent in a
// list is left out.
func valueOf(v any) (any, error) {
	given, ok := v.([]any)
	if !ok {
		return scalarOf(v)
	}
	list := make([]any, 0, len(given))
	for _, item := range given {
		scalar, err := scalarOf(item)
		switch {
		case errors.Is(err, errNotValue):
			return nil, errNested
		case err != nil:
			return nil, err
		case scalar != nil:
			list = append(list, scalar)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

func scalarOf(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		if charset.Lossy(v) {
			return nil, errLost
		}
		if v = strings.TrimSpace(charset.Clean(v)); v == "" {
			return nil, nil
		}
		return v, nil
	}
	number, ok := numberOf(v)
	switch {
	case !ok:
		return nil, errNotValue
	case math.IsInf(number, 0) || math.IsNaN(number):
		return nil, errInfinite
	}
	return number, nil
}

// spellings are the values that Equal calls the same as the property and that have another digest: numbers that texts
// spell, and the date that a time may be.
func spellings(property any) []any {
	all := []any{property}
	for _, as := range []func(any) (any, bool){
		func(v any) (any, bool) { n, ok := spelledNumber(v); return n, ok },
		func(v any) (any, bool) { day, ok := dayFormOf(v); return day, ok },
	} {
		if values := spelled(items(property), as); len(values) > 0 {
			all = append(all, values)
		}
	}
	return all
}

// Equal reports whether a property has the value already; of a value that is cut the digest decides. It answers yes
// whenever writing would change nothing that anybody sees, because such a write would come back in every pass:
//   - texts may differ in white space only: doubled, unbreakable or at the ends;
//   - numbers count by value whatever their Go type, and a text may spell a number or a boolean: Alfresco stores by the
//     type of the property, not by that of the value;
//   - a time counts as such however it is spelled, and a date is its calendar day in dayZone;
//   - a list of one is its item, because a property for many values makes a list of one.
func Equal(property, value any) bool {
	if cut, ok := value.(counterparty.Cut); ok {
		return slices.ContainsFunc(spellings(property), func(v any) bool { return counterparty.Digest(v) == cut.SHA256 })
	}
	if counterparty.IsEmpty(property) || counterparty.IsEmpty(value) {
		return counterparty.IsEmpty(property) && counterparty.IsEmpty(value)
	}
	properties, values := items(property), items(value)
	return slices.EqualFunc(properties, values, equalScalars)
}

func equalScalars(property, value any) bool {
	textA, isTextA := property.(string)
	textB, isTextB := value.(string)
	if isTextA && isTextB {
		return textA == textB || slices.Equal(strings.Fields(textA), strings.Fields(textB)) || sameMoment(textA, textB)
	}
	if boolA, ok := booleanOf(property); ok {
		boolB, ok := booleanOf(value)
		return ok && boolA == boolB
	}
	numberA, okA := spelledNumber(property)
	numberB, okB := spelledNumber(value)
	return okA && okB && numberA == numberB
}

// items are those of a list without the absent ones, or the value itself.
func items(v any) []any {
	list, ok := v.([]any)
	if !ok {
		return []any{v}
	}
	return slices.DeleteFunc(slices.Clone(list), counterparty.IsEmpty)
}

func booleanOf(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		v = strings.TrimSpace(v)
		return v == "true", v == "true" || v == "false"
	}
	return false, false
}

func spelledNumber(v any) (float64, bool) {
	if text, ok := v.(string); ok {
		number, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return number, err == nil
	}
	return numberOf(v)
}

// numberOf takes the numbers that JSON decoders, jq and callers produce.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case json.Number:
		// Out of range is an infinity with an error; the infinity is what counts.
		number, err := v.Float64()
		return number, err == nil || math.IsInf(number, 0)
	case *big.Int:
		number, _ := new(big.Float).SetInt(v).Float64()
		return number, true
	}
	return 0, false
}

// textOf is the text of an identifier: of a number its digits, of a list the first item that is filled.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return counterparty.Bare(v)
	case []any:
		for _, item := range v {
			if text := textOf(item); text != "" {
				return text
			}
		}
		return ""
	}
	number, ok := numberOf(v)
	if !ok {
		return ""
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}
