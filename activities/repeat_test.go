package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

// written is a heartbeat as history holds it, in the words of the wire.
type written struct {
	Changed []counterparty.NodeOutcome `json:"changed"`
}

// A worker that was lost has written some nodes. They are equal now, and UPDATED all the same.
func TestDiffAndUpdate_repetitionCountsWhatWasWrittenBefore(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1), company(2), company(3), company(4), company(5))
		ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil), node(4, current(4)), node(5, nil))
		request := w.batch(t)
		first := w.update(t, request)
		require.Equal(t, counterparty.Counts{Updated: 4, Unchanged: 1}, first.Counts)
		edit(t, w, ids[1], properties{"idocs:okpo": "00000077"}) // written, then spoiled
		w.alfresco.Delete(ids[2])                                // written, then deleted
		edit(t, w, ids[4], properties{"idocs:okpo": nil})        // not yet written when the heartbeat was sent
		env := w.environment()
		env.SetHeartbeatDetails(written{Changed: first.Nodes[:3]})

		second, err := execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)

		require.NoError(t, err)
		require.Equal(t, counterparty.Counts{Updated: 3, Unchanged: 1, Gone: 1}, second.Counts)
		require.Equal(t, outcomes(first)[ids[0]], outcomes(second)[ids[0]], "with the changes of the first time")
		require.Equal(t, []string{"idocs:okpo"}, attributesOf(outcomes(second)[ids[1]].Changes))
		require.Equal(t, counterparty.Gone, outcomes(second)[ids[2]].Outcome)
	})
}

func TestDiffAndUpdate_unreadableHeartbeatCountsForNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		request := w.batch(t)
		env := w.environment()
		env.SetHeartbeatDetails("of an older build")
		result, err := execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)
		require.NoError(t, err)
		require.Equal(t, counterparty.Counts{Updated: 1}, result.Counts)
	})
}

// Every node that a stopped worker wrote is in its last heartbeat, and the next attempt goes on from there.
func TestDiffAndUpdate_stoppedWorkerHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// One at a time, so that the stop falls between the second node and the third.
	repository, err := alfresco.New(alfresco.Options{
		BaseURL: w.alfresco.URL(), User: alfrescotest.DefaultUser, Password: secret.New(alfrescotest.DefaultPassword), Concurrency: 1,
	})
	require.NoError(t, err)
	w.repository = repository
	w.kontur.AddCompany(company(1), company(2), company(3))
	ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil))
	request := w.batch(t)

	env := w.environment()
	stop := stopper(env)
	heartbeats := listen(env)
	before(w, alfrescotest.Put, func() { before(w, alfrescotest.Put, stop) })
	_, err = execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)
	requireFailure(t, err, "WorkerStopped", true)
	require.Len(t, w.alfresco.Writes(), 2, "what was begun was finished")
	var last written
	for len(last.Changed) < 2 {
		last = next(t, heartbeats)
	}

	env = w.environment()
	env.SetHeartbeatDetails(last)
	result, err := execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)
	require.NoError(t, err)
	require.Equal(t, counterparty.Counts{Updated: 3}, result.Counts)
	require.Len(t, w.alfresco.Writes(), 3, "nothing is written twice")
	for _, id := range ids {
		require.NotEmpty(t, outcomes(result)[id].Changes)
	}
}

// A worker that dies can't say what it wrote, so it says before what it is about to write.
func TestDiffAndUpdate_heartbeatTellsAWriteBeforeItEnds(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		id := w.alfresco.Add(node(1, nil))[0]
		request := w.batch(t)
		var stop func()
		real := w.repository
		w.repository = fakeRepository{revise: func(ctx context.Context, ids, properties []string, decide func(alfresco.Node) map[string]any) ([]alfresco.Revision, error) {
			_, err := real.Revise(ctx, ids, properties, decide)
			require.NoError(t, err)
			stop()
			return nil, ctx.Err() // what was written stays unsaid
		}}
		env := w.environment()
		stop = stopper(env)
		heartbeats := listen(env)
		_, err := execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)
		requireFailure(t, err, "WorkerStopped", true)
		var last written
		for len(last.Changed) == 0 {
			last = next(t, heartbeats)
		}
		require.Equal(t, id, last.Changed[0].NodeID)
		require.Equal(t, counterparty.Updated, last.Changed[0].Outcome)
	})
}

