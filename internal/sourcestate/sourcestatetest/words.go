package sourcestatetest

import ss "counterparty-sync/internal/sourcestate"

// class is the counter that a source adds to.
type class int

const (
	countsNowhere class = iota // the dialect has no such word
	countsOK
	countsWait
	countsError
)

// vehicleCounts is the counting rule of the vehicle dialect («Статусы источников») for the word in state.
var vehicleCounts = map[string]class{"OK": countsOK, "PROGRESS": countsWait, "ERROR": countsError}

// entityCounts is the same for the entity dialect.
var entityCounts = map[string]class{
	"OK": countsOK, "SKIP": countsOK, "REJECT": countsOK,
	"PROGRESS": countsWait, "DELAYED": countsWait, "WAITING": countsWait,
	"ERROR": countsError, "CANCEL": countsError, "INTERNAL_ERROR": countsError, "NONE": countsError,
}

// extendedState is what a word of extended_state means, and the state that goes with it.
type extendedState struct {
	state   ss.State
	vehicle string
}

var extendedStates = map[string]extendedState{
	"NONE":           {ss.NotStarted, "PROGRESS"},
	"WAITING":        {ss.Waiting, "PROGRESS"},
	"DELAYED":        {ss.Delayed, "PROGRESS"},
	"PROGRESS":       {ss.Asking, "PROGRESS"},
	"SKIP":           {ss.Skipped, "OK"},
	"OK":             {ss.Answered, "OK"},
	"CANCEL":         {ss.Cancelled, "ERROR"},
	"ERROR":          {ss.Failed, "ERROR"},
	"INTERNAL_ERROR": {ss.FailedInternally, "ERROR"},
}

// entityStates are what the words of the entity dialect mean. NONE counts as an error there, so it must not become
// NotStarted, which waits; NotStarted itself is written as WAITING.
var entityStates = map[string]ss.State{
	"WAITING": ss.Waiting, "DELAYED": ss.Delayed, "PROGRESS": ss.Asking, "SKIP": ss.Skipped, "OK": ss.Answered,
	"CANCEL": ss.Cancelled, "ERROR": ss.Failed, "INTERNAL_ERROR": ss.FailedInternally, "REJECT": ss.Rejected, "NONE": ss.Failed,
}
