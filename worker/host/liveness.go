package host

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/singleflight"
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
	// asking puts one question at a time. What follows is the latest answer, and only a question touches it.
	asking  singleflight.Group
	failure error
	endedAt time.Time // zero before the first
}

func newLiveness(temporal client.Client) *liveness { return &liveness{temporal: temporal} }

// answers reports whether Temporal does, from the latest answer or a new one. A question that is under way serves all who
// come meanwhile, so that it does not end with the one of them who happened to be first. Whoever gives up waiting gets no.
func (l *liveness) answers(ctx context.Context) bool {
	select {
	case answer := <-l.asking.DoChan("", func() (any, error) { return nil, l.ask(context.WithoutCancel(ctx)) }):
		return answer.Err == nil
	case <-ctx.Done():
		return false
	}
}

func (l *liveness) ask(ctx context.Context) error {
	if !l.endedAt.IsZero() && time.Since(l.endedAt) < healthAge {
		return l.failure
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	_, l.failure = l.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	l.endedAt = time.Now()
	return l.failure
}
