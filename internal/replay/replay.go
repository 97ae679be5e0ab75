// Package replay finds out whether this build can go on with runs that an earlier one began: it takes histories from a
// Temporal server or from files, replays each against the workflows of this build, and says which event broke, and how.
//
// It looks at more than the SDK's replayer does. That one compares the order and the types of commands; here it is also
// compared what activities, child workflows and signals were given, on which task queue, and what a closed run returned.
// Timeouts, retry policies, summaries, current details, values of the memo and of search attributes, the lengths of timers,
// and the wording of texts for people are not compared: they may change.
//
// It prints nothing, and it says nothing about activities: those run only once.
//
// Words: a run is one history to replay; its verdict is what came of it; the kind says how a run broke.
package replay

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/workflows"
)

// ErrNothingToReplay is the answer to a history in which no workflow task has completed: the run has just begun, so no
// workflow code has run yet.
var ErrNothingToReplay = errors.New("no workflow task has completed yet, so there is nothing to replay")

// Replayer replays histories against this build. The zero value is ready; it may be used from several goroutines.
type Replayer struct {
	// DataConverter reads the payloads of the histories. It has to be the worker's if that one encrypts or compresses;
	// default: Temporal's own.
	DataConverter converter.DataConverter
	// Register registers the workflows to replay against; default workflows.Register.
	Register func(worker.WorkflowRegistry)
}

// Check replays one history, of a closed run or of one that is still open. The ids are those of the run; empty ones are
// taken from the history's first event, which is right unless the run was reset.
//
// It returns nil if this build does exactly what the history recorded, *Broken if it doesn't, and another error if the
// history can't be replayed at all, ErrNothingToReplay among them.
func (r Replayer) Check(id, runID string, history *historypb.History) error {
	r.DataConverter = cmp.Or(r.DataConverter, converter.GetDefaultDataConverter())
	if r.Register == nil {
		r.Register = workflows.Register
	}
	t, err := takeApart(r.DataConverter, history.GetEvents())
	if err != nil {
		return fmt.Errorf("history of %s: %w", named(id, runID), err)
	}
	run := Run{WorkflowID: id, RunID: runID}
	run.takeNames(history)
	rec := &recorder{converter: r.DataConverter, calls: map[int64][]*call{}}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: r.DataConverter,
		Interceptors:  []interceptor.WorkerInterceptor{rec},
		// A slow machine is no deadlock.
		DisableDeadlockDetection: true,
	})
	if err != nil {
		return fmt.Errorf("make the replayer: %w", err)
	}
	known := &registry{WorkflowRegistry: replayer}
	r.Register(known)
	if !slices.Contains(known.names, run.Type) {
		return &Broken{Run: run, Kind: UnknownType, Event: 1, Recorded: "the start of workflow " + run.Type, Now: "it has " + strings.Join(known.names, ", ")}
	}
	// The SDK's own default prints; what Check returns says all that a person needs.
	silent := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	err = replayer.ReplayWorkflowHistoryWithOptions(silent, history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: run.WorkflowID, RunID: run.RunID},
	})
	if err != nil {
		return brokenCommands(run, t, rec, err)
	}
	if broken := cmp.Or(brokenEnd(run, t, rec), brokenInput(run, t, rec), brokenResult(run, t, rec)); broken != nil {
		return broken
	}
	return nil
}

// registry notes which workflows there are.
type registry struct {
	worker.WorkflowRegistry
	names []string
}

func (r *registry) RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions) {
	r.names = append(r.names, options.Name)
	r.WorkflowRegistry.RegisterWorkflowWithOptions(w, options)
}
