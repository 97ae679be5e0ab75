package activities

import (
	"context"
	"sync"
	"time"
)

// every calls do in the background, after each interval, until the context ends or stop is called, which waits for the last
// call and may be called again. Not at once: most activities are over before, and each heartbeat is a step of the server.
func every(ctx context.Context, interval time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				do()
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
