package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/searchattributes"
)

// queryTimeout bounds the question to a run that left no result. It is longer than where a person waits.
const queryTimeout = 10 * time.Second

// past asks Temporal what it keeps of runs, and what it has for those to come.
type past struct{ temporal client.Client }

func (p past) journal() *journal.Reader { return &journal.Reader{Temporal: p.temporal} }

// before names the runs that a schedule started, but the one that asks, the latest one first.
func (p past) before(ctx context.Context, scheduleID, runID string) ([]runs.Execution, error) {
	started, err := runs.Started(ctx, p.temporal, scheduleID)
	return slices.DeleteFunc(started, func(x runs.Execution) bool { return x.RunID == runID }), err
}

// findPreviousPass reads what the pass before this one left in its memo. A pass that was terminated or timed out hands
// nothing to the next one, but its memo stays.
func (p past) findPreviousPass(ctx context.Context, request pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
	var none pass.FindPreviousPassResult
	before, err := p.before(ctx, request.ScheduleID, request.RunID)
	if err != nil || len(before) == 0 {
		return none, err
	}
	// If this pass is the run that a reset made, it goes on from the run that was reset.
	x, latest, err := runs.Latest(ctx, p.temporal, before[0], request.RunID)
	if runs.IsNotFound(err) {
		return none, nil // its retention is over
	}
	if err != nil {
		return none, fmt.Errorf("describe workflow %s: %w", x.WorkflowID, err)
	}
	result, err := pass.ResultFromMemo(latest.GetMemo())
	if lost, ok := errors.AsType[*codec.LostKeyError](err); ok {
		return pass.FindPreviousPassResult{RunID: x.RunID, Unread: lost.Error()}, nil
	}
	if err != nil {
		return none, fmt.Errorf("memo of workflow %s: %w", x.WorkflowID, err)
	}
	if result == nil || result.Ended != pass.Running {
		return pass.FindPreviousPassResult{RunID: x.RunID, Result: result}, nil
	}
	// It was cut off, and its memo has what signals said, which anyone may have sent.
	really, err := p.journal().Standing(ctx, x.WorkflowID, x.RunID, *result)
	if errors.Is(err, journal.ErrGone) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("how far did it get: %w", err)
	}
	return pass.FindPreviousPassResult{RunID: x.RunID, Result: &really}, nil
}

// findRejected reads in the journals of passes which nodes could not be brought up to date. A pass that completed has
// tried the earlier ones again, unless it says otherwise, so that none before it counts.
func (p past) findRejected(ctx context.Context, request pass.FindRejectedRequest) (pass.FindRejectedResult, error) {
	var result pass.FindRejectedResult
	before, err := p.before(ctx, request.ScheduleID, request.RunID)
	if err != nil {
		return result, err
	}
	seen, room := map[string]bool{}, standingRoom(pass.MaxStandingFound)
	for _, x := range before {
		_, latest, err := runs.Latest(ctx, p.temporal, x, request.RunID)
		if runs.IsNotFound(err) {
			result.Gaps = append(result.Gaps, x.WorkflowID)
			return result, nil // its retention is over, and so is that of all before it
		}
		if err != nil {
			return result, fmt.Errorf("describe workflow %s: %w", x.WorkflowID, err)
		}
		coverage, err := p.journal().Read(ctx, x.WorkflowID, x.RunID, func(e journal.Entry) error {
			switch {
			case !journal.Rejected(e.Outcome) || seen[e.NodeID] || request.OpenOnly && e.Outcome != journal.Open:
			case len(seen) == pass.MaxTriedAgain:
				result.Left++
			default:
				seen[e.NodeID] = true
				if standing, fits := room.take(e); fits {
					result.Standing = append(result.Standing, standing)
				} else {
					result.Nodes = append(result.Nodes, e.NodeID)
				}
			}
			return nil
		})
		if err != nil {
			return result, fmt.Errorf("read what %s rejected: %w", x.WorkflowID, err)
		}
		result.Gaps = append(result.Gaps, coverage.Gaps...)
		left, err := pass.ResultFromMemo(latest.GetMemo())
		if err != nil {
			return result, fmt.Errorf("memo of workflow %s: %w", x.WorkflowID, err)
		}
		if left != nil && left.Ended == pass.Completed && left.Untried == "" {
			return result, nil
		}
	}
	// None of these has tried all of them, and the schedule knows no others.
	forgotten, err := runs.Forgotten(ctx, p.temporal, request.ScheduleID)
	if forgotten && len(before) > 0 {
		result.Gaps = append(result.Gaps, "all before "+before[len(before)-1].WorkflowID)
	}
	return result, err
}

// standingRoom is how many bytes of outcomes that stand there is room for.
type standingRoom int

// take makes the outcome of an entry one that stands. Where it is none, or there is no room for it, its node is asked about in any
// case.
func (r *standingRoom) take(e journal.Entry) (counterparty.NodeOutcome, bool) {
	if !e.Stands() {
		return counterparty.NodeOutcome{}, false
	}
	standing := pass.NewStanding(e.NodeOutcome, e.Time)
	*r -= standingRoom(counterparty.Size([]counterparty.NodeOutcome{standing}))
	return standing, *r >= 0
}

// readProgress reads what a segment that was lost had committed in its own history.
func (p past) readProgress(ctx context.Context, request pass.ReadProgressRequest) (pass.ReadProgressResult, error) {
	committed, err := p.journal().Committed(ctx, request.WorkflowID, request.RunID)
	if errors.Is(err, journal.ErrGone) {
		return pass.ReadProgressResult{Gone: true}, nil
	}
	return pass.ReadProgressResult{Progress: committed.Progress, Rejected: committed.Rejected, Open: committed.Open}, err
}

// checkSearchAttributes looks whether a pass may set its search attributes. One that is not registered, or has another
// type, would make every attempt to go on fail: the pass would stand still, and no log would say why.
func (p past) checkSearchAttributes(ctx context.Context, _ pass.CheckSearchAttributesRequest) (pass.CheckSearchAttributesResult, error) {
	attributes, err := searchattributes.Look(ctx, p.temporal.OperatorService(), activity.GetInfo(ctx).Namespace)
	if err != nil {
		return pass.CheckSearchAttributesResult{}, err
	}
	return pass.CheckSearchAttributesResult{Ready: attributes.Ready(), Problem: attributes.Problem()}, nil
}

// readPreviousReport reads the document that an earlier run left: its result, or what it still has if it was cut off. A
// run that was cut off before it had one leaves the report to the run that it should have refreshed.
func (p past) readPreviousReport(ctx context.Context, request report.ReadPreviousRequest) (report.ReadPreviousResult, error) {
	run := runs.Execution{WorkflowID: request.WorkflowID, RunID: request.RunID}
	document, err := desk.Earlier(ctx, p.temporal, run, queryTimeout)
	return report.ReadPreviousResult{Document: document}, err
}
