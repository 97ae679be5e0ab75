// Package api serves reports about one counterparty over HTTP, the way the SpectrumData B2B API serves its reports:
// same paths, envelope, errors and source-state documents, so that a client of that API can be pointed at this one. Its
// contract is openapi.yaml, which is served too.
//
// It shows the source states of passes besides, which that API does not know.
//
// It makes nothing itself: package desk does, on Temporal. It knows who asks, all of whom may ask for the same, and logs it. It has
// no TLS: that is for who listens.
//
//   - envelope: state, size, stamp and data around every answer that is no bare error
//   - event: an error in the words of that API
//   - stamp: a time in UTC with milliseconds
package api

import (
	"context"
	_ "embed"
	"net/http"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/secret"
	"counterparty-sync/internal/sourcestate"
)

// Prefix is what clients of the SpectrumData B2B API put before every path. Paths work without it too.
const Prefix = "/b2b/api/v1"

const (
	// maxBodyBytes bounds what a request may send: an identifier, a key and two addresses.
	maxBodyBytes = 64 << 10
	// answerTimeout bounds the work for one request. A report without a worker takes 5 s of it.
	answerTimeout = 20 * time.Second
)

// OpenAPI is the description of the API.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Reports is what the API needs of package desk.
type Reports interface {
	Make(ctx context.Context, r report.Request) (desk.Made, error)
	Refresh(ctx context.Context, uid string, webhook *report.Webhook) (desk.Made, error)
	Read(ctx context.Context, uid string) (desk.Reading, error)
	List(ctx context.Context, page desk.Page) (desk.Listing, error)
}

var _ Reports = (*desk.Client)(nil)

// Options say what the API serves.
type Options struct {
	Reports Reports
	// Syncs are those whose passes have source states, too.
	Syncs Syncs
	// Types are the report types, in the order in which they are listed.
	Types func() []report.Type
	// Token is one that all may show, and Callers are those with tokens of their own, at this moment; nil: there are none.
	// Without either nobody is let in.
	Token   secret.Value
	Callers func() *callers.Callers
	// Rates bound how much callers may ask.
	Rates Rates
	// Quotas tells what the contract of a key with Kontur.Focus still allows, for balances; nil: nobody knows.
	Quotas func(ctx context.Context, key pass.KeyName) ([]Quota, error)
	// Dialect is that of requests that name none; empty: EntityDialect.
	Dialect sourcestate.Dialect
	// CheckWebhook refuses an address that will not be called; nil takes every one.
	CheckWebhook func(address string) error
	// Now is the clock.
	Now func() time.Time
	// Refused counts a request without the right token by what it showed, one of Reasons; nil counts none.
	Refused func(reason string)
	// Log gets who asked about whom, what went wrong on this side, and once a minute that callers were refused.
	Log *zap.Logger
}

// api answers requests.
type api struct {
	Options
	limits   *limits
	refusals *refusals
}

// New returns the handler of the API.
func New(o Options) http.Handler {
	a := &api{Options: o, limits: newLimits(o.Rates), refusals: newRefusals(o.Refused, o.Log)}
	mux := http.NewServeMux()
	for _, prefix := range []string{"", Prefix} {
		a.route(mux, "POST", prefix+"/user/reports/{type}/_make", a.make)
		a.route(mux, "POST", prefix+"/user/reports/{uid}/_refresh", a.refresh)
		a.route(mux, "GET", prefix+"/user/reports/{uid}", a.read)
		a.route(mux, "GET", prefix+"/user/reports", a.list)
		a.route(mux, "GET", prefix+"/user/report_types", a.types)
		a.route(mux, "GET", prefix+"/user/syncs/{uid}", a.readSync)
		a.route(mux, "GET", prefix+"/user/balance/{type}", a.balance)
		a.route(mux, "GET", prefix+"/user", a.user)
		a.route(mux, "GET", prefix+"/dev/ping", a.ping)
		a.route(mux, "GET", prefix+"/dev/token", a.token)
	}
	mux.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(OpenAPI)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.bare(w, r, http.StatusNotFound, "NoSuchPath", "there is nothing at this path; GET /openapi.yaml lists what there is")
	})
	return a.guard(mux)
}

// route serves a path for those who show the token.
func (a *api) route(mux *http.ServeMux, method, path string, handle func(w http.ResponseWriter, r *http.Request) error) {
	mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		caller, ok := a.authenticate(w, r)
		if !ok {
			return
		}
		if problem, ok := a.limits.allow(caller, a.Now()); !ok {
			w.Header().Set("Retry-After", "1")
			a.bare(w, r, http.StatusTooManyRequests, "TooManyRequests", problem)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		r = withCaller(r.WithContext(ctx), caller)
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		if err := handle(w, r); err != nil {
			a.fail(w, r, err)
		}
	})
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", method)
		a.bare(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed", "this path takes "+method)
	})
}

// guard keeps a panic from reaching the caller, and answers from being guessed at or kept.
func (a *api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				a.Log.Error("panic while a request for reports was answered", zap.Any("panic", p), zap.Stack("stack"))
				a.event(w, http.StatusInternalServerError, system("internal error"))
			}
		}()
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
