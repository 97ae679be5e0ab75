package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// interruption is an activity in the middle of which something happens, during a request that nobody answers.
type interruption struct {
	name    string
	execute func(w *world, env *testsuite.TestActivityEnvironment, something func()) error
}

func interruptions() []interruption {
	const forEver = time.Hour
	return []interruption{
		{string(pass.FetchBatch), func(w *world, env *testsuite.TestActivityEnvironment, something func()) error {
			before(w, alfrescotest.Search, something)
			w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Delay: forEver})
			_, err := execute[pass.FetchBatchResult](env, string(pass.FetchBatch), w.fetchRequest())
			return err
		}},
		{string(pass.QuerySource), func(w *world, env *testsuite.TestActivityEnvironment, something func()) error {
			w.kontur.Inject(konturtest.Fault{Delay: forEver, Match: func(konturtest.Request) bool {
				something()
				return true
			}})
			_, err := execute[pass.QuerySourceResult](env, string(pass.QuerySource),
				pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: []string{konturtest.INN(1)}})
			return err
		}},
		{string(report.AskSource), func(w *world, env *testsuite.TestActivityEnvironment, something func()) error {
			w.kontur.Inject(konturtest.Fault{Delay: forEver, Match: func(konturtest.Request) bool {
				something()
				return true
			}})
			_, err := execute[report.AskResult](env, string(report.AskSource), report.AskRequest{
				Source: report.TypeSource{ID: "kontur.req", Method: "req"}, By: counterparty.INN, ID: konturtest.INN(1), MaxBytes: 1,
			})
			return err
		}},
		{string(pass.DiffAndUpdate), func(w *world, env *testsuite.TestActivityEnvironment, something func()) error {
			before(w, alfrescotest.Get, something)
			w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Delay: forEver})
			_, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate),
				pass.DiffAndUpdateRequest{Nodes: []pass.NodeRef{{ID: "00000000-0000-4000-8000-000000000001"}}, By: counterparty.INN})
			return err
		}},
	}
}

// The stop of our own worker is the one failure that Temporal retries: it costs the pass no try.
func TestErrors_workerStopIsTemporalsToRetry(t *testing.T) {
	t.Parallel()
	for _, tt := range interruptions() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			env := w.environment()
			err := tt.execute(w, env, stopper(env))
			requireFailure(t, err, "WorkerStopped", true)
			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, temporal.ApplicationErrorCategoryBenign, failure.Category(), "a deploy is no error")
		})
	}
}

func TestErrors_cancellationStaysCancellation(t *testing.T) {
	t.Parallel()
	for _, tt := range interruptions() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			env := w.environment()
			// As the server's answer to a heartbeat does it.
			ctx, cancel := context.WithCancelCause(t.Context())
			env.SetWorkerOptions(worker.Options{BackgroundActivityContext: ctx})
			err := tt.execute(w, env, func() { cancel(temporal.NewCanceledError()) })
			require.True(t, temporal.IsCanceledError(err), "%v", err)
		})
	}
}

// A worker that is told to stop waits for its activities: until it loses patience their errors are those of the others.
func TestErrors_whileTheWorkerWaitsAreWhatTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := make(chan struct{})
	w.repository = fakeRepository{nextPage: func(context.Context) (alfresco.Page, error) {
		close(stop)
		return alfresco.Page{}, errors.New("trouble")
	}}
	env := w.environment()
	env.SetWorkerStopChannel(stop)
	_, err := execute[pass.FetchBatchResult](env, string(pass.FetchBatch), w.fetchRequest())
	requireFailure(t, err, pass.FailureUnavailable, false)
}

// An attempt that ends well just when the worker stops is not thrown away.
func TestErrors_resultBeatsTheStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var stop func()
	w.repository = fakeRepository{nextPage: func(context.Context) (alfresco.Page, error) {
		stop()
		return alfresco.Page{Nodes: []alfresco.Node{{ID: "a"}}, LastDbid: 9}, nil
	}}
	env := w.environment()
	stop = stopper(env)
	got, err := execute[pass.FetchBatchResult](env, string(pass.FetchBatch), w.fetchRequest())
	require.NoError(t, err)
	require.Len(t, got.Batches, 1)
}
