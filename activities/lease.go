package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// announcer reports to Temporal at once how far an activity is: client.Client does.
type announcer interface {
	RecordActivityHeartbeat(ctx context.Context, taskToken []byte, details ...any) error
}

// errOver says that the attempt is no longer the one that Temporal waits for.
var errOver = errors.New("the attempt is no longer the current one")

const (
	// defaultHeartbeatTimeout is used where an activity was started without one.
	defaultHeartbeatTimeout = 20 * time.Second
	// firstPause and longestPause are between two announcements of the same, while Temporal does not take them.
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// lease is the right of an attempt of DiffAndUpdate to write, as Temporal sees it. The attempt's heartbeats are all sent from
// here, one at a time and each at once: the SDK would hold them back for most of their timeout, and one that it held back
// would arrive after an announcement and say less.
type lease struct {
	announcer announcer
	writes    *writes
	now       func() time.Time // the wall clock
	// timeout is the heartbeat timeout of the activity. A quarter of it is between two heartbeats; an attempt may write until
	// half of it has passed since the last one that Temporal took, because only after all of it another one may begin.
	timeout time.Duration
	token   []byte
	// most is how many bytes a heartbeat may have.
	most   int
	ctx    context.Context
	cancel context.CancelFunc
	stop   func()

	sending sync.Mutex // held while a heartbeat is on its way
	largest int        // how many bytes the largest one would have with the most room

	mu sync.Mutex
	// told are the writes that Temporal knows of, as writes counts them; confirmed is when the last heartbeat that it took
	// was sent.
	told      int
	confirmed time.Time
	over      error
}

// begin starts the heartbeats of an attempt. They end with end, and not with the context: what was begun is finished, and
// no other attempt may begin meanwhile. The attempt's own context ends when it is over.
func begin(ctx context.Context, announcer announcer, now func() time.Time, request pass.DiffAndUpdateRequest) *lease {
	info := activity.GetInfo(ctx)
	l := &lease{announcer: announcer, now: now, timeout: cmp.Or(info.HeartbeatTimeout, defaultHeartbeatTimeout), token: info.TaskToken, most: pass.MaxAnnounced(request.Room)}
	written := request.Written
	var last pass.WriteHeartbeat
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &last) == nil {
		written = last.Changed // the attempt before this one knew what was written before it
	}
	l.writes = newWrites(written)
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.stop = every(context.WithoutCancel(ctx), l.timeout/4, func() { _ = l.send() })
	return l
}

// end stops the heartbeats; it may be called again. The last word of an attempt that was cut short says what is known by now.
func (l *lease) end(cutOff bool) {
	l.stop()
	if cutOff && l.isOver() == nil {
		_ = l.send()
	}
	l.cancel()
}

// send sends a heartbeat and waits for its end.
func (l *lease) send() error {
	l.sending.Lock()
	defer l.sending.Unlock()
	return l.sendLocked()
}

// sendLocked expects that nothing else is being sent.
func (l *lease) sendLocked() error {
	if err := l.isOver(); err != nil {
		return err
	}
	details, noted := l.writes.told()
	details.Changed = l.fit(details.Changed)
	sent := l.now().Round(0)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), l.timeout/2)
	defer cancel()
	err := l.announcer.RecordActivityHeartbeat(ctx, l.token, details)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.told, l.confirmed = noted, sent
	case endsAttempt(err):
		l.over = fmt.Errorf("%w: %w", errOver, err)
		l.cancel()
		return l.over
	}
	return err
}

// fit makes writes fit into a heartbeat, and notes how large they are with the most room there may be.
func (l *lease) fit(writes []counterparty.NodeOutcome) []counterparty.NodeOutcome {
	if len(writes) == 0 {
		return nil
	}
	fitted := counterparty.Fit(writes, pass.MaxRoom)
	size := counterparty.Size(fitted)
	l.largest = max(l.largest, size)
	if size > l.most {
		return counterparty.Fit(writes, l.most)
	}
	return fitted
}

// endsAttempt distinguishes what Temporal says about an attempt that it no longer waits for from trouble that passes.
func endsAttempt(err error) bool {
	var noNamespace *serviceerror.NamespaceNotFound
	var elsewhere *serviceerror.NamespaceNotActive
	var canceled *temporal.CanceledError
	return runs.IsNotFound(err) || errors.As(err, &noNamespace) || errors.As(err, &elsewhere) || errors.As(err, &canceled) ||
		errors.Is(err, activity.ErrActivityPaused) || errors.Is(err, activity.ErrActivityReset)
}

func (l *lease) isOver() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// known reports whether Temporal knows of the first so many writes, and has said a moment ago that it waits for this attempt.
// The wall clock decides: the other one stands still with the machine. A clock that was set back proves nothing.
func (l *lease) known(noted int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := l.now().Round(0).Sub(l.confirmed)
	return l.over == nil && l.told >= noted && age >= 0 && age <= l.timeout/2
}

// maySend reports whether the nodes may be written now. It does not wait.
func (l *lease) maySend(ids []string) bool {
	if !l.known(0) {
		return false
	}
	l.mu.Lock()
	told := l.told
	l.mu.Unlock()
	return l.writes.send(ids, told)
}

// confirm makes sure that Temporal knows of the first so many writes, with one heartbeat if need be.
func (l *lease) confirm(noted int) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	if l.known(noted) {
		return nil // another goroutine has reported it
	}
	return l.sendLocked()
}

// prepare waits until Temporal knows of all that is about to be written. An announcement that it does not take is repeated,
// which costs no try, until it does or the attempt ends.
func (l *lease) prepare(ctx context.Context) error {
	_, noted := l.writes.told()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := l.confirm(noted)
		if err == nil || l.isOver() != nil {
			return err
		}
		if pause == longestPause {
			activity.GetLogger(ctx).Warn("Temporal does not accept the record of what is about to be written; nothing is written until it does", "error", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
