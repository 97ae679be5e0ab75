package activities_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

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
		edit(t, w, ids[4], bare(5))                              // not yet written when the heartbeat was sent
		env := w.environment()
		env.SetHeartbeatDetails(announced(first.Nodes))

		second, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)

		require.NoError(t, err)
		require.Equal(t, counterparty.Counts{Updated: 3, Unchanged: 1, Gone: 1}, second.Counts)
		require.Equal(t, outcomes(first)[ids[0]], outcomes(second)[ids[0]], "with the changes of the first time")
		require.Equal(t, []string{"idocs:okpo"}, attributesOf(outcomes(second)[ids[1]].Changes))
		require.Equal(t, counterparty.Gone, outcomes(second)[ids[2]].Outcome)
		require.False(t, outcomes(second)[ids[4]].Unsure, "it was as before")
		earlier := map[string]counterparty.NodeOutcome{}
		for _, write := range second.Earlier {
			earlier[write.NodeID] = write
		}
		require.Len(t, earlier, 2)
		require.Equal(t, outcomes(first)[ids[1]], earlier[ids[1]], "both writes are told")
		require.True(t, earlier[ids[2]].Unsure, "nobody can look at it any more")
		require.Equal(t, outcomes(first)[ids[2]].Changes, earlier[ids[2]].Changes)
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
		result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
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

	told := &heartbeats{}
	w.temporal = told
	env := w.environment()
	stop := stopper(env)
	before(w, alfrescotest.Put, func() { before(w, alfrescotest.Put, stop) })
	_, err = execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
	requireFailure(t, err, "WorkerStopped", true)
	require.Len(t, w.alfresco.Writes(), 2, "what was begun was finished")
	last := told.last()
	require.Len(t, last.Changed, 3, "what is announced stays so")
	sure := slices.DeleteFunc(slices.Clone(last.Changed), func(o counterparty.NodeOutcome) bool { return o.Unsure })
	require.Len(t, sure, 2, "the last word says what was written")

	env = w.environment()
	env.SetHeartbeatDetails(last)
	result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
	require.NoError(t, err)
	require.Equal(t, counterparty.Counts{Updated: 3}, result.Counts)
	require.Len(t, w.alfresco.Writes(), 3, "nothing is written twice")
	for _, id := range ids {
		require.NotEmpty(t, outcomes(result)[id].Changes)
	}
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

// bare takes away what a pass writes to a node of a company.
func bare(n int) properties {
	none := properties{}
	for name := range current(n) {
		if name != "idocs:inn" {
			none[name] = nil
		}
	}
	return none
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
	remove := w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Skip: 10, Status: 500, Summary: "broken"})
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
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

// A worker may die before it has written what its heartbeat tells. Where a person has edited the node since, nobody can tell.
func TestDiffAndUpdate_repetitionSaysWhatItCanTell(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name    string
			written bool
			edit    properties
			unsure  bool
		}{
			{"it was written", true, nil, false},
			{"it was written, and then edited in part", true, properties{"idocs:CEOname": "Мой глава"}, false},
			{"it was not, and a person has typed in something else", false,
				properties{"idocs:CEOname": "Мой глава", "idocs:shortOrganizationName": "Моё имя", "idocs:okpo": "00000077"}, true},
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
				env.SetHeartbeatDetails(announced(first.Nodes))
				w.alfresco.Forget()

				result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)

				require.NoError(t, err)
				require.Empty(t, w.alfresco.Writes())
				require.Equal(t, counterparty.Counts{Updated: 1}, result.Counts)
				outcome := outcomes(result)[id]
				require.Equal(t, first.Nodes[0].Changes, outcome.Changes)
				require.Equal(t, tt.unsure, outcome.Unsure)
				require.Equal(t, tt.unsure, strings.Contains(outcome.Reason, "it is not known whether"))
				lines := auditLines(t, logs)
				require.Len(t, lines, len(outcome.Changes))
				for _, line := range lines {
					require.True(t, line.Repeated)
					require.Equal(t, tt.unsure, line.Unsure)
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

// A panic is our own slip, and what was written before it is known all the same.
func TestDiffAndUpdate_panicTellsWhatWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1), company(2))
	ids := w.alfresco.Add(node(1, nil), node(2, nil))
	request := w.batch(t)
	real := w.repository
	w.repository = fakeRepository{look: real.Look, update: func(ctx context.Context, all, names []string, updater alfresco.Updater) ([]alfresco.Updated, error) {
		if _, err := real.Update(ctx, all[:1], names, updater); err != nil {
			return nil, err
		}
		panic("a slip")
	}}
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	require.ErrorContains(t, err, "a slip")
	details := requireFailure(t, err, pass.FailureUnavailable, false)
	require.True(t, details.Waitable)
	require.Len(t, details.Written, 1)
	require.Equal(t, ids[0], details.Written[0].NodeID)
	require.False(t, details.Written[0].Unsure)
}
