package syncs

import (
	"context"
	"strings"
	"time"

	"go.temporal.io/api/workflow/v1"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

// nextShown is how many next starts a status shows.
const nextShown = 3

// Status is a sync's current state. Its JSON is the output of `starter status -o json`; fields are only ever added.
type Status struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Schedule Schedule `json:"schedule"`
	// State is null if passes ran and Temporal keeps none of them any more; StateNote says so then.
	State     *pass.State `json:"state"`
	StateNote string      `json:"stateNote,omitempty"`
	Pass      *Pass       `json:"pass"`
	// Rewind is where the next pass begins, if somebody has said so.
	Rewind *Rewind `json:"rewind,omitempty"`
}

// Schedule is the schedule of a sync.
type Schedule struct {
	ID     string `json:"id"`
	Paused bool   `json:"paused"`
	// Note says who paused it and why, or what was applied.
	Note string      `json:"note,omitempty"`
	Next []time.Time `json:"next"`
	// Problems are fields of the schedule that do harm, as after an update by other means: see Manager.Inspect.
	Problems []string `json:"problems,omitempty"`
}

// Pass is the latest pass of a sync.
type Pass struct {
	WorkflowID string              `json:"workflowId"`
	RunID      string              `json:"runId"`
	StartedAt  time.Time           `json:"startedAt"`
	FinishedAt *time.Time          `json:"finishedAt"`
	Counts     counterparty.Counts `json:"counts"`
	// Ended is COMPLETED, STOPPED, FAILED, or how Temporal ended it (TERMINATED, TIMED_OUT, CANCELED); empty while it runs.
	Ended string `json:"ended"`
	// Replaced says why the pass ended for another one to begin at the beginning; empty if it ended otherwise.
	Replaced string `json:"replaced,omitempty"`
	// Stuck says why a running pass makes no way: its workflow tasks fail again and again. Empty if they don't.
	Stuck string `json:"stuck,omitempty"`
	// ResumedFrom is the checkpoint that it went on from, null if it began at the beginning. Rewound: somebody had put it there.
	ResumedFrom *int64 `json:"resumedFrom"`
	Rewound     bool   `json:"rewound,omitempty"`
	rewindAt    string
	// Wakes is as in pass.Result.
	Wakes int `json:"wakes,omitempty"`
	// Walk is which counterparties the pass asks about; null if the sync asks about all.
	Walk *pass.Scope `json:"walk,omitempty"`
	// Missing is what the pass was narrowed to, or tried again, and no node has; null if there is nothing.
	Missing *pass.Missing `json:"missing,omitempty"`
	// Untried is why nodes that earlier passes could not bring up to date were not all tried again; empty: they were.
	Untried string `json:"untried,omitempty"`
	// Forgotten is as in pass.Result.
	Forgotten string `json:"forgotten,omitempty"`
	// Open is as in pass.Result.
	Open int `json:"open,omitempty"`
	// Quotas are those of Kontur.Focus that bound the pass, as they were read last, while that is known.
	Quotas []pass.Quota `json:"quotas,omitempty"`
	// Sources has the state of each source of the pass.
	Sources []sourcestate.Source `json:"sources"`
	// Hold is the last hold of the brake, with what the batch would change unless only the memo could be read; null if
	// there was none.
	Hold *pass.Hold `json:"hold,omitempty"`
}

// unknown stands in messages for the status of a sync whose passes are no longer kept. None of them runs.
const unknown = "not known"

func (s Status) is() pass.Status {
	if s.State == nil {
		return unknown
	}
	return s.State.Status
}

// Status reads one sync, with its latest pass.
func (m *Manager) Status(ctx context.Context, id string) (Status, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return Status{}, err
	}
	return m.status(ctx, e)
}

