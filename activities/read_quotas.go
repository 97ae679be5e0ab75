package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// Contract is what the activities need of Kontur.Focus to know what may and what must be asked.
type Contract interface {
	Quotas(ctx context.Context) ([]kontur.Quota, error)
	WatchList(ctx context.Context) ([]kontur.Watched, error)
	Changed(ctx context.Context, method string, since, now time.Time) ([]kontur.Watched, error)
}

var _ Contract = (*kontur.Client)(nil)

// readQuotas reads for a pass what the contract has left for its sources. It costs nothing.
type readQuotas struct{ contract Contract }

func (r *readQuotas) execute(ctx context.Context, request pass.ReadQuotasRequest) (pass.ReadQuotasResult, error) {
	lines, err := r.contract.Quotas(ctx)
	if e, ok := errors.AsType[*kontur.Error](err); ok && !konturFailures[e.Kind].waitable {
		// A key that may not ask about quotas may still ask about companies, which is what matters; one that may not
		// either will say so there.
		return pass.ReadQuotasResult{Problem: e.Error()}, nil
	}
	if err == nil && request.Told && !tellsMethods(lines) {
		err = errNoQuotas()
	}
	if err != nil {
		return pass.ReadQuotasResult{}, err
	}
	return pass.ReadQuotasResult{Quotas: quotasOf(lines, request.Sources, byTemporal(ctx, request.Now))}, nil
}

// quotasOf are the lines that bound the sources. Lines of other periods bound nothing. Of several for one source, such as
// a package that was bought on top, that with the most left counts: which one the server draws on is not known, and the
// last one to run out is the end.
func quotasOf(lines []kontur.Quota, sources []string, now time.Time) []pass.Quota {
	var quotas []pass.Quota
	best := map[string]int{} // by source
	for _, line := range lines {
		left, limited := line.Left()
		if !line.Current(now) {
			continue
		}
		counts := strings.TrimSpace(line.LimitType)
		if strings.EqualFold(counts, methods.CountsRequests) {
			counts = methods.CountsRequests
		}
		quota := pass.Quota{Counts: counts, Limit: line.Limit, Left: left, Until: line.To}
		n := len(quotas)
		quotas = append(quotas, quota)
		for _, source := range sources {
			other, taken := best[source]
			// A line without a limit has the most left there can be.
			more := !taken || quotas[other].Limit > 0 && (!limited || left > quotas[other].Left)
			if more && slices.Contains(line.Methods, source) {
				best[source] = n
			}
		}
	}
	for _, source := range sources {
		if n, ok := best[source]; ok {
			quotas[n].Sources = append(quotas[n].Sources, source)
		}
	}
	return slices.DeleteFunc(quotas, func(q pass.Quota) bool { return len(q.Sources) == 0 || q.Limit <= 0 })
}
