package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
)

// userObject is a user as captured answers have him. There is nothing to reach him by.
type userObject struct {
	Login     string        `json:"login"`
	Email     string        `json:"email"`
	Contacts  string        `json:"contacts"`
	State     string        `json:"state"`
	DomainUID string        `json:"domain_uid"`
	Domain    *domainObject `json:"domain,omitempty"`
	Roles     string        `json:"roles"`
	desk.Card
}

// domainObject is what users and report types belong to.
type domainObject struct {
	State string `json:"state"`
	Roles string `json:"roles"`
	desk.Card
}

// everything is what each caller may do, in the words of captured answers.
const everything = "ALL_REPORTS_READ,ALL_REPORTS_WRITE"

// tokenUser is who shows the token that all have.
func tokenUser() callers.Caller { return callers.Caller{Name: "token", Domain: report.Domain} }

// callerKey finds the caller in the context of a request.
type callerKey struct{}

func withCaller(r *http.Request, caller callers.Caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, caller))
}

// user shows who asks.
func (a *api) user(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	detailed := q.boolean("_detailed")
	if q.problem != nil {
		return q.problem
	}
	caller := callerOf(r)
	domain := cmp.Or(caller.Domain, report.Domain)
	o := userObject{Login: caller.User(), State: "ACTIVE", DomainUID: domain, Roles: everything, Card: desk.NewCard(caller.User(), caller.Name, always(), always())}
	if detailed {
		o.Domain = &domainObject{State: "ACTIVE", Roles: everything, Card: desk.NewCard(domain, domain, always(), always())}
	}
	return ok(a, w, envelope{}, []userObject{o})
}

// Quota is a line of the contract with Kontur.Focus.
type Quota struct {
	// Methods are those that it counts.
	Methods []string
	// Limit and Spent are in what it counts: companies, or requests.
	Limit, Spent int64
	// From and To are the days of its period, YYYY-MM-DD; empty if they are not known.
	From, To string
}

// balanceObject is how much of a quota is left, as captured answers have it.
type balanceObject struct {
	ReportTypeUID string `json:"report_type_uid"`
	BalanceType   string `json:"balance_type"` // DAY, MONTH or TOTAL
	QuoteInit     int64  `json:"quote_init"`
	QuoteUp       int64  `json:"quote_up"` // always 0: what was added is in the limit
	QuoteUse      int64  `json:"quote_use"`
}

// errBalance is a balance that nobody tells now.
var errBalance = errors.New("how much is left is not known now: Kontur.Focus does not tell")

// balance shows the lines of the contract that a report type draws on, the one with the least left first. None is a type
// whose methods no line limits.
func (a *api) balance(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	q.boolean("_detailed") // there is no more to tell
	if q.problem != nil {
		return q.problem
	}
	uid := r.PathValue("type")
	reportType, err := a.typeOf(uid)
	if err != nil {
		return err
	}
	if a.Quotas == nil {
		return errBalance
	}
	lines, err := a.Quotas(r.Context(), reportType.KonturKey)
	if err != nil {
		a.Log.Warn("quotas of Kontur.Focus are not known to a caller who asks for them", zap.Error(err))
		return errBalance
	}
	lines = slices.DeleteFunc(slices.Clone(lines), func(line Quota) bool { return !drawsOn(reportType, line) })
	slices.SortStableFunc(lines, func(x, y Quota) int { return cmp.Compare(x.Limit-x.Spent, y.Limit-y.Spent) })
	objects := make([]balanceObject, len(lines))
	for i, line := range lines {
		objects[i] = balanceObject{ReportTypeUID: desk.TypeUID(reportType.ID), BalanceType: line.balanceType(), QuoteInit: line.Limit, QuoteUse: line.Spent}
	}
	return ok(a, w, envelope{}, objects)
}

// drawsOn reports whether reports of a type spend something of a line.
func drawsOn(t report.Type, line Quota) bool {
	return line.Limit > 0 && slices.ContainsFunc(t.Sources, func(s report.TypeSource) bool { return slices.Contains(line.Methods, s.Method) })
}

// balanceType is the word for a period: of a day, of a month at most, or of any other length.
func (q Quota) balanceType() string {
	from, err := time.Parse(time.DateOnly, q.From)
	to, otherErr := time.Parse(time.DateOnly, q.To)
	switch days := to.Sub(from) / (24 * time.Hour); {
	case err != nil || otherErr != nil || days < 0 || days > 30:
		return "TOTAL"
	case days == 0:
		return "DAY"
	}
	return "MONTH"
}
