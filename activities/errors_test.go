package activities_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/activities"
	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// requireFailure sees the type of an application error and whether Temporal itself may retry it, and returns its details.
func requireFailure(t *testing.T, err error, failureType string, retryable bool) pass.FailureDetails {
	t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, failureType, failure.Type(), failure.Error())
	require.Equal(t, retryable, !failure.NonRetryable())
	var details pass.FailureDetails
	if failure.HasDetails() {
		require.NoError(t, failure.Details(&details))
	}
	return details
}

// want is what an error is to a pass. None of these is Temporal's to retry: the workflow does, in the open.
type want struct {
	failure    string
	waitable   bool
	retryAfter time.Duration
	noHint     bool
}

func (w want) require(t *testing.T, err error) {
	t.Helper()
	details := requireFailure(t, err, w.failure, false)
	require.Equal(t, w.waitable, details.Waitable)
	require.Equal(t, w.retryAfter, time.Duration(details.RetryAfter))
	require.Equal(t, w.noHint, details.Hint == "", details.Hint)
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.NotEmpty(t, failure.Message())
	benign := failure.Category() == temporal.ApplicationErrorCategoryBenign
	require.True(t, benign, "the pass logs it, once")
}

// trouble is one way to make an activity fail.
type trouble struct {
	name string
	give func(t *testing.T) error
	want want
}

func TestErrors_ofAlfresco(t *testing.T) {
	t.Parallel()
	tests := alfrescoTroubles()
	for _, kind := range activities.AlfrescoKinds() {
		require.True(t, slices.ContainsFunc(tests, func(tt trouble) bool { return tt.want.failure == string(kind) }), "no test for %s", kind)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.require(t, tt.give(t))
		})
	}
}

func TestErrors_ofKontur(t *testing.T) {
	t.Parallel()
	for _, tt := range konturTroubles() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.require(t, tt.give(t))
		})
	}
}

// Kinds are told apart behind any wrapping. What nobody knows may be an outage, and people see it retried.
func TestErrors_byKind(t *testing.T) {
	t.Parallel()
	const hint = "do this"
	after := 7 * time.Second
	tests := []struct {
		give error
		want want
	}{
		{&kontur.Error{Kind: kontur.Unavailable, Hint: hint}, want{failure: pass.FailureUnavailable, waitable: true}},
		{&kontur.Error{Kind: kontur.RateLimited, Hint: hint, RetryAfter: after}, want{failure: pass.FailureRateLimited, waitable: true, retryAfter: after}},
		{&kontur.Error{Kind: kontur.BadResponse, Hint: hint}, want{failure: pass.FailureBadResponse, waitable: true}},
		{&kontur.Error{Kind: kontur.BadKey, Hint: hint}, want{failure: pass.FailureBadCredentials}},
		{&kontur.Error{Kind: kontur.Forbidden, Hint: hint}, want{failure: pass.FailureAccessDenied}},
		{&kontur.Error{Kind: kontur.BadRequest, Hint: hint}, want{failure: pass.FailureBadRequest}},
		{&kontur.Error{Kind: kontur.Untrusted, Hint: hint}, want{failure: pass.FailureUntrusted}},
		{&kontur.Error{Kind: "new", Hint: hint}, want{failure: pass.FailureUnavailable, waitable: true}},
		{&alfresco.Error{Kind: alfresco.Unavailable, Hint: hint}, want{failure: pass.FailureUnavailable, waitable: true}},
		{&alfresco.Error{Kind: alfresco.RateLimited, RetryAfter: after}, want{failure: pass.FailureRateLimited, waitable: true, retryAfter: after, noHint: true}},
		{&alfresco.Error{Kind: alfresco.BadResponse, Hint: hint}, want{failure: pass.FailureBadResponse, waitable: true}},
		{&alfresco.Error{Kind: alfresco.BadCredentials, Hint: hint}, want{failure: pass.FailureBadCredentials}},
		{&alfresco.Error{Kind: alfresco.AccessDenied, Hint: hint}, want{failure: pass.FailureAccessDenied}},
		{&alfresco.Error{Kind: alfresco.NotSearchable, Hint: hint}, want{failure: pass.FailureNotSearchable}},
		{&alfresco.Error{Kind: alfresco.UnknownAttribute, Hint: hint}, want{failure: pass.FailureUnknownAttribute}},
		{&alfresco.Error{Kind: alfresco.ReadOnly, Hint: hint}, want{failure: pass.FailureReadOnly}},
		{&alfresco.Error{Kind: alfresco.BadRequest, Hint: hint}, want{failure: pass.FailureBadRequest}},
		{&alfresco.Error{Kind: alfresco.Untrusted, Hint: hint}, want{failure: pass.FailureUntrusted}},
		{&alfresco.Error{Kind: "new", Hint: hint}, want{failure: pass.FailureUnavailable, waitable: true}},
		{errors.New("nobody knows"), want{failure: pass.FailureUnavailable, waitable: true, noHint: true}},
	}
	for _, tt := range tests {
		w := newWorld(t)
		w.repository = fakeRepository{nextPage: func(context.Context) (alfresco.Page, error) {
			return alfresco.Page{}, fmt.Errorf("somewhere: %w", tt.give)
		}}
		_, err := w.fetch(w.fetchRequest())
		tt.want.require(t, err)
		require.ErrorContains(t, err, "somewhere: ", "the message keeps the whole chain")
	}
}

