package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"counterparty-sync/internal/report/callers"
)

// Rates are how many requests a second are answered. Twice as many are at once after a silence.
type Rates struct {
	// All is that of all callers together; 0: DefaultRate.
	All int
	// Each is that of one caller; 0: DefaultCallerRate.
	Each int
}

// Defaults of Rates.
const (
	DefaultRate       = 50
	DefaultCallerRate = 25
)

// limits keep one caller from taking the turns of the others. Strangers have limits of their own, see refusals.
type limits struct {
	each int
	all  *rate.Limiter

	mu sync.Mutex
	// callers are those who have asked, by name: no more of them than files have named.
	callers map[string]*rate.Limiter
}

func newLimits(r Rates) *limits {
	if r.All == 0 {
		r.All = DefaultRate
	}
	if r.Each == 0 {
		r.Each = DefaultCallerRate
	}
	return &limits{each: r.Each, all: limiter(r.All), callers: map[string]*rate.Limiter{}}
}

func limiter(perSecond int) *rate.Limiter { return rate.NewLimiter(rate.Limit(perSecond), 2*perSecond) }

// allow reports whether a caller's request may go on, or which limit is in the way. What the caller's own limit turns away
// takes no turn of the others.
func (l *limits) allow(caller callers.Caller, now time.Time) (problem string, ok bool) {
	switch {
	case !l.of(caller.User()).AllowN(now, 1):
		return "too many requests of this caller; ask again in a second", false
	case !l.all.AllowN(now, 1):
		return "too many requests of all callers together; ask again in a second", false
	}
	return "", true
}

func (l *limits) of(user string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.callers[user] == nil {
		l.callers[user] = limiter(l.each)
	}
	return l.callers[user]
}
