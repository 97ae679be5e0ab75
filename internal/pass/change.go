package pass

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// FieldChange is one field of a sync or of its schedule: was → became, as text.
type FieldChange struct {
	Field  string `json:"field"`
	Was    string `json:"was"`
	Became string `json:"became"`
}

// NewFieldChange shows two values of a field as text; ok is false if that is the same.
func NewFieldChange(field string, was, became any) (change FieldChange, ok bool) {
	a, b := asText(was), asText(became)
	return FieldChange{field, a, b}, a != b
}

// Changes compares two configurations field by field, as the user knows them. What means the same is no change: a default that
// is written out, another order, INN in capitals. The reset mark is not the user's.
func Changes(was, became Sync) []FieldChange {
	was, became = was.WithDefaults(), became.WithDefaults()
	changes := []FieldChange{}
	for _, field := range Fields() {
		if c, ok := NewFieldChange(field.Name, field.Value(was), field.Value(became)); ok {
			changes = append(changes, c)
		}
	}
	return changes
}

// WorthARestart are the changes for which a pass that runs under was is stopped and another one started: those of what it does. A
// change of its name, of when passes start, and of how fast and how patiently they work leaves what has been walked as it
// is, so that the pass goes on and the next one goes by the change. So does enabled: true; false is the word to stop. All sources
// are asked at once and joined by their names, so that their order changes nothing.
func WorthARestart(was, became Sync) []FieldChange {
	was, became = was.WithDefaults(), became.WithDefaults()
	return slices.DeleteFunc(Changes(was, became), func(c FieldChange) bool {
		field := Fields()[slices.IndexFunc(Fields(), func(f Field) bool { return f.Name == c.Field })]
		return field.waits || field.anyOrder && sameItems(field.Value(was), field.Value(became)) || c.Field == "enabled" && *became.Enabled
	})
}

// sameItems reports whether two lists differ in their order alone.
func sameItems(a, b any) bool {
	one, other := a.([]string), b.([]string)
	return slices.Equal(slices.Sorted(slices.Values(one)), slices.Sorted(slices.Values(other)))
}

// ChangesText lists changes in one line.
func ChangesText(changes []FieldChange) string {
	var texts []string
	for _, c := range changes {
		texts = append(texts, fmt.Sprintf("%s %s → %s", c.Field, orNone(c.Was), orNone(c.Became)))
	}
	return strings.Join(texts, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}

// asText is a value as JSON, without the quotes of a text. Workflow code compares by it: package json keeps what it has learnt of
// types, but what it writes and reads depends on the value alone.
//
//workflowcheck:ignore
func asText(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	var plain string
	if json.Unmarshal(data, &plain) == nil {
		return plain
	}
	return string(data)
}

// DescribeScheduleRequest asks with what a schedule would start a pass now. SyncID is what an input without an id stands for.
type DescribeScheduleRequest struct {
	ScheduleID string `json:"scheduleId"`
	SyncID     string `json:"syncId"`
}

// DescribeScheduleResult is the answer. Gone: there is no such schedule.
type DescribeScheduleResult struct {
	Sync *Sync `json:"sync,omitempty"`
	Gone bool  `json:"gone,omitempty"`
	// Problem says why no pass could run with it; empty if one could.
	Problem string `json:"problem,omitempty"`
}

// TriggerScheduleRequest asks for the pass that follows one that ends because the configuration has changed. FirstRunID is
// the run of that one by which its schedule knows it: the first of those that resets made of it. ResetAt is the mark of the
// schedule's input as it was seen.
type TriggerScheduleRequest struct {
	ScheduleID string `json:"scheduleId"`
	FirstRunID string `json:"firstRunId"`
	ResetAt    string `json:"resetAt,omitempty"`
}

// TriggerScheduleResult says why none follows; empty if one does. Marked is another mark that the input has now: starter apply
// has changed it, and starts the next pass itself. Nothing was asked for then.
type TriggerScheduleResult struct {
	Why    string `json:"why,omitempty"`
	Marked string `json:"marked,omitempty"`
}
