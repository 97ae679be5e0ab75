package activities

import (
	"sync"
	"time"
)

// every calls do in the background, at once and then again and again, until done is closed or stop is called, which waits
// for the last call.
func every(interval time.Duration, done <-chan struct{}, do func()) (stop func()) {
	stopped := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			do()
			select {
			case <-stopped:
				return
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(stopped)
		wg.Wait()
	}
}
