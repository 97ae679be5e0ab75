package konturtest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The values of QuotaLine.LimitType.
const (
	LimitRequests      = "Requests"
	LimitLegalEntities = "LegalEntities"
)

// QuotaLine is one line of the contract.
type QuotaLine struct {
	// Methods are the names without a path: req, egrDetails.
	Methods []string
	// LimitType is what counts: LimitLegalEntities (the default; distinct companies within the period) or LimitRequests.
	LimitType string
	Limit     int
	// Spent is what was spent before the server started.
	Spent int
	// From and To bound the period; default 2026-01-01 and 2026-12-31. When it is over the next one of that length begins,
	// of which nothing is spent.
	From, To string
}

const (
	textMethodNotAllowed = "Method is not available under the contract"
	// textExhausted is a guess: what the vendor says when a quota is used up is unknown.
	textExhausted = "Limit exceeded"
)

// quotas are the contract and what of it is spent.
type quotas struct {
	chargeUnknown bool

	mu    sync.Mutex
	lines []*quotaState
}

type quotaState struct {
	QuotaLine
	charged map[string]bool // OGRNs, and unknown identifiers if they are charged
}

// SetQuotas changes the contract as WithQuotas does; what was spent is forgotten.
func (s *Server) SetQuotas(lines ...QuotaLine) {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	s.quotas.lines = nil
	for _, line := range lines {
		line.LimitType = cmp.Or(line.LimitType, LimitLegalEntities)
		if line.From == "" {
			line.From, line.To = "2026-01-01", "2026-12-31"
		}
		s.quotas.lines = append(s.quotas.lines, &quotaState{QuotaLine: line, charged: map[string]bool{}})
	}
}

// line finds the line of a method; nil if the contract has none. The caller holds the lock.
func (q *quotas) line(method string) *quotaState {
	for _, line := range q.lines {
		if slices.Contains(line.Methods, method) {
			return line
		}
	}
	return nil
}

// SetSpent sets what is spent of the line of a method, as if somebody else with the same key had spent it.
func (s *Server) SetSpent(method string, spent int) {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	if line := s.quotas.line(method); line != nil {
		line.Spent = spent
	}
}

// Spent is what is spent of the line of a method.
func (s *Server) Spent(method string) int {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	line := s.quotas.line(method)
	if line == nil {
		return 0
	}
	line.renew(s.now())
	return line.Spent
}

// renew begins the period that holds at a time.
func (l *quotaState) renew(now time.Time) {
	from, err := time.Parse(time.DateOnly, l.From)
	to, err2 := time.Parse(time.DateOnly, l.To)
	if err != nil || err2 != nil || to.Before(from) {
		return
	}
	for today := dayOf(now); l.To < today; {
		after := to.AddDate(0, 0, 1)
		// Whole months stay whole months; else it is a number of days.
		months := 12*(after.Year()-from.Year()) + int(after.Month()-from.Month())
		if from.Day() == after.Day() && months > 0 {
			from, to = after, after.AddDate(0, months, -1)
		} else {
			from, to = after, after.Add(after.Sub(from)).AddDate(0, 0, -1)
		}
		l.From, l.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
		l.Spent, l.charged = 0, map[string]bool{}
	}
}

// charge books an answer about companies, or returns the text of the refusal. A batch that goes beyond the limit is
// refused whole.
func (q *quotas) charge(now time.Time, method string, units []string) (refusal string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.line(method)
	if line == nil {
		return textMethodNotAllowed
	}
	line.renew(now)
	cost := 1
	if line.LimitType != LimitRequests {
		cost = 0
		for _, unit := range units {
			if !line.charged[unit] {
				cost++
			}
		}
	}
	if cost > 0 && line.Spent+cost > line.Limit {
		return textExhausted
	}
	line.Spent += cost
	for _, unit := range units {
		line.charged[unit] = true
	}
	return ""
}

// stat renders the answer of the method stat.
func (q *quotas) stat(now time.Time) []object {
	q.mu.Lock()
	defer q.mu.Unlock()
	return each(q.lines, func(line *quotaState) object {
		line.renew(now)
		return object{
			"methodName":      "api3/" + strings.Join(line.Methods, " & api3/"),
			"limitType":       line.LimitType,
			"limit":           line.Limit,
			"spent":           line.Spent,
			"periodStartDate": line.From,
			"periodEndDate":   line.To,
		}
	})
}
