package cli

import (
	"context"
	"encoding/json"
	"errors"

	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/replay"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/starter/syncs"
)

// Exit statuses.
const (
	// Done: the command did what it says.
	Done = 0
	// Failed: something went wrong, or a pass that was waited for ended in ERROR.
	Failed = 1
	// Usage: a flag, an argument, a file or the environment is wrong; nothing was changed.
	Usage = 2
	// Differs: a plan found something to change, and was asked to say so by its exit status.
	Differs = 3
)

const exitStatuses = `
Exit status: 0 done, 1 failed, 2 wrong usage or configuration (nothing was changed).
`

// Errors that end a command after it has said everything itself.
var (
	errFailed = errors.New("failed")
	// errDiffers is a plan that found something to change, if the exit status is to say so.
	errDiffers = errors.New("there is something to change")
)

// hinted is an error with its next step.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// finish says what went wrong and chooses the exit status.
func (a *app) finish(ctx context.Context, err error) int {
	status := Failed
	switch {
	case err == nil:
		return Done
	case errors.Is(err, errFailed):
		return Failed
	case errors.Is(err, errDiffers):
		return Differs
	case isUsage(err) || !a.started:
		status = Usage
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	text, hint := err.Error(), hintFor(err)
	if problem, ok := errors.AsType[*connect.Problem](err); ok {
		text = problem.Text
	}
	if a.output == "json" || !a.started && asksForJSON(a.args) {
		_ = json.NewEncoder(a.Err).Encode(map[string]any{"error": text, "hint": hint, "exitStatus": status})
		return status
	}
	a.warn("%s", text)
	if hint != "" {
		a.warn("hint: %s", hint)
	}
	return status
}

// hints are the next steps after errors that a person can do something about.
var hints = []struct {
	err  error
	hint string
}{
	{syncs.ErrNoSync, "starter status lists the syncs; starter apply -f FILE creates one"},
	{syncs.ErrRunning, "starter status ID --watch shows it, starter stop ID stops it at a clean point"},
	{syncs.ErrNotWaiting, "starter trigger ID starts a pass, starter approve ID answers one in APPROVAL_WAITING"},
	{syncs.ErrNotHeld, "starter status ID shows the state of the sync"},
	{errNoProof, "check --address, --namespace, --task-queue and the filters; with --allow-none this is no error"},
	{replay.ErrNoRun, "temporal workflow list, or the Web UI, lists the runs"},
	{errNoWorker, "start a worker on the same task queue, then: starter report TYPE ID"},
	{desk.ErrUnknownType, "the types are those of the worker: the built-in requisites and full, or those in its REPORT_TYPES_FILE"},
}

func hintFor(err error) string {
	if own, ok := errors.AsType[*hinted](err); ok {
		return own.hint
	}
	if _, hint := preflight.Explain(err, ""); hint != "" {
		return hint
	}
	for _, known := range hints {
		if errors.Is(err, known.err) {
			return known.hint
		}
	}
	return ""
}
