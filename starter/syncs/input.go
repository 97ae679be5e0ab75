package syncs

import (
	"cmp"
	"context"
	"fmt"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
)

// input is what the passes of a schedule are started with, and what is wrong with it: see schedule.ReadInput.
type input struct {
	sync    pass.Sync
	problem string
}

// complete reports whether starter apply wrote the input: it leaves no field out. People do.
func (i input) complete() bool {
	return i.problem == "" && i.sync.Enabled != nil && i.sync.BatchSize != nil && i.sync.RetryDelays != nil
}

func readInput(args []any) (i input) {
	i.sync, i.problem = schedule.ReadInput(args)
	return i
}

// inputOfPass reads what a pass was started with.
func (m *Manager) inputOfPass(ctx context.Context, e existing, x runs.Execution) (pass.Sync, error) {
	payloads, err := runs.Arguments(ctx, m.Temporal, x)
	if err != nil {
		return pass.Sync{}, fmt.Errorf("read the input of pass %s: %w", x.WorkflowID, err)
	}
	args := make([]any, len(payloads))
	for i, payload := range payloads {
		args[i] = payload
	}
	sync := readInput(args).sync
	sync.ID = cmp.Or(sync.ID, e.ID)
	return sync, nil
}
