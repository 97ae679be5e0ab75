package host

import (
	"context"
	"fmt"
	"time"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/api"
)

// balanceFresh is how long a reading of the quotas, or that there was none, holds for those who ask for balances.
const balanceFresh = time.Minute

// balances are those of each key.
type balances map[pass.KeyName]*balance

func balancesOf(o Options) balances {
	all := balances{"": newBalance(o.Kontur)}
	for key, client := range o.ByKey {
		all[key] = newBalance(client)
	}
	return all
}

// quotas are the lines of a key that hold now and have a limit.
func (b balances) quotas(ctx context.Context, key pass.KeyName) ([]api.Quota, error) {
	if of, ok := b[key]; ok {
		return of.quotas(ctx)
	}
	return nil, fmt.Errorf("there is no key %s of Kontur.Focus here", key.Shown())
}

// balance reads what the contract of a key with Kontur.Focus allows, for the reports' API. The question costs nothing, and is
// asked once a minute at most, whoever asks for a balance how often.
type balance struct {
	contract quotaReader
	now      func() time.Time
	// turn is held by the one who looks; what follows is his.
	turn   chan struct{}
	readAt time.Time
	lines  []api.Quota
	err    error
}

type quotaReader interface {
	Quotas(ctx context.Context) ([]kontur.Quota, error)
}

func newBalance(contract quotaReader) *balance {
	return &balance{contract: contract, now: time.Now, turn: make(chan struct{}, 1)}
}

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
