package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/history/v1"
	"golang.org/x/sync/errgroup"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
)

// atOnce is how many runs are fetched and replayed at the same time: fetching waits for the server, replaying takes a core.
const atOnce = 4

// Verdict is what came of a run. Its values are what machines read.
type Verdict string

const (
	// Replays: this build does exactly what the history recorded.
	Replays Verdict = "replays"
	// Broke: this build does something else.
	Broke Verdict = "broke"
	// Gone: the run was listed, and its history was not there any more: retention is over, or it was deleted.
	Gone Verdict = "gone"
	// TooYoung: the run has only just begun; no workflow code has run yet.
	TooYoung Verdict = "tooYoung"
	// Unreadable: the history could not be fetched or read, so that nothing is known about it.
	Unreadable Verdict = "unreadable"
	// NoHistory: the file is about something else.
	NoHistory Verdict = "noHistory"
)

// Run is one history to replay.
type Run struct {
	// File is where it was read from; empty for one of a server.
	File string `json:"file,omitempty"`
	// Type, WorkflowID and RunID may be empty before the history of a file is read, and where a file does not have them.
	Type       string `json:"type"`
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	// Status is that of the run on the server in small letters, such as running; empty for a file.
	Status    string     `json:"status,omitempty"`
	StartedAt *time.Time `json:"startedAt,omitempty"`

	load func(ctx context.Context) (*history.History, error)
}

// Outcome is a run and its verdict.
type Outcome struct {
	Run
	Verdict Verdict `json:"verdict"`
	// Events is how long the history is.
	Events int `json:"events"`
	// Reason says what broke, or why there is no verdict; Hint what to do.
	Reason string `json:"reason,omitempty"`
	Hint   string `json:"hint,omitempty"`
	// Event is the id of the event that broke, and Kind what about it; both only with Broke.
	Event int64 `json:"event,omitempty"`
	Kind  Kind  `json:"kind,omitempty"`
}

// CheckAll replays the runs, several at a time, and reports each outcome as soon as there is one, by one goroutine at a
// time. It returns the outcomes in the order of the runs. When ctx ends, what has no outcome yet is left out.
func (r Replayer) CheckAll(ctx context.Context, all []Run, report func(Outcome)) []Outcome {
	outcomes := make([]Outcome, len(all))
	var reporting sync.Mutex
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, run := range all {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			outcome := r.outcomeOf(ctx, run)
			if ctx.Err() != nil {
				return nil // what failed is the fetching, because it was called off
			}
			reporting.Lock()
			defer reporting.Unlock()
			outcomes[i] = outcome
			report(outcome)
			return nil
		})
	}
	_ = group.Wait() // no outcome is an error
	return slices.DeleteFunc(outcomes, func(o Outcome) bool { return o.Verdict == "" })
}

func (r Replayer) outcomeOf(ctx context.Context, run Run) Outcome {
	o := Outcome{Run: run}
	recorded, err := run.load(ctx)
	if err == nil {
		_ = r.decode(ctx, recorded) // the check says what could not be
		o.identify(recorded)
		o.Events = len(recorded.GetEvents())
		err = r.Check(o.WorkflowID, o.RunID, recorded)
	}
	broken, isBroken := errors.AsType[*Broken](err)
	switch {
	case err == nil:
		o.Verdict = Replays
	case isBroken:
		o.Verdict, o.Reason, o.Hint, o.Event, o.Kind = Broke, broken.What(), broken.Hint(), broken.Event, broken.Kind
	case runs.IsNotFound(err):
		o.Verdict, o.Reason = Gone, "its history is no longer there"
	case errors.Is(err, errNoHistory):
		o.Verdict, o.Reason = NoHistory, errNoHistory.Error()
	case errors.Is(err, ErrNothingToReplay):
		o.Verdict, o.Reason = TooYoung, ErrNothingToReplay.Error()
	default:
		o.Verdict, o.Reason = Unreadable, err.Error()
		if file, ok := errors.AsType[*fileError](err); ok {
			o.Hint = file.hint
		}
	}
	return o
}

// identify takes what is not known yet from the first event.
func (o *Outcome) identify(recorded *history.History) {
	if len(recorded.GetEvents()) == 0 {
		return
	}
	o.takeNames(recorded)
	if at := recorded.Events[0].GetEventTime(); o.StartedAt == nil && at.IsValid() {
		o.StartedAt = new(at.AsTime())
	}
}

func (r *Run) takeNames(recorded *history.History) {
	started := recorded.Events[0].GetWorkflowExecutionStartedEventAttributes()
	r.Type = cmp.Or(r.Type, started.GetWorkflowType().GetName())
	r.RunID = cmp.Or(r.RunID, started.GetOriginalExecutionRunId())
	if r.WorkflowID = cmp.Or(r.WorkflowID, started.GetWorkflowId()); r.WorkflowID == "" { // tctl is too old to write it down
		r.WorkflowID = idFromEvents(recorded)
	}
}

// idFromEvents is the id that a workflow shows in its decisions; empty if it shows none. A segment never does.
func idFromEvents(recorded *history.History) string {
	started := recorded.Events[0].GetWorkflowExecutionStartedEventAttributes()
	switch started.GetWorkflowType().GetName() {
	case string(pass.SyncWorkflow):
		for _, event := range recorded.Events {
			if child := event.GetStartChildWorkflowExecutionInitiatedEventAttributes(); child != nil {
				return pass.OfSegment(child.GetWorkflowId())
			}
		}
	case string(report.Workflow):
		var request report.Request
		if codec.Decoded.FromPayloads(started.GetInput(), &request) == nil {
			return report.WorkflowID(request.UID())
		}
	}
	return ""
}

// Counts are how many runs came to each verdict.
type Counts struct {
	Replays    int `json:"replays"`
	Broke      int `json:"broke"`
	Gone       int `json:"gone"`
	TooYoung   int `json:"tooYoung"`
	Unreadable int `json:"unreadable"`
	NoHistory  int `json:"noHistory"`
}

// Count counts outcomes.
func Count(outcomes []Outcome) Counts {
	var c Counts
	for _, o := range outcomes {
		c.Add(o.Verdict)
	}
	return c
}

// Add counts one more.
func (c *Counts) Add(v Verdict) {
	count := map[Verdict]*int{
		Replays: &c.Replays, Broke: &c.Broke, Gone: &c.Gone, TooYoung: &c.TooYoung, Unreadable: &c.Unreadable, NoHistory: &c.NoHistory,
	}
	*count[v]++
}

// Total is how many runs were looked at; files about something else are none.
func (c Counts) Total() int { return c.Replays + c.Broke + c.Gone + c.TooYoung + c.Unreadable }

// Proof reports whether something was replayed and nothing speaks against this build.
func (c Counts) Proof() bool { return c.Replays > 0 && c.Broke == 0 && c.Unreadable == 0 }
