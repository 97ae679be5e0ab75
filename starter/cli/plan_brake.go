package cli

import (
	"context"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// sayBrake says whether the brake would hold a pass that changes what the plan found: a person who plans wants to know it
// before the night. A plan that was told to stop after some nodes has not counted all that is emptied.
func (r *planRun) sayBrake(ctx context.Context, manager *syncs.Manager, id string, result pass.Result, emptied int) error {
	sync, err := manager.Configuration(ctx, id)
	if err != nil {
		return err
	}
	found := pass.Evidence{Changed: result.Counts.Updated, Emptied: emptied}
	if limits := sync.Exceeded(found, pass.Brake{}, result.CountProcessedNodes); limits != "" {
		r.remark("a pass would be held by its brake: %s", limits)
	}
	return nil
}
