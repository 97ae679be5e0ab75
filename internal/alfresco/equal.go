package alfresco

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// equal reports whether what Alfresco shows is what was sent. Nil, an empty text, an empty list and an absent property
// are the same: Alfresco leaves them out. Numbers compare by value, and with the texts that text properties make of
// them; one value is the same as a list of it; dates compare as times.
func equal(sent, shown any) bool {
	return slices.EqualFunc(values(sent), values(shown), equalScalars)
}

// values makes a list of whatever it is, without what Alfresco leaves out.
func values(v any) []any {
	if v == nil || v == "" {
		return nil
	}
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
		all := make([]any, list.Len())
		for i := range all {
			all[i] = list.Index(i).Interface()
		}
		return all
	}
	return []any{v}
}

func equalScalars(a, b any) bool {
	textA, textB := fmt.Sprint(a), fmt.Sprint(b)
	if textA == textB {
		return true
	}
	// Texts on both sides are identifiers more often than numbers: 007 is not 7.
	_, aIsText := a.(string)
	_, bIsText := b.(string)
	if aIsText && bIsText {
		return equalTimes(textA, textB)
	}
	numberA, errA := strconv.ParseFloat(textA, 64)
	numberB, errB := strconv.ParseFloat(textB, 64)
	return errA == nil && errB == nil && numberA == numberB
}

// widestZone is how far a day may shift when Alfresco keeps a bare date as midnight of its own time zone.
const widestZone = 14 * time.Hour

func equalTimes(sent, shown string) bool {
	at, err := parseTime(shown)
	if err != nil {
		return false
	}
	if day, err := time.Parse(time.DateOnly, sent); err == nil {
		return at.Sub(day).Abs() <= widestZone
	}
	want, err := parseTime(sent)
	return err == nil && want.Equal(at)
}
