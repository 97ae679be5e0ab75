package sourcestate

// State is how far the request to one source has come. The zero State is none of the states: a document said something
// that nobody knows.
type State string

// The states. They are names on the wire: histories hold them.
const (
	// NotStarted: nothing was done yet.
	NotStarted State = "NOT_STARTED"
	// Waiting: data that the request needs has not come yet.
	Waiting State = "WAITING"
	// Delayed: the request is put off, for example until the next try.
	Delayed State = "DELAYED"
	// Asking: the request is under way or its answer is being processed.
	Asking State = "ASKING"
	// Skipped: the request is not needed.
	Skipped State = "SKIPPED"
	// Answered: the answer came and was processed, be it empty: "no such company" is an answer.
	Answered State = "ANSWERED"
	// Cancelled: data that the request needs is missing for good, or somebody cancelled it.
	Cancelled State = "CANCELLED"
	// Failed: the source did not answer in time, answered with an error or with nonsense.
	Failed State = "FAILED"
	// FailedInternally: the fault is ours.
	FailedInternally State = "FAILED_INTERNALLY"
	// Rejected is what a document of others may say (REJECT): its meaning is not described, it counts as ok. Nothing of
	// ours becomes Rejected, and documents render it as Skipped.
	Rejected State = "REJECTED"
)

// Waits reports whether the source is still to end.
func (s State) Waits() bool { return s.facts().counts == countsWait }

// Ended reports whether the source ended, well or badly. Neither Waits nor Ended holds for what is no state.
func (s State) Ended() bool { return s.Known() && !s.Waits() }

// EndedBadly reports whether the source ended without an answer that it should have given.
func (s State) EndedBadly() bool { return s.facts().counts == countsError }

// Known reports whether s is one of the states.
func (s State) Known() bool { return s.facts().counts != "" }

// CanBecome reports whether a source may move from s to next:
//
//	from \ to                   NotStarted   Waiting, Delayed, Asking   ended ones   Rejected
//	NotStarted                  no           yes                        yes          no
//	Waiting, Delayed, Asking    no           yes, also the same again   yes          no
//	ended ones, Rejected        no           no                         no           no
//
// The only way back to NotStarted, and out of an ended state, is Sources.Refresh.
func (s State) CanBecome(next State) bool {
	return s.Waits() && next.Known() && next != NotStarted && next != Rejected
}

// facts is what the documents make of a state.
type facts struct {
	state    State
	counts   class  // also state of the vehicle dialect
	extended string // extended_state of the vehicle dialect
	entity   string // state of the entity dialect
}

// states is the table of all states. The columns of the vehicle dialect are the official table «Статусы источников». The
// entity dialect counts NONE as an error, so what has not started waits there.
var states = [...]facts{
	{NotStarted, countsWait, "NONE", "WAITING"},
	{Waiting, countsWait, "WAITING", "WAITING"},
	{Delayed, countsWait, "DELAYED", "DELAYED"},
	{Asking, countsWait, "PROGRESS", "PROGRESS"},
	{Skipped, countsOK, "SKIP", "SKIP"},
	{Answered, countsOK, "OK", "OK"},
	{Cancelled, countsError, "CANCEL", "CANCEL"},
	{Failed, countsError, "ERROR", "ERROR"},
	{FailedInternally, countsError, "INTERNAL_ERROR", "INTERNAL_ERROR"},
	{Rejected, countsOK, "SKIP", "SKIP"},
}

// facts returns the row of the state; of what is no state, the zero row.
func (s State) facts() facts {
	for _, f := range states {
		if f.state == s {
			return f
		}
	}
	return facts{}
}
