package host

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/fleet"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
)

// countInterval is how often the workers are counted. So long more than KONTUR_RPS may go out after one more has started.
const countInterval = 10 * time.Second

// countWorkers keeps the clients informed, until ctx ends, among how many workers the rate of each key is shared out.
func countWorkers(ctx context.Context, o Options) *sync.WaitGroup {
	var wg sync.WaitGroup
	sharing := sharing{Options: o, holders: map[pass.KeyName]map[string]bool{}}
	wg.Go(func() {
		ticks := time.Tick(countInterval)
		failing := false
		for {
			err := sharing.count(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !failing {
				o.Log.Warn("workers can't be counted; the last known number is used", zap.Error(err))
			}
			failing = err != nil
			select {
			case <-ctx.Done():
				return
			case <-ticks:
			}
		}
	})
	return &wg
}

// sharing remembers which workers were seen to hold which of this one's further keys: one whose slots are taken is not seen.
type sharing struct {
	Options
	holders map[pass.KeyName]map[string]bool
}

// count counts the workers with each key. Every worker has that of KONTUR_KEY.
func (s *sharing) count(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	workers, err := fleet.Workers(ctx, s.Temporal, s.TaskQueue)
	if err != nil {
		return err
	}
	s.Kontur.ShareRate(len(workers))
	for name, client := range s.ByKey {
		if err := s.countHolders(ctx, name, client, workers); err != nil {
			return err
		}
	}
	return nil
}

func (s *sharing) countHolders(ctx context.Context, name pass.KeyName, client *kontur.Client, workers map[string]bool) error {
	seen, err := fleet.Holders(ctx, s.Temporal, s.TaskQueue, name)
	if err != nil {
		return err
	}
	for worker := range s.holders[name] {
		if workers[worker] {
			seen[worker] = true
		}
	}
	s.holders[name] = seen
	client.ShareRate(len(seen))
	return nil
}
