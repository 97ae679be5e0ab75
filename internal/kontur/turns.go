package kontur

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// turns let one search of a kind go on at a time. Where nobody goes through it takes a while to see that, and one that saw it
// is enough for all whose requests had failed by then.
type turns struct {
	mu sync.Mutex
	of map[searchKind]*turn
}

// searchKind is what searches have to have in common for one to speak for the other: those that give up look further.
type searchKind struct {
	method string
	giveUp bool
}

type turn struct {
	// busy has room for one.
	busy chan struct{}
	// inVain is when the latest search ended in which nobody went through. Who has the turn may touch it.
	inVain time.Time
}

// begin waits for the turn of a search whose first request failed at a time. InVain: another one has seen since then that
// nobody goes through, and there is nothing to end. Errors are those of ctx.
func (t *turns) begin(ctx context.Context, kind searchKind, failed time.Time) (end func(inVain bool), inVain bool, err error) {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[searchKind]*turn{}
	}
	if t.of[kind] == nil {
		t.of[kind] = &turn{busy: make(chan struct{}, 1)}
	}
	mine := t.of[kind]
	t.mu.Unlock()
	select {
	case mine.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, false, fmt.Errorf("wait to ask Kontur.Focus %s in parts: %w", kind.method, ctx.Err())
	}
	if mine.inVain.After(failed) {
		<-mine.busy
		return nil, true, nil
	}
	return func(inVain bool) {
		if inVain {
			mine.inVain = time.Now()
		}
		<-mine.busy
	}, false, nil
}