func alfrescoTroubles() []trouble {
	fetch := func(f alfrescotest.Fault) func(t *testing.T) error {
		return func(t *testing.T) error {
			w := newWorld(t)
			w.alfresco.Add(node(1, nil))
			w.alfresco.Inject(f)
			_, err := w.fetch(w.fetchRequest())
			return err
		}
	}
	update := func(spoil func(s *alfrescotest.Server)) func(t *testing.T) error {
		return func(t *testing.T) error {
			w := newWorld(t)
			w.kontur.AddCompany(company(1), company(2))
			w.alfresco.Add(node(1, nil), node(2, nil))
			request := w.batch(t)
			spoil(w.alfresco)
			_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
			return err
		}
	}
	retryAfter := map[string]string{"Retry-After": "7"}
	pacing := want{failure: pass.FailureRateLimited, waitable: true, retryAfter: 7 * time.Second, noHint: true}
	return []trouble{
		{"connection cut", fetch(alfrescotest.Fault{Cut: true}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"server error", fetch(alfrescotest.Fault{Status: 500}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"cut while comparing", update(func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Cut: true})
		}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"429", fetch(alfrescotest.Fault{Status: 429, Header: retryAfter}), pacing},
		{"503 that says how long", fetch(alfrescotest.Fault{Status: 503, Header: retryAfter}), pacing},
		{"429 while writing", update(func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: 429, Header: retryAfter})
		}), pacing},
		{"a proxy's page", fetch(alfrescotest.Fault{HTML: true}), want{failure: pass.FailureBadResponse, waitable: true}},
		{"wrong password", func(t *testing.T) error {
			w := newWorld(t)
			w.repository = alfrescoClient(t, w.alfresco.URL(), "wrong", alfresco.REST)
			_, err := w.fetch(w.fetchRequest())
			return err
		}, want{failure: pass.FailureBadCredentials}},
		{"a directory that is down", update(func(s *alfrescotest.Server) { s.SetDirectoryDown(true) }), want{failure: pass.FailureUnavailable, waitable: true}},
		{"certificate of an unknown authority", func(t *testing.T) error {
			w := newWorld(t)
			w.repository = alfrescoClient(t, untrusted(t)+"/alfresco", alfrescotest.DefaultPassword, alfresco.REST)
			_, err := w.fetch(w.fetchRequest())
			return err
		}, want{failure: pass.FailureUntrusted}},
		{"no right to search", fetch(alfrescotest.Fault{Operation: alfrescotest.Search, Status: 403}), want{failure: pass.FailureAccessDenied}},
		{"no right to write anything", update(func(s *alfrescotest.Server) {
			for _, n := range s.Nodes(contractor) {
				s.SetFlags(n.ID, true, false, false)
			}
		}), want{failure: pass.FailureAccessDenied}},
		{"another search engine", func(t *testing.T) error {
			w := newWorld(t, alfrescotest.WithEngine(alfrescotest.Elasticsearch))
			w.alfresco.Add(node(1, nil))
			_, err := w.fetch(w.fetchRequest())
			return err
		}, want{failure: pass.FailureNotSearchable}},
		{"attribute that the content model lacks", update(func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: 400, Key: "Unknown property: idocs:okpo"})
		}), want{failure: pass.FailureUnknownAttribute}},
		{"read-only repository", update(func(s *alfrescotest.Server) { s.SetReadOnly(true) }), want{failure: pass.FailureReadOnly}},
		{"request called wrong", fetch(alfrescotest.Fault{Operation: alfrescotest.Search, Status: 400}), want{failure: pass.FailureBadRequest}},
	}
}

func konturTroubles() []trouble {
	query := func(f konturtest.Fault) func(t *testing.T) error {
		return func(t *testing.T) error {
			w := newWorld(t)
			w.kontur.AddCompany(company(1))
			w.kontur.Inject(f)
			return w.queryOne()
		}
	}
	return []trouble{
		{"connection cut", query(konturtest.Fault{Trouble: konturtest.CutConnection}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"answer cut", query(konturtest.Fault{Trouble: konturtest.CutBody}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"server error", query(konturtest.Fault{Status: 503, Text: "down"}), want{failure: pass.FailureUnavailable, waitable: true}},
		{"429", query(konturtest.Fault{Status: 429, RetryAfter: "7"}),
			want{failure: pass.FailureRateLimited, waitable: true, retryAfter: 7 * time.Second}},
		{"a login page", query(konturtest.Fault{Trouble: konturtest.HTMLPage}), want{failure: pass.FailureBadResponse, waitable: true}},
		{"half an answer", query(konturtest.Fault{Trouble: konturtest.TruncatedJSON}), want{failure: pass.FailureBadResponse, waitable: true}},
		{"wrong key", func(t *testing.T) error {
			w := newWorld(t)
			w.register = konturClient(t, w.kontur.URL(), "wrong")
			return w.queryOne()
		}, want{failure: pass.FailureBadCredentials}},
		{"certificate of an unknown authority", func(t *testing.T) error {
			w := newWorld(t)
			w.register = konturClient(t, untrusted(t), konturtest.DefaultKey)
			return w.queryOne()
		}, want{failure: pass.FailureUntrusted}},
		{"method that the contract lacks", func(t *testing.T) error {
			w := newWorld(t)
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"egrDetails"}, Limit: 10})
			return w.queryOne()
		}, want{failure: pass.FailureAccessDenied}},
		{"address that nobody knows", query(konturtest.Fault{Status: 404, Text: "not found"}), want{failure: pass.FailureBadRequest}},
	}
}

// untrusted is the address of a server whose certificate's authority nobody knows.
func untrusted(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// queryOne asks req about company 1 and returns how that fails.
func (w *world) queryOne() error {
	_, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: []string{konturtest.INN(1)}})
	return err
}