// stopper makes the environment's worker stoppable: the channel closes and the context of its activities ends.
func stopper(env *testsuite.TestActivityEnvironment) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	channel := make(chan struct{})
	env.SetWorkerStopChannel(channel)
	env.SetWorkerOptions(worker.Options{BackgroundActivityContext: ctx})
	return func() {
		close(channel)
		cancel()
	}
}

// listen returns the heartbeats that Temporal gets.
func listen(env *testsuite.TestActivityEnvironment) <-chan converter.EncodedValues {
	heartbeats := make(chan converter.EncodedValues, 100)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { heartbeats <- details })
	return heartbeats
}

// next waits for a heartbeat: the last one may come after the activity's end.
func next(t *testing.T, heartbeats <-chan converter.EncodedValues) written {
	t.Helper()
	select {
	case details := <-heartbeats:
		var raw json.RawMessage
		require.NoError(t, details.Get(&raw))
		var w written
		require.NoError(t, json.Unmarshal(raw, &w))
		return w
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no more heartbeats")
		return written{}
	}
}

// A try that Alfresco broke off tells what it has written, and the next try counts it.
func TestDiffAndUpdate_failedTryHandsOverWhatItHasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var nodes []alfrescotest.Node
	for n := 1; n <= 20; n++ {
		w.kontur.AddCompany(company(n))
		nodes = append(nodes, node(n, nil))
	}
	ids := w.alfresco.Add(nodes...)
	request := w.batch(t)
	remove := w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[9], Status: 500, Summary: "broken"})
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), pass.DiffAndUpdateActivity, request)
	details := requireFailure(t, err, pass.FailureUnavailable, false)
	require.True(t, details.Waitable)
	require.NotEmpty(t, details.Written)
	puts := len(w.alfresco.Writes())
	require.NotZero(t, puts)
	remove()

	request.Written = details.Written
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Updated: 20}, result.Counts)
	require.Len(t, w.alfresco.Writes(), 20, "nothing is written twice")
	for _, id := range ids {
		require.NotEmpty(t, outcomes(result)[id].Changes)
	}
}

// A worker may die before it has written what its heartbeat tells. What a person typed in instead is no write of the pass.
func TestDiffAndUpdate_repetitionTellsNoWriteThatNeverWas(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name    string
			written bool
			edit    properties
			want    counterparty.Outcome
		}{
			{"it was written", true, nil, counterparty.Updated},
			{"it was written, and then edited in part", true, properties{"idocs:CEOname": "Мой глава"}, counterparty.Updated},
			{"it was not, and a person has typed in something else", false,
				properties{"idocs:CEOname": "Мой глава", "idocs:shortOrganizationName": "Моё имя", "idocs:okpo": "00000077"}, counterparty.Unchanged},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w, logs := v.world(t), new(bytes.Buffer)
				w.mapping = ifOurs(t, "ifEmpty")
				w.kontur.AddCompany(company(1))
				id := w.alfresco.Add(node(1, nil))[0]
				request := w.batch(t)
				first := w.update(t, request)
				if !tt.written {
					edit(t, w, id, properties{"idocs:CEOname": nil, "idocs:shortOrganizationName": nil, "idocs:okpo": nil, "cm:dcsource": nil})
				}
				edit(t, w, id, tt.edit)
				w.logs = logs
				env := w.environment()
				env.SetHeartbeatDetails(written{Changed: first.Nodes})
				w.alfresco.Forget()

				result, err := execute[pass.DiffAndUpdateResult](env, pass.DiffAndUpdateActivity, request)

				require.NoError(t, err)
				require.Empty(t, w.alfresco.Writes())
				want := counterparty.Counts{}
				want.Add(tt.want)
				require.Equal(t, want, result.Counts)
				outcome := outcomes(result)[id]
				if tt.want == counterparty.Unchanged {
					require.Empty(t, outcome.Changes)
					require.Empty(t, auditLines(t, logs))
				} else {
					require.Equal(t, first.Nodes[0].Changes, outcome.Changes)
					require.Len(t, auditLines(t, logs), len(outcome.Changes))
				}
				kept := 0
				for attribute := range tt.edit {
					if attribute != "idocs:okpo" {
						kept++
					}
				}
				require.Len(t, outcome.Reported, kept, "what is kept is told beside what was written")
			})
		}
	})
}
