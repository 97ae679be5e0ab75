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
	"context"
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

	"counterparty-sync/internal/codec"
	"counterparty-sync/workflows"
)

// ErrNothingToReplay is the answer to a history in which no workflow task has completed: the run has just begun, so no
// workflow code has run yet.
var ErrNothingToReplay = errors.New("no workflow task has completed yet, so there is nothing to replay")

// Replayer replays histories against this build. The zero value is ready; it may be used from several goroutines.
type Replayer struct {
	// Codec decodes the histories. It has to have the worker's keys if that one encrypts; default: one without keys.
	Codec *codec.Codec
	// Register registers the workflows to replay against; default workflows.Register.
	Register func(worker.WorkflowRegistry)
}

// Check replays one history, of a closed run or of one that is still open. The ids are those of the run; empty ones are
// taken from the history's first event, which is right unless the run was reset.
//
// It returns nil if this build does exactly what the history recorded, *Broken if it doesn't, and another error if the
// history can't be replayed at all, ErrNothingToReplay and *codec.MissingKeyError among them. The history is decoded where it stands.
func (r Replayer) Check(id, runID string, history *historypb.History) error {
	if err := r.decode(context.Background(), history); err != nil {
		return fmt.Errorf("history of %s: %w", named(id, runID), err)
	}
	if r.Register == nil {
		r.Register = workflows.Register
	}
	plain := converter.GetDefaultDataConverter()
	t, err := takeApart(plain, history.GetEvents())
	if err != nil {
		return fmt.Errorf("history of %s: %w", named(id, runID), err)
	}
	run := Run{WorkflowID: id, RunID: runID}
	run.takeNames(history)
	rec := &recorder{converter: plain, calls: map[int64][]*call{}}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: plain,
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

// decode decodes a history where it stands.
func (r Replayer) decode(ctx context.Context, history *historypb.History) error {
	return cmp.Or(r.Codec, &codec.Codec{}).DecodeMessage(ctx, history)
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
