package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

const (
	// maxClockDifference is how far the worker's clock may be from Temporal's without a word. NTP keeps them within
	// milliseconds; days and quotas don't hang on it.
	maxClockDifference = 5 * time.Minute
	// clockEvery is how often that is said.
	clockEvery = time.Hour
)

// byTemporal is the time by Temporal's clock, and not by the worker's: what a workflow handed in, else when the activity
// was begun.
func byTemporal(ctx context.Context, now time.Time) time.Time {
	if now.IsZero() {
		return activity.GetInfo(ctx).StartedTime
	}
	return now
}

// clock compares the worker's clock with Temporal's.
type clock struct {
	now func() time.Time

	mu   sync.Mutex
	said time.Time
}

// compare says in the log, now and then, that the clocks differ.
func (c *clock) compare(ctx context.Context) {
	started, now := activity.GetInfo(ctx).StartedTime, c.now()
	ahead := now.Sub(started)
	if started.IsZero() || ahead.Abs() < maxClockDifference {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.said.IsZero() && now.Sub(c.said).Abs() < clockEvery {
		return
	}
	c.said = now
	activity.GetLogger(ctx).Warn("the worker's clock differs from Temporal's", "ahead", ahead.Round(time.Second).String(),
		"hint", "set the clocks of both machines by NTP")
}
