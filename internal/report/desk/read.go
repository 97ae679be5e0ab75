package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

// Reading is the current report, with what is known about its latest run.
type Reading struct {
	Document report.Document
	RunID    string
	// StartedAt is when the latest run started, in UTC.
	StartedAt time.Time
	// ClosedAt is when it ended, in UTC; zero while it runs.
	ClosedAt time.Time
	// Ended is how Temporal saw it end: COMPLETED, FAILED, TERMINATED, TIMED_OUT or CANCELED; empty while it runs.
	Ended string
	// Unanswered: the run is under way and no worker answers for it, so that the document may be behind.
	Unanswered bool
	// Problem says what went wrong with a run that did not complete; empty for the others.
	Problem string
}

// Running reports whether the report is being made or refreshed. A document alone does not show that: one that has just begun
// has no sources yet.
func (r Reading) Running() bool { return r.Ended == "" }

// Read reads a report: a run under way answers itself, a completed one left its document, for which no worker is needed.
// In one that was cut off no source waits any more; one that failed shows what an earlier run left. Errors: ErrUnknown,
// ErrUnknownType if that is why the only run failed.
func (c *Client) Read(ctx context.Context, uid string) (Reading, error) {
	r, err := c.latest(ctx, uid)
	if err != nil {
		return Reading{}, err
	}
	reading := Reading{RunID: r.RunID, StartedAt: r.startedAt, ClosedAt: r.closedAt}
	if r.running() {
		reading.Document, reading.Unanswered, err = c.current(ctx, r)
		return reading, err
	}
	reading.Ended = pass.EndedByTemporal(r.status)
	switch r.status {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		if err = c.Temporal.GetWorkflow(ctx, r.WorkflowID, r.RunID).Get(ctx, &reading.Document); err != nil {
			err = fmt.Errorf("read the result of %s: %w", r.WorkflowID, err)
		}
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		reading.Document, reading.Problem, err = c.afterFailure(ctx, r)
	default:
		reading.Problem = "the report was cut off (" + strings.ToLower(strings.ReplaceAll(reading.Ended, "_", " ")) + ")"
		reading.Document, err = c.cutOff(ctx, r, reading.Problem)
	}
	return reading, err
}

// current is what a run says of itself, also after its end, if a worker is there; unanswered is what is known without one.
func (c *Client) current(ctx context.Context, r run) (document report.Document, unanswered bool, err error) {
	document, err = runs.Ask(ctx, c.Temporal, r.Execution, report.Query, runs.QueryTimeout)
	switch {
	case err != nil && ctx.Err() != nil:
		return document, false, fmt.Errorf("query %s: %w", r.WorkflowID, err)
	case err != nil:
		unanswered = true
		document, err = c.begun(ctx, r)
	}
	// The sources of a run that has just begun are not known to it, but by its type: a list without sources would read as a
	// report that is complete.
	if t, ok := c.Types.Find(document.Type); ok && len(document.Sources.Sources()) == 0 {
		if sources, err := sourcestate.New(t.SourceIDs()...); err == nil {
			document.Sources = sources
		}
	}
	return document, unanswered, err
}

// begun is the document of a run of which only its input and its memo are known: what an earlier run left, or an empty one,
// with the states of the memo.
func (c *Client) begun(ctx context.Context, r run) (report.Document, error) {
	request, err := c.request(ctx, r)
	if err != nil {
		return report.Document{}, err
	}
	document, _ := Earlier(ctx, c.Temporal, r.before(request), 0)
	if document != nil {
		document.Sources.Refresh()
	} else {
		document = &report.Document{
			UID: r.uid, Type: request.Type, Name: request.Type, By: request.By, ID: request.ID, CreatedAt: r.startedAt, Content: []report.Content{},
		}
		if t, ok := c.Types.Find(request.Type); ok {
			document.Name = t.Name
		}
	}
	if r.states != nil {
		document.Sources = *r.states
	}
	document.UpdatedAt = r.startedAt
	document.Missing = []string{}
	for _, s := range document.Sources.Sources() {
		if s.State.EndedBadly() && !c.isOptional(document.Type, s.ID) {
			document.Missing = append(document.Missing, s.ID)
		}
	}
	return *document, nil
}

// isOptional reports whether the report is whole without the source. Where the type is not known, none is.
func (c *Client) isOptional(typeID, source string) bool {
	t, _ := c.Types.Find(typeID)
	return slices.ContainsFunc(t.Sources, func(s report.TypeSource) bool { return s.ID == source && s.Optional })
}

// afterFailure is what there is after a run that failed: what an earlier one left, or only the reason.
func (c *Client) afterFailure(ctx context.Context, r run) (document report.Document, problem string, err error) {
	err = c.Temporal.GetWorkflow(ctx, r.WorkflowID, r.RunID).Get(ctx, nil)
	if ctx.Err() != nil {
		return report.Document{}, "", ctx.Err()
	}
	var failure *temporal.ApplicationError
	problem = "the report failed"
	if errors.As(err, &failure) {
		// What to do follows the text of a failure; it is for those who run the workers.
		problem, _ = pass.SplitHint(failure.Message())
	}
	if request, err := c.request(ctx, r); err == nil {
		if document, _ := Earlier(ctx, c.Temporal, r.before(request), 0); document != nil {
			return *document, problem, nil
		}
	}
	switch {
	case failure != nil && failure.Type() == report.FailureUnknownType:
		return report.Document{}, "", &unknownType{problem}
	case err == nil:
		err = errors.New(problem)
	}
	return report.Document{}, "", fmt.Errorf("make report %s: %w", r.uid, err)
}

// unknownType is ErrUnknownType in the words of the run, which names the types that there are.
type unknownType struct{ text string }

// Error implements error.
func (e *unknownType) Error() string { return e.text }

// Unwrap returns ErrUnknownType.
func (e *unknownType) Unwrap() error { return ErrUnknownType }

// cutOff is the document of a run that ended without a word: its last one, but no source waits.
func (c *Client) cutOff(ctx context.Context, r run, reason string) (report.Document, error) {
	document, _, err := c.current(ctx, r)
	if err != nil {
		return report.Document{}, err
	}
	ending := sourcestate.Ending{Interrupted: sourcestate.Cancelled, InterruptedReason: reason, CancelledReason: reason}
	if r.status == enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT {
		ending.Interrupted = sourcestate.FailedInternally
	}
	waiting := document.Sources.Sources()
	if err := document.Sources.Finish(ending); err != nil {
		return report.Document{}, err
	}
	for _, s := range waiting {
		if s.State.Waits() && !c.isOptional(document.Type, s.ID) {
			document.Missing = append(document.Missing, s.ID)
		}
	}
	if r.closedAt.After(document.UpdatedAt) {
		document.UpdatedAt = r.closedAt
	}
	return document, nil
}
