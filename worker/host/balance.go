package host

import (
	"context"
	"time"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/report/api"
)

// balanceFresh is how long a reading of the quotas, or that there was none, holds for those who ask for balances.
const balanceFresh = time.Minute

// balance reads what the contract with Kontur.Focus allows, for the reports' API. The question costs nothing, and is asked
// once a minute at most, whoever asks for a balance how often.
type balance struct {
	contract interface {
		Quotas(ctx context.Context) ([]kontur.Quota, error)
	}
	now func() time.Time
	// turn is held by the one who looks; what follows is his.
	turn   chan struct{}
	readAt time.Time
	lines  []api.Quota
	err    error
}

// quotas are the lines that hold now and have a limit.
func (b *balance) quotas(ctx context.Context) ([]api.Quota, error) {
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-b.turn }()
	if now := b.now(); b.readAt.IsZero() || now.Sub(b.readAt) >= balanceFresh {
		read, err := b.contract.Quotas(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err() // whoever asked hung up: that is no answer for others
		}
		b.readAt, b.lines, b.err = now, nil, err
		for _, q := range read {
			if q.Limit > 0 && q.Current(now) {
				b.lines = append(b.lines, api.Quota{Methods: q.Methods, Limit: q.Limit, Spent: q.Spent, From: q.From, To: q.To})
			}
		}
	}
	return b.lines, b.err
}
