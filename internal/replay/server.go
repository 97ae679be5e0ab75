package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
)

// ErrNoRun: the server has no run of that id.
var ErrNoRun = errors.New("no such run")

// Types are the workflow types that this build runs, by the words for them.
func Types() map[string]string {
	return map[string]string{"pass": string(pass.SyncWorkflow), "segment": string(pass.SegmentWorkflow), "report": string(report.Workflow)}
}

// typeOrder is the order in which types are listed; parents come before their children.
var typeOrder = []string{"pass", "segment", "report"}

// Statuses are the words for the statuses of runs, and what Temporal's visibility calls them.
func Statuses() map[string]string {
	return map[string]string{
		"open": "Running", "completed": "Completed", "failed": "Failed", "canceled": "Canceled", "terminated": "Terminated", "timed-out": "TimedOut",
	}
}

// Server finds runs on a Temporal server.
type Server struct {
	Temporal client.Client
	// TaskQueue is that of the workers.
	TaskQueue string
}

// Selection says which runs.
type Selection struct {
	// Sync takes the passes of a sync, and their segments; empty takes those of all syncs.
	Sync string
	// Types are words of Types; none are all.
	Types []string
	// Statuses are words of Statuses, of which a run has one; none are all. With Sync they are about the passes, and the
	// segments come with those.
	Statuses []string
	// Since leaves out runs that had ended before; zero leaves out none.
	Since time.Time
	// Query is a further condition, in the syntax of Temporal's list filters.
	Query string
	// Limit is how many runs of each type to take, at most: open ones first, then those that ended last.
	Limit int
}

// List finds runs. Temporal's list is asked without an order, for not every visibility store takes one: by itself it
// begins with the open runs and goes on with the ones that were closed last.
func (s *Server) List(ctx context.Context, selection Selection) ([]Run, error) {
	var all []Run
	var passes []string
	for _, word := range typeOrder {
		if !selection.wants(word) && (word != "pass" || selection.Sync == "" || !selection.wants("segment")) {
			continue
		}
		query, ok := s.query(word, selection, passes)
		if !ok {
			continue
		}
		found, err := s.list(ctx, query, selection.Limit)
		if err != nil {
			return nil, fmt.Errorf("list runs of %s: %w", Types()[word], err)
		}
		if word == "pass" {
			for _, run := range found {
				passes = append(passes, run.WorkflowID)
			}
		}
		if selection.wants(word) {
			all = append(all, found...)
		}
	}
	return all, nil
}

func (s Selection) wants(word string) bool {
	return len(s.Types) == 0 || slices.Contains(s.Types, word)
}

// query words a selection for visibility; ok is false if it can have no runs. Segments of a sync are found through their
// passes, whose ids an operator may have chosen.
func (s *Server) query(word string, selection Selection, passes []string) (query string, ok bool) {
	conditions := []string{"WorkflowType = " + runs.Quoted(Types()[word]), "TaskQueue = " + runs.Quoted(s.TaskQueue)}
	ofSync := selection.Sync != ""
	switch {
	case ofSync && word == "pass":
		conditions = append(conditions, "TemporalScheduledById = "+runs.Quoted(pass.ScheduleID(selection.Sync)))
	case ofSync && word == "segment":
		if len(passes) == 0 {
			return "", false
		}
		return strings.Join(append(conditions, "ParentWorkflowId IN ("+quotedList(passes)+")"), " AND "), true
	case ofSync:
		return "", false // a report belongs to no sync
	}
	if len(selection.Statuses) > 0 {
		var names []string
		for _, status := range selection.Statuses {
			names = append(names, Statuses()[status])
		}
		conditions = append(conditions, "ExecutionStatus IN ("+quotedList(names)+")")
	}
	if !selection.Since.IsZero() {
		conditions = append(conditions, fmt.Sprintf("(CloseTime >= %s OR ExecutionStatus = 'Running')", runs.Quoted(selection.Since.UTC().Format(time.RFC3339Nano))))
	}
	if selection.Query != "" {
		conditions = append(conditions, "("+selection.Query+")")
	}
	return strings.Join(conditions, " AND "), true
}

func (s *Server) list(ctx context.Context, query string, limit int) ([]Run, error) {
	var found []Run
	for info, err := range runs.List(ctx, s.Temporal, query, min(limit, 1000)) {
		if err != nil {
			return nil, err
		}
		if found = append(found, s.run(info)); len(found) == limit {
			break
		}
	}
	return found, nil
}

// Find is the run of a workflow; the latest one if runID is empty. It may be of any type.
func (s *Server) Find(ctx context.Context, workflowID, runID string) (Run, error) {
	found, err := s.Temporal.DescribeWorkflowExecution(ctx, workflowID, runID)
	_, isInvalid := errors.AsType[*serviceerror.InvalidArgument](err)
	switch {
	case runs.IsNotFound(err) || isInvalid: // a run id that is none is an invalid argument
		return Run{}, fmt.Errorf("%w: %s", ErrNoRun, strings.TrimSpace(workflowID+" "+runID))
	case err != nil:
		return Run{}, fmt.Errorf("describe workflow %s: %w", workflowID, err)
	}
	return s.run(found.GetWorkflowExecutionInfo()), nil
}

func (s *Server) run(execution *workflow.WorkflowExecutionInfo) Run {
	id, runID := execution.GetExecution().GetWorkflowId(), execution.GetExecution().GetRunId()
	run := Run{
		Type: execution.GetType().GetName(), WorkflowID: id, RunID: runID, Status: statusWord(execution.GetStatus()),
		load: func(ctx context.Context) (*history.History, error) { return s.fetch(ctx, id, runID) },
	}
	if execution.GetStartTime().IsValid() {
		run.StartedAt = new(execution.GetStartTime().AsTime())
	}
	return run
}

func (s *Server) fetch(ctx context.Context, id, runID string) (*history.History, error) {
	recorded := &history.History{}
	for event, err := range runs.Events(ctx, s.Temporal, runs.Execution{WorkflowID: id, RunID: runID}) {
		if err != nil {
			return nil, fmt.Errorf("fetch history of %s: %w", id, err)
		}
		recorded.Events = append(recorded.Events, event)
	}
	return recorded, nil
}

// statusWord is the word of Statuses for a status; Temporal's own for one that has none.
func statusWord(status enums.WorkflowExecutionStatus) string {
	for word, name := range Statuses() {
		if name == status.String() {
			return word
		}
	}
	return strings.ToLower(status.String())
}

func quotedList(values []string) string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = runs.Quoted(value)
	}
	return strings.Join(list, ", ")
}
