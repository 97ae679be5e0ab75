package host

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// pulse is a Temporal that counts how often it is asked whether it lives.
type pulse struct {
	client.Client
	asked atomic.Int64
	takes time.Duration
	dead  atomic.Bool
}

func (p *pulse) CheckHealth(ctx context.Context, _ *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	p.asked.Add(1)
	select {
	case <-time.After(p.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.dead.Load() {
		return nil, errors.New("connection refused")
	}
	return &client.CheckHealthResponse{}, nil
}

func TestLivenessAsksOnceForAFloodOfProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pulse{takes: 100 * time.Millisecond}
		l := newLiveness(p)
		flood := func(want bool) {
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() { require.Equal(t, want, l.answers(t.Context())) })
			}
			all.Wait()
		}
		flood(true)
		flood(true)
		require.EqualValues(t, 1, p.asked.Load(), "one is asked for all that come while it is under way, and a second after")
		time.Sleep(healthAge)
		p.dead.Store(true)
		flood(false)
		flood(false)
		require.EqualValues(t, 2, p.asked.Load(), "a no is kept as long")
		time.Sleep(healthAge)
		p.dead.Store(false)
		flood(true)
		require.EqualValues(t, 3, p.asked.Load())
	})
}

func TestLivenessOutlivesTheProbeThatWasFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pulse{takes: time.Second}
		l := newLiveness(p)
		first, hangUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { require.False(t, l.answers(first)) })
		synctest.Wait()
		all.Go(func() { require.True(t, l.answers(t.Context())) })
		synctest.Wait()
		hangUp()
		all.Wait()
		require.EqualValues(t, 1, p.asked.Load())
	})
}

func TestLivenessDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.False(t, newLiveness(&pulse{takes: time.Hour}).answers(t.Context()))
		require.Equal(t, healthTimeout, time.Since(began))
	})
}
