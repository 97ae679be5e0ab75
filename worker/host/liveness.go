package host

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
)

const (
	// healthTimeout bounds the question to Temporal that a readiness probe asks.
	healthTimeout = 2 * time.Second
	// healthAge is how long its answer serves others: a flood of probes costs Temporal one question a second.
	healthAge = time.Second
)

// liveness knows whether Temporal answers. It is safe for concurrent use.
type liveness struct {
	temporal client.Client

	mu sync.Mutex
	// latest is the question that is under way, or the one that ended last; nil before the first.
	latest *question
}

// question is one that was put to Temporal.
type question struct {
	// done is closed when what follows is known.
	done    chan struct{}
	well    bool
	endedAt time.Time
}

func newLiveness(temporal client.Client) *liveness { return &liveness{temporal: temporal} }

// answers reports whether Temporal does, from the latest answer or a new one. Whoever gives up waiting gets no.
func (l *liveness) answers(ctx context.Context) bool {
	q := l.current(ctx)
	select {
	case <-q.done:
		return q.well
	case <-ctx.Done():
		return false
	}
}

// current is the question whose answer counts now. One that is under way serves all who come meanwhile, so that it does
// not end with the one of them who happened to be first.
func (l *liveness) current(ctx context.Context) *question {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latest != nil {
		select {
		case <-l.latest.done:
			if time.Since(l.latest.endedAt) < healthAge {
				return l.latest
			}
		default:
			return l.latest
		}
	}
	q := &question{done: make(chan struct{})}
	l.latest = q
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
		defer cancel()
		_, err := l.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
		q.well, q.endedAt = err == nil, time.Now()
		close(q.done)
	}()
	return q
}
