package api

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

const (
	// countFresh is how long a count of the reports under way holds.
	countFresh = time.Second
	// countBehind is how far Temporal's visibility may be behind: what was started so shortly before a count may be missing.
	countBehind = time.Second
	// busyWait is what those are told to wait who would start one report too many. How long reports take is up to the rate.
	busyWait = 10 * time.Second
)

// Bounded is what the API needs of package desk, and what a bound needs besides.
type Bounded interface {
	Reports
	Find(ctx context.Context, r report.Request) (desk.Made, bool, error)
	FindRunning(ctx context.Context, uid string) (desk.Made, bool, error)
	CountRunning(ctx context.Context) (int, error)
}

var _ Bounded = (*desk.Client)(nil)

// Bound returns reports of which only so many may be under way when one more is made; those that are under way are found
// as ever. It counts what Temporal knows, not what this process has started: so the bound outlives a restart, and holds for
// several workers and for reports that others have started, which wait for the same turns. Where many start at the same
// moment on several workers it may be passed by some.
func Bound(r Bounded, most int, now func() time.Time) Reports {
	return &bounded{Bounded: r, most: most, now: now}
}

type bounded struct {
	Bounded
	most int
	now  func() time.Time

	mu        sync.Mutex
	counted   int
	countedAt time.Time
	// places are those of the runs that this process starts, or has started so lately that the count may not have them.
	places []*place
}

// place is that of a run.
type place struct {
	startedAt time.Time // zero while it is being started, which may take a while
}

// busy is a report that was not started, because too many are under way.
type busy struct{ most int }

func (e *busy) Error() string {
	return fmt.Sprintf("%d reports or more are under way; ask again in %d seconds", e.most, int(busyWait.Seconds()))
}

// Make implements Reports.
func (b *bounded) Make(ctx context.Context, r report.Request) (desk.Made, error) {
	return b.start(ctx,
		func() (desk.Made, bool, error) { return b.Find(ctx, r) },
		func() (desk.Made, error) { return b.Bounded.Make(ctx, r) })
}

// Refresh implements Reports.
func (b *bounded) Refresh(ctx context.Context, uid string, webhook *report.Webhook) (desk.Made, error) {
	return b.start(ctx,
		func() (desk.Made, bool, error) { return b.FindRunning(ctx, uid) },
		func() (desk.Made, error) { return b.Bounded.Refresh(ctx, uid, webhook) })
}

// start starts a run if there is a place for it, and finds what there is if there is none.
func (b *bounded) start(ctx context.Context, find func() (desk.Made, bool, error), run func() (desk.Made, error)) (desk.Made, error) {
	place, err := b.take(ctx)
	if err != nil {
		return desk.Made{}, err
	}
	if place == nil {
		made, found, err := find()
		if err == nil && !found {
			err = &busy{b.most}
		}
		return made, err
	}
	made, err := run()
	b.started(place, err == nil && made.IsNew)
	return made, err
}

// take takes a place; it is nil if none is free.
func (b *bounded) take(ctx context.Context) (*place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.now(); b.countedAt.IsZero() || now.Sub(b.countedAt) >= countFresh {
		n, err := b.CountRunning(ctx)
		if err != nil {
			return nil, err
		}
		b.counted, b.countedAt = n, now
		b.places = slices.DeleteFunc(b.places, func(p *place) bool { return !p.startedAt.IsZero() && now.Sub(p.startedAt) > countBehind })
	}
	if b.counted+len(b.places) >= b.most {
		return nil, nil
	}
	taken := &place{}
	b.places = append(b.places, taken)
	return taken, nil
}

// started notes that a run was started, or frees its place.
func (b *bounded) started(taken *place, isNew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if isNew {
		taken.startedAt = b.now()
		return
	}
	b.places = slices.DeleteFunc(b.places, func(p *place) bool { return p == taken })
}
