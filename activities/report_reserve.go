package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
)

const (
	// reserveFresh is how long a reading of the quotas holds for the reports of a worker: passes and others with the same key
	// ask meanwhile. A turn in five minutes' worth is well spent on it, for the question costs nothing.
	reserveFresh = time.Minute
	// reserveOff is how long they are not asked for again after the key was refused an answer.
	reserveOff = 15 * time.Minute
)

// reserve keeps the reports of a worker from asking for what the contract is to leave to others. It does for them what
// workflows/quota.go does for a pass: what a question will cost is not known, so that each is taken to cost one until the
// quotas are read again. Several workers know nothing of each other's questions for a minute.
type reserve struct {
	contract Contract
	keep     pass.Reserve
	now      func() time.Time
	// turn is held by the one who looks at the quotas; those behind him see what he saw. What follows is his.
	turn  chan struct{}
	lines []kontur.Quota
	// readAt is when they were read, or could not be; told: they were, once.
	readAt time.Time
	told   bool
	off    time.Time // until when nothing is read
	// used is what of all that was asked the reading may not have, by method.
	used map[string]int64

	mu sync.Mutex
	// asking is what is not answered yet, by method; idle, if it isn't nil, is closed when that is nothing.
	asking map[string]int64
	idle   chan struct{}
}

func newReserve(contract Contract, keep pass.Reserve, now func() time.Time) *reserve {
	return &reserve{
		contract: contract, keep: keep, now: now, turn: make(chan struct{}, 1),
		asking: map[string]int64{}, used: map[string]int64{},
	}
}

// admit waits until it is known that a method may be asked about a company. Its error says so if that might take from
// the reserve. On success the caller calls done when it has its answer.
func (r *reserve) admit(ctx context.Context, method string) (done func(), err error) {
	if r.keep == "" || r.keep == pass.NoReserve {
		return func() {}, nil
	}
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-r.turn }()

	if now := r.now(); !now.Before(r.off) && (r.readAt.IsZero() || now.Sub(r.readAt) >= reserveFresh) {
		if err := r.read(ctx, method); err != nil {
			return nil, err
		}
	}
	quota, scarce := r.scarce(ctx, method)
	if scarce && len(r.used) > 0 {
		// What is on its way may have been counted twice, and may have cost nothing: look again when it has ended.
		if err := r.answered(ctx); err != nil {
			return nil, err
		}
		if err := r.read(ctx, method); err != nil {
			return nil, err
		}
		quota, scarce = r.scarce(ctx, method)
	}
	if scarce {
		return nil, reserved(method, quota, r.keep)
	}
	r.used[method]++
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asking[method]++
	return func() { r.done(method) }, nil
}

func (r *reserve) done(method string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asking[method]--; r.asking[method] == 0 {
		delete(r.asking, method)
	}
	if len(r.asking) == 0 && r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

// answered waits until nothing is being asked. Nothing more begins meanwhile, for the turn is held.
func (r *reserve) answered(ctx context.Context) error {
	r.mu.Lock()
	if len(r.asking) == 0 {
		r.mu.Unlock()
		return nil
	}
	idle := make(chan struct{})
	r.idle = idle
	r.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errNoQuotas is an answer such as [] or [{"error": "…"}] where quotas were known before. Taken for an answer it would say
// that nothing is limited.
func errNoQuotas() error {
	return &kontur.Error{Method: "stat", Kind: kontur.BadResponse, Text: "no quotas are returned, though some were before"}
}

func tellsMethods(lines []kontur.Quota) bool {
	return slices.ContainsFunc(lines, func(q kontur.Quota) bool { return len(q.Methods) > 0 })
}

// scarce is the quota of a method, if one question more might take from its reserve.
func (r *reserve) scarce(ctx context.Context, method string) (pass.Quota, bool) {
	if r.now().Before(r.off) {
		return pass.Quota{}, false
	}
	for _, quota := range quotasOf(r.lines, methodsOf(r.lines, method), byTemporal(ctx, time.Time{})) {
		if !slices.Contains(quota.Sources, method) {
			continue
		}
		left := quota.Left
		for _, source := range quota.Sources {
			left -= r.used[source]
		}
		return quota, left-1 < r.keep.Of(quota.Limit)
	}
	return pass.Quota{}, false
}

// methodsOf are a method and all those that share a line with it.
func methodsOf(lines []kontur.Quota, method string) []string {
	methods := []string{method}
	for _, line := range lines {
		if slices.Contains(line.Methods, method) {
			methods = append(methods, line.Methods...)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// read reads the quotas. What can't be read holds no report up, unless it was read before and little was left.
func (r *reserve) read(ctx context.Context, method string) error {
	lines, err := r.contract.Quotas(ctx)
	if err == nil && !tellsMethods(lines) && tellsMethods(r.lines) {
		err = errNoQuotas()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refused, ok := errors.AsType[*kontur.Error](err); ok && !konturFailures[refused.Kind].waitable {
		activity.GetLogger(ctx).Warn("quotas of Kontur.Focus can't be read; reports keep nothing in reserve", "for", reserveOff, "error", err)
		r.off = r.now().Add(reserveOff)
		return nil
	}
	if err != nil {
		if _, scarce := r.scarce(ctx, method); scarce && r.told {
			return fmt.Errorf("quotas of Kontur.Focus, of which little may be left: %w", err)
		}
		activity.GetLogger(ctx).Warn("quotas of Kontur.Focus are not known; reports go on without", "for", reserveFresh, "error", err)
	}
	r.readAt = r.now()
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lines, r.told, r.used = lines, true, maps.Clone(r.asking)
	}
	return nil
}
