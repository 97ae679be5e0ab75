package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"counterparty-sync/internal/excerpt"
)

// Kind is what about a run this build does differently.
type Kind string

// The kinds, the gravest first. Their values are what machines read.
const (
	// UnknownType: this build has no workflow of that type. Open runs of it would get stuck.
	UnknownType Kind = "unknownType"
	// Commands: this build gives other commands, or gives them in another order. Open runs would get stuck.
	Commands Kind = "commands"
	// Input: the commands are the same, but what activities, child workflows or signals are given is not. Open runs would
	// go on, with another state than the one in their history.
	Input Kind = "input"
	// Result: a closed run would end otherwise today. Open runs would go on; whoever reads results sees something new.
	Result Kind = "result"
)

var hints = map[Kind]string{
	UnknownType: "don't deploy this build while runs of that type are open: they would get stuck; names on the wire must never change, see docs/replay.md",
	Commands: "don't deploy this build: open runs like this one would get stuck at that event until the earlier build is back; " +
		"keep the old way behind a version helper, see docs/replay.md",
	Input: "open runs would go on with a state other than the one in their history; if that is wanted, put it behind a version helper, see docs/replay.md",
	Result: "open runs would go on, but the same events lead to another result; if that is wanted, put it behind a version helper " +
		"or say so beside the recording, see docs/replay.md",
}

// Broken is what this build does otherwise than a history recorded, the first such thing.
type Broken struct {
	Run  Run
	Kind Kind
	// Event is the id of the event that broke; 0 if none can be named.
	Event int64
	// Recorded is that event in words, as it was recorded; Now is what this build does in its place.
	Recorded, Now string
	// Differences are the fields of an input or a result that differ.
	Differences []Difference
	// Cause is what the SDK says, if it was the SDK that saw it.
	Cause string
}

// Difference is one field whose value was one thing and became another. Both are JSON, or "absent".
type Difference struct {
	Field, Was, Became string
}

// Error says what happened and, in a second line, what that means.
func (b *Broken) Error() string { return b.What() + "\nhint: " + b.Hint() }

// What says what happened, in one line.
func (b *Broken) What() string {
	text := strings.TrimPrefix(b.Run.Type+" ", " ") + named(b.Run.WorkflowID, b.Run.RunID) + ": "
	switch b.Kind {
	case UnknownType:
		return text + fmt.Sprintf("this build has no workflow of type %s (%s)", b.Run.Type, b.Now)
	case Input:
		return text + fmt.Sprintf("input of %s (event %d): %s", b.Recorded, b.Event, list(b.Differences))
	case Result:
		return text + fmt.Sprintf("%s (event %d): %s", b.Recorded, b.Event, list(b.Differences))
	}
	if b.Event == 0 {
		return text + b.Cause
	}
	text += fmt.Sprintf("event %d: recorded was %s; this build %s", b.Event, b.Recorded, b.Now)
	if !strings.Contains(b.Cause, mismatch) {
		text += ", and says: " + b.Cause
	}
	return text
}

// Hint says what that means for a deploy, and what to do.
func (b *Broken) Hint() string { return hints[b.Kind] }

// maxDifferences is how many fields are named; maxShown how many bytes of a value.
const (
	maxDifferences = 5
	maxShown       = 120
)

func list(differences []Difference) string {
	var parts []string
	for _, d := range differences[:min(len(differences), maxDifferences)] {
		parts = append(parts, fmt.Sprintf("%s: was %s, became %s", d.Field, short(d.Was), short(d.Became)))
	}
	if more := len(differences) - maxDifferences; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

func short(value string) string { return excerpt.Bytes(value, maxShown) }

func named(id, runID string) string {
	switch {
	case id == "":
		return "a run without a name"
	case runID == "":
		return id
	}
	return id + " (run " + runID + ")"
}

// brokenCommands makes a sentence of what the SDK's replayer says. That names an event seldom, and the wrong one if an
// earlier command is missing; so the commands are compared here once more.
func brokenCommands(run Run, t *tasks, rec *recorder, err error) *Broken {
	b := &Broken{Run: run, Kind: Commands, Cause: causeOf(err)}
	if match := eventInCause.FindStringSubmatch(b.Cause); match != nil {
		id, _ := strconv.ParseInt(match[1], 10, 64)
		if i := slices.IndexFunc(t.all, func(e *event) bool { return e.id == id }); i >= 0 {
			b.Event, b.Recorded, b.Now = id, t.all[i].words, "does not do that there"
		}
	}
	for _, task := range t.order {
		event, now := firstMismatch(task, rec.calls[task.started])
		if event == nil {
			continue
		}
		if b.Event == 0 || event.id <= b.Event {
			b.Event, b.Recorded, b.Now = event.id, event.words, now
		}
		break
	}
	return b
}

// mismatch marks what the SDK says about commands; anything else comes from the workflow code itself.
const mismatch = "[TMPRL1100]"

var (
	eventInCause = regexp.MustCompile(`(?i)(?:scheduledEventID|scheduleEventID|history event position|eventID):? ?(\d+)`)
	quoted       = regexp.MustCompile(`message:("(?:[^"\\]|\\.)*")`)
)

// causeOf is the first line of what the SDK says, without its stack trace.
func causeOf(err error) string {
	text := err.Error()
	if match := quoted.FindStringSubmatch(text); match != nil {
		if message, err := strconv.Unquote(match[1]); err == nil {
			text = message
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	return excerpt.Bytes(text, 400)
}