func (m *Manager) status(ctx context.Context, e existing) (Status, error) {
	status := Status{
		ID:       e.ID,
		Name:     e.sync.WithDefaults().Name,
		Schedule: m.schedule(e),
	}
	var err error
	last, ok := e.latest()
	switch {
	case ok:
		status, err = m.withPass(ctx, status, last)
	case e.description.Info.NumActions > 0:
		status.StateNote = "the schedule has started passes, and no longer knows which"
	default:
		status.State = new(pass.InitialState())
	}
	status.Rewind = e.pending(status.Pass)
	return status, err
}

// StatusOf reads one sync, with one of its passes, which later ones may have followed. It is nil if Temporal no longer keeps it.
func (m *Manager) StatusOf(ctx context.Context, id, workflowID, runID string) (Status, error) {
	status, err := m.Status(ctx, id)
	if err != nil || status.Pass != nil && status.Pass.RunID == runID {
		return status, err
	}
	return m.withPass(ctx, status, runs.Execution{WorkflowID: workflowID, RunID: runID})
}

func (m *Manager) withPass(ctx context.Context, status Status, x runs.Execution) (Status, error) {
	result, p, err := m.PassOf(ctx, x)
	switch {
	case err != nil:
		return status, err
	case p == nil:
		status.State, status.StateNote, status.Pass = nil, composition.NoLongerKept(x), nil
	default:
		status.State, status.StateNote, status.Pass = &result.State, "", p
	}
	return status, nil
}

// List reads all syncs, in order of their ids.
func (m *Manager) List(ctx context.Context) ([]Status, error) {
	all, err := m.all(ctx)
	if err != nil {
		return nil, err
	}
	list := []Status{}
	for _, e := range all {
		status, err := m.status(ctx, e)
		if err != nil {
			return nil, err
		}
		list = append(list, status)
	}
	return list, nil
}

func (m *Manager) schedule(e existing) Schedule {
	state, next := e.description.Schedule.State, e.description.Info.NextActionTimes
	s := Schedule{ID: e.ScheduleID, Paused: state.Paused, Note: state.Note, Next: []time.Time{}, Problems: m.problems(e)}
	if !s.Paused {
		for _, t := range next[:min(nextShown, len(next))] {
			s.Next = append(s.Next, t.UTC())
		}
	}
	return s
}

// PassOf reads a pass of a sync, as composition.Look does. The pass is nil if Temporal no longer keeps it.
func (m *Manager) PassOf(ctx context.Context, x runs.Execution) (pass.Result, *Pass, error) {
	found, err := composition.Look(ctx, m.Temporal, x)
	if err != nil || found == nil {
		return pass.Result{}, nil, err
	}
	result := found.Result
	p := &Pass{
		WorkflowID:  found.WorkflowID,
		RunID:       found.RunID,
		StartedAt:   found.StartedAt,
		FinishedAt:  found.FinishedAt,
		Counts:      result.Counts,
		Ended:       found.Ended,
		Replaced:    result.Replaced,
		ResumedFrom: result.ResumedFrom,
		Wakes:       result.Wakes,
		Rewound:     result.Rewound,
		rewindAt:    result.RewindAt,
		Walk:        result.Scope.Short(),
		Missing:     result.Missing,
		Untried:     result.Untried,
		Forgotten:   result.Forgotten,
		Open:        result.Open,
		Quotas:      result.Quotas,
		Sources:     append([]sourcestate.Source{}, result.Sources.Sources()...),
	}
	if result.Brake != nil {
		p.Hold = result.Brake.Hold
	}
	if p.Ended == "" {
		p.Stuck = stuck(found.Info)
	}
	return result, p, nil
}

// problemsAttribute is what Temporal sets on a workflow after five failed workflow tasks in a row, and takes away again.
const problemsAttribute = "TemporalReportedProblems"

// stuck is what Temporal reports: "category=WorkflowTaskFailed, cause=…".
func stuck(info *workflow.WorkflowExecutionInfo) string {
	var problems []string
	if payload := info.GetSearchAttributes().GetIndexedFields()[problemsAttribute]; payload != nil {
		_ = codec.Decoded.FromPayload(payload, &problems)
	}
	return strings.Join(problems, ", ")
}
