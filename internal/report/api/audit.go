package api

import (
	"net/http"

	"go.uber.org/zap"

	"counterparty-sync/internal/report/callers"
)

// What a caller asks of a report, the values of a log's field.
const (
	asksMake    = "make"
	asksRefresh = "refresh"
	asksRead    = "read"
)

// audit logs who asks for what about whom. The login is that of GET /user: each line has a key "caller" already, with the place in the
// source. The uid is one of a report that there is, or is made: it has passed every check, so
// that nobody writes what he likes into the log.
func (a *api) audit(r *http.Request, asks, uid string) {
	a.Log.Info("a caller asked for a report", zap.String("login", callerOf(r).User()), zap.String("asks", asks), zap.String("uid", uid))
}

// auditState is audit for a look at a report without its content: those who wait for it look each second.
func (a *api) auditState(r *http.Request, uid string) {
	a.Log.Debug("a caller looked whether a report is complete", zap.String("login", callerOf(r).User()), zap.String("uid", uid))
}

// auditList logs that reports were listed; with content each of them is audited too.
func (a *api) auditList(r *http.Request, listed int) {
	a.Log.Info("a caller listed reports", zap.String("login", callerOf(r).User()), zap.Int("reports", listed))
}

// callerOf is who asks.
func callerOf(r *http.Request) callers.Caller {
	caller, _ := r.Context().Value(callerKey{}).(callers.Caller)
	return caller
}
