package pass

import (
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/sourcestate"
)

// Status is where a sync stands.
type Status string

// The statuses of a sync.
const (
	// TriggerWaiting: no pass runs; the next one starts by the schedule.
	TriggerWaiting Status = "TRIGGER_WAITING"
	// InProgress: a pass works.
	InProgress Status = "IN_PROGRESS"
	// RetryWaiting: an iteration failed; the pass waits for NextTry.
	RetryWaiting Status = "RETRY_WAITING"
	// ApprovalWaiting: the next batch would change more than the sync allows; the pass waits for a person until NextTry.
	ApprovalWaiting Status = "APPROVAL_WAITING"
	// Error: all tries failed; the next pass starts by the schedule and goes on from the checkpoint.
	Error Status = "ERROR"
)

// State is what a person sees of a sync: six fields, in this order.
type State struct {
	// LastModifiedNodeDbid is the checkpoint: sys:node-dbid of the last processed node, changed or not.
	LastModifiedNodeDbid *int64 `json:"lastModifiedNodeDbid"`
	Status               Status `json:"status"`
	// CountProcessedNodes counts the nodes of this walk; a pass that goes on from a checkpoint goes on counting.
	CountProcessedNodes int64 `json:"countProcessedNodes"`
	// TryCount is 0, or the number of the retry that is waited for or under way.
	TryCount int `json:"tryCount"`
	// NextTry is when RETRY_WAITING ends, or when a pass in APPROVAL_WAITING gives up, in UTC.
	NextTry *time.Time `json:"nextTry"`
	// Error is what happened and what to do about it.
	Error *string `json:"error"`
}

// Checkpoint is LastModifiedNodeDbid, and 0 at the beginning.
func (s State) Checkpoint() int64 { return *orDefault(s.LastModifiedNodeDbid, 0) }

// InitialState is the state of a sync that never ran.
func InitialState() State { return State{Status: TriggerWaiting} }

// Ended is how a pass came to its end.
type Ended string

// How a pass may end. A pass that was terminated or timed out ends without a word: its memo says Running.
const (
	// Running: it has not ended.
	Running Ended = ""
	// Completed: every node was walked.
	Completed Ended = "COMPLETED"
	// Stopped: it was cancelled; what was in flight was finished.
	Stopped Ended = "STOPPED"
	// Failed: it gave up after the last retry.
	Failed Ended = "FAILED"
)

// MaxWakes bounds Result.Wakes: enough for a restart that mends something and for one more, and too few for workers that crash
// again and again to keep a pass from ERROR.
const MaxWakes = 3

// MaxReplaced bounds Result.Replaced, in bytes: it travels in memos.
const MaxReplaced = 200

