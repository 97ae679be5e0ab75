package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// same says whether the SDK takes two commands for the same. A child without an id of its own gets one from the SDK.
func (c command) same(other command) bool {
	return c.kind == other.kind && c.name == other.name &&
		(c.kind != childCommand || c.where == "" || other.where == "" || c.where == other.where)
}

// firstMismatch compares the commands of a task with what this build does in it: nil if they are the same.
func firstMismatch(t *task, calls []*call) (at *event, now string) {
	for i, e := range t.events {
		switch {
		case i >= len(calls):
			return e, "does nothing of that kind there"
		case !calls[i].same(e.command):
			return e, "has " + calls[i].words + " there"
		}
	}
	if n := len(t.events); n < len(calls) {
		// It would be the next event behind the task's commands.
		id, recorded := t.ended+1, "nothing"
		if n > 0 {
			id, recorded = t.events[n-1].id+1, "nothing after "+t.events[n-1].words
		}
		return &event{id: id, command: command{words: recorded}}, "has " + calls[n].words + " there"
	}
	return nil, ""
}

// brokenEnd finds a run that ends in a task in which it went on: the SDK only looks at how a run ends, and not when.
func brokenEnd(run Run, t *tasks, now *recorder) *Broken {
	for _, task := range t.order {
		calls := now.calls[task.started]
		i := slices.IndexFunc(calls, func(c *call) bool { return c.kind == endCommand })
		if i < 0 || slices.ContainsFunc(task.events, func(e *event) bool { return e.kind == endCommand }) {
			continue
		}
		return &Broken{Run: run, Kind: Commands, Event: task.ended, Recorded: "a turn after which the run goes on", Now: "has " + calls[i].words + " there"}
	}
	return nil
}

// brokenInput finds the first command that is given something else than was recorded. The SDK has said that the commands
// of a task match: so the n-th of a kind and name goes with the n-th.
func brokenInput(run Run, t *tasks, now *recorder) *Broken {
	for _, task := range t.order {
		calls := slices.Clone(now.calls[task.started])
		for _, e := range task.events {
			i := slices.IndexFunc(calls, func(c *call) bool { return c.same(e.command) })
			if i < 0 || e.kind == endCommand {
				continue
			}
			differences := t.withoutReset(inputDifferences(e, calls[i]))
			if len(differences) > 0 {
				return &Broken{Run: run, Kind: Input, Event: e.id, Recorded: e.words, Differences: differences}
			}
			calls = slices.Delete(calls, i, i+1)
		}
	}
	return nil
}

func inputDifferences(was *event, now *call) []Difference {
	differences := compareAll(was.input, now.input, strict)
	names := map[string]string{activityCommand: "task queue", signalCommand: "workflow id"}
	if name := names[was.kind]; name != "" && was.where != now.where {
		differences = append(differences, Difference{Field: name, Was: was.where, Became: now.where})
	}
	if was.kind == memoCommand && was.words != now.words {
		// The values are free, but the keys are names that others read.
		differences = append(differences, Difference{Field: "keys", Was: was.words, Became: now.words})
	}
	return differences
}

// brokenResult compares what a closed run returned.
func brokenResult(run Run, t *tasks, now *recorder) *Broken {
	ended := now.end
	if t.end == nil || ended == nil {
		return nil
	}
	b := &Broken{Run: run, Kind: Result, Event: t.end.id, Recorded: "result"}
	b.Differences = compareAll(t.end.input, ended.input, mayGrow)
	if t.end.failure != nil && ended.err != nil {
		b.Recorded = "failure"
		b.Differences = compareFailures(now.converter, t.end.failure, ended.err)
	}
	b.Differences = t.withoutReset(b.Differences)
	if len(b.Differences) == 0 {
		return nil
	}
	return b
}

// withoutReset leaves out what is no difference: a run that was reset made some of its decisions under the id of the run
// before.
func (t *tasks) withoutReset(differences []Difference) []Difference {
	return slices.DeleteFunc(differences, func(d Difference) bool {
		return slices.Contains(t.runIDs, strings.Trim(d.Was, `"`)) && slices.Contains(t.runIDs, strings.Trim(d.Became, `"`))
	})
}

// compareFailures compares type and details. The message is for people, and may change.
func compareFailures(c converter.DataConverter, recorded *failurepb.Failure, err error) []Difference {
	now := temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: c}).ErrorToFailure(err)
	was, became := recorded.GetApplicationFailureInfo(), now.GetApplicationFailureInfo()
	var differences []Difference
	if was.GetType() != became.GetType() {
		differences = append(differences, Difference{Field: "type", Was: was.GetType(), Became: became.GetType()})
	}
	return append(differences, compareAll(decode(c, was.GetDetails()), decode(c, became.GetDetails()), mayGrow)...)
}

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
func compareAll(was, became []any, r rule) []Difference {
	var all []Difference
	for i := range max(len(was), len(became)) {
		path := ""
		if len(was) > 1 || len(became) > 1 {
			path = fmt.Sprintf("[%d]", i)
		}
		all = append(all, compare(path, at(was, i), at(became, i), r)...)
	}
	return all
}

// nothing is in the place of a value that is not there.
type nothing struct{}

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
		full := strings.TrimPrefix(path+"."+name, ".")
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
	_ = encoder.Encode(value) // it comes from JSON
	return strings.TrimSpace(b.String())
}
