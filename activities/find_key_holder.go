package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/fleet"
	"counterparty-sync/internal/pass"
)

// keyPatience is how long it is looked for a worker that holds a key: one may be about to start. It is looked keyLooks times.
const (
	keyPatience = 5 * time.Second
	keyLooks    = 10
)

// findKeyHolder asks Temporal whether a worker holds a key.
type findKeyHolder struct {
	temporal client.Client
	patience time.Duration
}

func (f *findKeyHolder) execute(ctx context.Context, request pass.FindKeyHolderRequest) (pass.FindKeyHolderResult, error) {
	for look := 1; ; look++ {
		holders, err := fleet.Holders(ctx, f.temporal, activity.GetInfo(ctx).TaskQueue, request.Key)
		if err != nil || len(holders) > 0 || look > keyLooks {
			return pass.FindKeyHolderResult{Held: len(holders) > 0}, err
		}
		select {
		case <-ctx.Done():
			return pass.FindKeyHolderResult{}, ctx.Err()
		case <-time.After(f.patience / keyLooks):
		}
	}
}
