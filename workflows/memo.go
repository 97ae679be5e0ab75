package workflows

import (
	"unicode/utf8"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

const (
	// maxMemo bounds a memo, in bytes of JSON: Temporal warns at 2 KiB, key and encoding included.
	maxMemo = 1900
	// passFrame is what the result of a pass takes without its error and its sources: names, and values as long as they
	// may become.
	passFrame = 980
	// brakeFrame is what its brake takes on top.
	brakeFrame = 170
	// walkFrame is what its walk takes on top without its reason: five times, a mark and two numbers.
	walkFrame = 370
	// leastReason is what is left of a reason beside a long error. What failed is in the error.
	leastReason = 10
)

// passMemo is the result with an error and reasons as long as the memo has room for.
func passMemo(r pass.Result) pass.Result {
	r.Quotas, r.QuotaProblem = nil, ""
	room := maxMemo - passFrame
	if r.Scope = r.Scope.Short(); r.Scope != nil {
		room -= walkFrame + lengthInJSON(r.Scope.Why)
	}
	if r.Brake != nil {
		room -= brakeFrame
	}
	if r.Error != nil {
		least := 0
		for _, source := range shortReasons(r.Sources, 0).Sources() {
			least += len(`{"id":"","state":"","reason":""},`) + len(source.ID) + len(source.State) + leastReason
		}
		text := cutJSON(*r.Error, max(0, room-least))
		r.Error = &text
		room -= lengthInJSON(text)
	}
	r.Sources = shortReasons(r.Sources, room)
	r.Brake = withoutEvidence(r.Brake)
	return r
}

// withoutEvidence is how a brake stands, without what would have changed.
func withoutEvidence(b *pass.Brake) *pass.Brake {
	if b == nil || b.Hold == nil {
		return b
	}
	hold := *b.Hold
	hold.Evidence = nil
	return &pass.Brake{Changed: b.Changed, Emptied: b.Emptied, Hold: &hold}
}

// shortReasons are the states with reasons as long as a room for all of it has, in bytes of JSON.
func shortReasons(states sourcestate.Sources, room int) sourcestate.Sources {
	const frame = len(`{"id":"","state":"","reason":""},`)
	sources := states.Sources()
	ids := make([]string, len(sources))
	room -= len(`{"sources":[]}`)
	for i, s := range sources {
		ids[i] = s.ID
		room -= frame + len(s.ID) + len(s.State)
	}
	short, err := sourcestate.New(ids...)
	if err != nil {
		return states
	}
	for _, s := range sources {
		if s.State == sourcestate.NotStarted {
			continue
		}
		if err := short.Set(s.ID, s.State, cutJSON(s.Reason, max(0, room/len(sources)))); err != nil {
			return states
		}
	}
	return short
}

// cutJSON shortens a text so that it takes a number of bytes in JSON.
func cutJSON(text string, most int) string {
	length := 0
	for i, c := range text {
		if length += runeInJSON(c); length > most {
			return text[:i]
		}
	}
	return text
}

func lengthInJSON(text string) int {
	length := 0
	for _, c := range text {
		length += runeInJSON(c)
	}
	return length
}

// runeInJSON is how many bytes a character takes in JSON as Go writes it.
func runeInJSON(c rune) int {
	switch size := utf8.RuneLen(c); {
	case c == '"' || c == '\\':
		return 2
	case c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029' || size < 0:
		return len(`\u0000`)
	default:
		return size
	}
}