// Result is a pass as it stands or as it ended. It is the workflow's result, the details of its failure, its memo and
// the answer of its progress query; the next pass reads it. Fields are only ever added.
type Result struct {
	State
	Ended      Ended               `json:"ended"`
	Counts     counterparty.Counts `json:"counts"`
	WorkflowID string              `json:"workflowId"`
	// RunID tells passes apart that were started within one second: a Schedule gives them one workflow id.
	RunID     string    `json:"runId"`
	StartedAt time.Time `json:"startedAt"`
	// ResumedFrom is the checkpoint that this pass went on from, null if it began at the beginning.
	ResumedFrom *int64 `json:"resumedFrom"`
	// Batches counts the committed batches.
	Batches int64 `json:"batches"`
	// Asked counts the identifiers that Kontur.Focus was asked about, each source by itself.
	Asked int64 `json:"asked"`
	// Wakes counts the starts of workers that ended a wait for a retry since the last commit, MaxWakes at most.
	Wakes int `json:"wakes,omitempty"`
	// Remaining is about how many nodes there are after the checkpoint: the search engine counts what it still has of
	// deleted ones. Null if unknown.
	Remaining *int64 `json:"remaining,omitempty"`
	// Brake is what the pass has changed, and what holds it; null if the sync has no limits.
	Brake *Brake `json:"brake,omitempty"`
	// FoundBefore is how many nodes the last walk found that found any: none any more would be a mistake.
	FoundBefore int64 `json:"foundBefore,omitempty"`
	// Scope is which nodes this walk asks about; null if the sync asks about all.
	Scope *Scope `json:"walk,omitempty"`
	// Known are a few counterparties that Kontur.Focus knew when it was asked last, MaxKnown at most: a probe asks about them.
	Known []string `json:"known,omitempty"`
	// Quotas are those that bound the pass, as they were read last; QuotaProblem is why none could be read. The memo has
	// no room for them.
	Quotas       []Quota `json:"quotas,omitempty"`
	QuotaProblem string  `json:"quotaProblem,omitempty"`
	// Open is how many nodes have no outcome yet: see OpenNode. Walked: all nodes were walked, and only these are left.
	Open   int  `json:"open,omitempty"`
	Walked bool `json:"walked,omitempty"`
	// Unwritable are nodes that could not be written the last time, while others could: a write that fails again there needs no
	// other to show whose trouble it is. MaxUnwritable at most; the memo has no room for them.
	Unwritable []string `json:"unwritable,omitempty"`
	// Missing is what the pass was narrowed to, or tried again, and no node has; null if there is nothing.
	Missing *Missing `json:"missing,omitempty"`
	// Untried is why nodes that earlier passes could not bring up to date were not all tried again; empty: they were.
	Untried string `json:"untried,omitempty"`
	// Forgotten is why the pass began at the beginning although there was one before it: nobody can read how far that one got. Empty
	// if that is not so.
	Forgotten string `json:"forgotten,omitempty"`
	// Kind is empty for a pass of the schedule.
	Kind Kind `json:"kind,omitempty"`
	// Sources says how each source of the pass stands.
	Sources sourcestate.Sources `json:"sources"`
	// Replaced says why the pass ended for another one to begin at the beginning: the configuration changed, and how. At most
	// MaxReplaced bytes; empty if it ended otherwise.
	Replaced string `json:"replaced,omitempty"`
	// ResetAt is the reset mark of the pass's input: a later pass with another one does not use this state.
	ResetAt string `json:"resetAt,omitempty"`
	// RewindAt is the mark of the rewind in the pass's input, which a later pass does not use again. Rewound: this pass began
	// where it said.
	RewindAt string `json:"rewindAt,omitempty"`
	Rewound  bool   `json:"rewound,omitempty"`
}

// NewSources makes the sources of a pass, none of which has started: what is read, who is asked, what is written. A
// configuration that can't be has no sources; it fails anyway.
func NewSources(asked []string) sourcestate.Sources {
	ids := []string{ReadSource}
	for _, method := range asked {
		ids = append(ids, methods.SourceID(method))
	}
	sources, err := sourcestate.New(append(ids, WriteSource)...)
	if err != nil {
		return sourcestate.Sources{}
	}
	return sources
}

// Over reports whether the walk of the pass is done, so that the next one is a new one.
func (r Result) Over() bool { return r.Ended == Completed || r.Walked }

// fewer is the part of the nodes below which a walk is worth a word: one in so many.
const fewer = 2

// Shrunk reports whether a walk from the beginning found far fewer nodes than the one before.
func (r Result) Shrunk() bool {
	return r.Ended == Completed && r.ResumedFrom == nil && r.CountProcessedNodes*fewer < r.FoundBefore
}

// SourceDocuments is the source-state document of a pass, in both dialects.
type SourceDocuments struct {
	Vehicle sourcestate.VehicleDocument `json:"vehicle"`
	Entity  sourcestate.EntityDocument  `json:"entity"`
}

// SourceDocuments renders the states of the sources.
func (r Result) SourceDocuments() SourceDocuments {
	return SourceDocuments{Vehicle: sourcestate.Vehicle(r.Sources), Entity: sourcestate.Entity(r.Sources)}
}
