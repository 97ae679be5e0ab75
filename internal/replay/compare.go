package replay

import (
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

// brokenInput finds the first command that is given something else than was recorded.
func brokenInput(run Run, t *tasks, now *recorder) *Broken {
	for _, task := range t.order {
		for _, p := range pairs(task.events, now.calls[task.started]) {
			if p.event.kind == endCommand {
				continue
			}
			differences := t.withoutReset(p.differences(t))
			if len(differences) > 0 {
				return &Broken{Run: run, Kind: Input, Event: p.event.id, Recorded: p.event.words, Differences: differences}
			}
		}
	}
	return nil
}

// pair is a command as recorded and as this build gives it.
type pair struct {
	event *event
	call  *call
}

// pairs joins the commands of a task, of which the SDK has said that they match: the n-th of a kind and name with the n-th.
func pairs(events []*event, calls []*call) []pair {
	var joined []pair
	calls = slices.Clone(calls)
	for _, e := range events {
		if i := slices.IndexFunc(calls, func(c *call) bool { return c.same(e.command) }); i >= 0 {
			joined = append(joined, pair{e, calls[i]})
			calls = slices.Delete(calls, i, i+1)
		}
	}
	return joined
}

func (p pair) differences(t *tasks) []Difference {
	differences := compareAll(p.event.input, p.call.input, strict)
	names := map[string]string{activityCommand: "task queue", signalCommand: "workflow id"}
	if name := names[p.event.kind]; name != "" && p.event.where != p.call.where {
		differences = append(differences, Difference{Field: name, Was: p.event.where, Became: p.call.where})
	}
	if p.event.kind == memoCommand && p.event.words != p.call.words {
		// The values are free, but the keys are names that others read.
		differences = append(differences, Difference{Field: "keys", Was: p.event.words, Became: p.call.words})
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
