package kontur

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"counterparty-sync/internal/secret"
)

// Quota is one line of the contract, as the method stat reports it. A method that no line names is not in the contract.
type Quota struct {
	// Methods are names such as req or egrDetails.
	Methods []string
	// LimitType is what is counted: Requests, which are calls, LegalEntities, which are distinct organisations within the
	// period, or Persons.
	LimitType string
	// Limit and Spent are numbers of that in the period; 0 if the server does not say.
	Limit, Spent int64
	// From and To bound the period, YYYY-MM-DD; empty if the server does not say.
	From, To string
}

// Left is what is not spent; limited is false if the line has no limit.
func (q Quota) Left() (left int64, limited bool) { return max(0, q.Limit-q.Spent), q.Limit > 0 }

// Current reports whether the period holds at a time. Its days are those of Moscow; a missing bound is none.
func (q Quota) Current(now time.Time) bool {
	today := dayOf(now).Format(time.DateOnly)
	return (q.From == "" || q.From <= today) && (q.To == "" || today <= q.To)
}

// End is when the period ends: midnight in Moscow after its last day; ok is false if that is not known.
func (q Quota) End() (end time.Time, ok bool) {
	last, err := time.ParseInLocation(time.DateOnly, q.To, moscow)
	return last.AddDate(0, 0, 1), err == nil
}

// maxQuotaBytes is many times what the lines of a contract have: they are held all together.
const maxQuotaBytes = 1 << 20

// Quotas asks what the contract allows and what of it is spent. It costs nothing and is the way to test a key: only a
// valid one gets an answer. Errors are as with Query.
func (c *Client) Quotas(ctx context.Context) ([]Quota, error) { return c.quotas(ctx, new(Call)) }

// quotas fills in the call.
func (c *Client) quotas(ctx context.Context, call *Call) (quotas []Quota, err error) {
	const method = "stat"
	defer func() { c.finish(call, err) }()

	err = c.askAll(ctx, outgoing{method: method, most: maxQuotaBytes}, call, func(element element) error {
		row, err := decodeObject(element)
		if row == nil || err != nil {
			return err
		}
		quotas = append(quotas, Quota{
			Methods:   methodNames(text(row["methodName"]), c.options.Key),
			LimitType: clean(text(row["limitType"]), c.options.Key),
			Limit:     whole(row["limit"]),
			Spent:     whole(row["spent"]),
			From:      clean(text(row["periodStartDate"]), c.options.Key),
			To:        clean(text(row["periodEndDate"]), c.options.Key),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	call.Items = len(quotas)
	return quotas, nil
}

// methodNames takes "api3/req & api3/egrDetails" apart.
func methodNames(joined string, key secret.Value) []string {
	var names []string
	for _, name := range strings.Split(joined, "&") {
		name = strings.Trim(strings.TrimSpace(name), "/")
		if prefix, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(prefix, "api") {
			name = rest
		}
		if name != "" {
			names = append(names, clean(name, key))
		}
	}
	return names
}

// whole reads a whole number, which may be written as 5000, 5000.0 or "5000": no real answer of stat is published.
func whole(value any) int64 {
	n := json.Number(text(value))
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1<<53 {
		return 0
	}
	return int64(f)
}
