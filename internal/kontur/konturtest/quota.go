package konturtest

import (
	"slices"
	"strings"
	"sync"
)

// The values of QuotaLine.LimitType.
const (
	LimitRequests      = "Requests"
	LimitLegalEntities = "LegalEntities"
	LimitPersons       = "Persons"
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
	// From and To bound the period; default 2026-01-01 and 2026-12-31.
	From, To string
}

const (
	textMethodNotAllowed = "Method is not available under the contract"
	textExhausted        = "Limit exceeded"
)

// quotas are the contract and what of it is spent.
type quotas struct {
	exhausted string

	mu    sync.Mutex
	lines []*quotaState
}

type quotaState struct {
	QuotaLine
	charged map[string]bool // OGRNs
}

// SetQuotas changes the contract as WithQuotas does; what was spent is forgotten.
func (s *Server) SetQuotas(lines ...QuotaLine) { s.quotas.set(lines) }

func (q *quotas) set(lines []QuotaLine) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lines = nil
	for _, line := range lines {
		if line.LimitType == "" {
			line.LimitType = LimitLegalEntities
		}
		if line.From == "" {
			line.From, line.To = "2026-01-01", "2026-12-31"
		}
		q.lines = append(q.lines, &quotaState{QuotaLine: line, charged: map[string]bool{}})
	}
}

// defaultLine allows everything.
func defaultLine() QuotaLine {
	var all []string
	for method := range methods {
		all = append(all, method)
	}
	slices.Sort(all)
	return QuotaLine{Methods: all, LimitType: LimitLegalEntities, Limit: 1_000_000}
}

// line finds the line of a method; nil if the contract has none. The caller holds the lock.
func (q *quotas) line(method string) *quotaState {
	if q.lines == nil {
		line := &quotaState{QuotaLine: defaultLine(), charged: map[string]bool{}}
		line.From, line.To = "2026-01-01", "2026-12-31"
		q.lines = []*quotaState{line}
	}
	for _, line := range q.lines {
		if slices.Contains(line.Methods, method) {
			return line
		}
	}
	return nil
}

// charge books an answer about companies, or returns the text of the refusal. A batch that goes beyond the limit is
// refused whole.
func (q *quotas) charge(method string, companies []*Company) (refusal string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.line(method)
	if line == nil {
		return textMethodNotAllowed
	}
	cost := 1
	if line.LimitType != LimitRequests {
		cost = 0
		for _, c := range companies {
			if !line.charged[c.OGRN] {
				cost++
			}
		}
	}
	if cost > 0 && line.Spent+cost > line.Limit {
		if q.exhausted != "" {
			return q.exhausted
		}
		return textExhausted
	}
	line.Spent += cost
	for _, c := range companies {
		line.charged[c.OGRN] = true
	}
	return ""
}

// stat renders the answer of the method stat.
func (q *quotas) stat() []object {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.line("")
	return each(q.lines, func(line *quotaState) object {
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
