package activities_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// poisoned is a world of companies and nodes that differ, and a batch of them.
func poisoned(t *testing.T, v via, nodes int) (w *world, ids []string, request pass.DiffAndUpdateRequest) {
	t.Helper()
	w = v.world(t)
	for n := range nodes {
		w.kontur.AddCompany(company(n + 1))
		ids = append(ids, w.alfresco.Add(node(n+1, nil))...)
	}
	return w, ids, w.batch(t)
}

func TestPoison_ofOneNodeIsItsOutcome(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for name, tt := range map[string]struct {
			op      alfrescotest.Operation
			prepare func(*pass.DiffAndUpdateRequest)
		}{
			"read":                {v.read, func(*pass.DiffAndUpdateRequest) {}},
			"read, in a plan":     {v.read, func(r *pass.DiffAndUpdateRequest) { r.Plan = true }},
			"read, under a brake": {v.read, func(r *pass.DiffAndUpdateRequest) { r.Budget = budget(7, 0) }},
			"write, at last":      {v.write, func(r *pass.DiffAndUpdateRequest) { r.GiveUp, r.OthersWritten = true, true }},
			"write, under a brake": {v.write, func(r *pass.DiffAndUpdateRequest) {
				r.GiveUp, r.OthersWritten, r.Budget = true, true, budget(8, 0)
			}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w, ids, request := poisoned(t, v, 8)
				tt.prepare(&request)
				fault := alfrescotest.Fault{Operation: tt.op, NodeID: ids[4], Status: 500, Summary: "a behaviour failed"}
				w.alfresco.Inject(fault)
				if tt.op == v.read {
					w.alfresco.PoisonSearch(fault, ids[4])
				}
				result := w.update(t, request)
				require.Nil(t, result.Evidence)
				require.Equal(t, counterparty.Counts{Updated: 7, Failed: 1}, result.Counts)
				outcome := outcomes(result)[ids[4]]
				require.Equal(t, counterparty.Failed, outcome.Outcome)
				require.Contains(t, outcome.Reason, "a behaviour failed")
				require.True(t, outcome.Again())
				require.Empty(t, result.Open)
				require.Empty(t, result.Earlier, "it is known that nothing was written")
				if !request.Plan {
					require.Len(t, w.alfresco.Writes(), 7)
				}
			})
		}
	})
}

// A node may be shown by a search and not by itself. It fails if it differs, and it is known then by how many others go through.
func TestPoison_ofNodesThatAreShownAlongWithOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for n := range 12 {
		w.kontur.AddCompany(company(n + 1))
		ids = append(ids, w.alfresco.Add(node(n+1, current(n+1)))...)
	}
	request := w.batch(t)
	w.alfresco.PoisonGet(ids[0], ids[3], ids[7], ids[11])
	require.Equal(t, counterparty.Counts{Unchanged: 12}, w.update(t, request).Counts)

	edit(t, w, ids[3], properties{"idocs:okpo": "x"})
	edit(t, w, ids[7], properties{"idocs:okpo": "x"})
	plan := request
	plan.Plan = true
	require.Equal(t, counterparty.Counts{Unchanged: 10, Updated: 2}, w.update(t, plan).Counts, "what would be written")
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Unchanged: 10, Failed: 2}, result.Counts)
	for _, i := range []int{3, 7} {
		require.Contains(t, outcomes(result)[ids[i]].Reason, "a behaviour failed")
	}
	edit(t, w, ids[5], properties{"idocs:okpo": "x"})
	require.Equal(t, counterparty.Counts{Unchanged: 9, Failed: 2, Updated: 1}, w.update(t, request).Counts)

	w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Status: 500})
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
}

// A write that fails where no other is tried after it has no outcome yet, and its batch is done.
func TestPoison_ofTheOnlyWriteLeavesTheNodeOpen(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1), company(2))
		ids := w.alfresco.Add(node(1, nil), node(2, current(2)))
		request := w.batch(t)
		remove := w.alfresco.Inject(alfrescotest.Fault{Operation: v.write, NodeID: ids[0], Status: 500, Summary: "a behaviour failed"})
		result := w.update(t, request)
		require.Equal(t, counterparty.Counts{Unchanged: 1}, result.Counts)
		require.Empty(t, result.Nodes)
		require.Empty(t, result.Earlier)
		require.Zero(t, result.AlsoChanged)
		require.Len(t, result.Open, 1)
		require.Equal(t, ids[0], result.Open[0].NodeID)
		require.Contains(t, result.Open[0].Reason, "a behaviour failed")

		request.Unwritten = 4
		_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
		requireFailure(t, err, pass.FailureUnavailable, false)

		remove()
		require.Equal(t, counterparty.Counts{Updated: 1, Unchanged: 1}, w.update(t, request).Counts)
	})
}

// Nothing is blamed on a node while nobody goes through.
func TestPoison_isNoOutage(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, op := range []alfrescotest.Operation{v.read, v.write} {
			for _, unwritten := range []int{0, 5} {
				w, _, request := poisoned(t, v, 8)
				request.Unwritten, request.GiveUp = unwritten, unwritten > 0
				w.alfresco.Inject(alfrescotest.Fault{Operation: op, Cut: true})
				_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
				require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
			}
		}
	})
}

// The answer to a write gets lost, and the write stands: it is told, once, by the try that made it.
func TestPoison_ofAnAnswerToAWriteThatStands(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, places := range [][]int{{0}, {4}, {7}, {0, 7}} {
			w, ids, request := poisoned(t, v, 8)
			for _, i := range places {
				w.alfresco.Inject(alfrescotest.Fault{Operation: v.write, NodeID: ids[i], After: true, Cut: true})
			}
			result := w.update(t, request)
			require.Equal(t, counterparty.Counts{Updated: 8}, result.Counts)
			require.Len(t, w.alfresco.Writes(), 8, "none is written twice")
			require.Empty(t, result.Open)
			require.Empty(t, result.Earlier)
			for _, id := range ids {
				require.NotEmpty(t, outcomes(result)[id].Changes)
				require.False(t, outcomes(result)[id].Unsure)
				require.Empty(t, outcomes(result)[id].Reason)
			}
		}
	})
}

// Neither the write nor the look at it is answered: it may have been made, and that is told as unsure.
func TestPoison_ofAWriteThatCantBeSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1), company(2))
	ids := w.alfresco.Add(node(1, nil), node(2, current(2)))
	request := w.batch(t)
	w.alfresco.Inject(
		alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[0], After: true, Cut: true},
		alfrescotest.Fault{Operation: alfrescotest.Get, NodeID: ids[0], Skip: 2, Cut: true})
	result := w.update(t, request)
	require.Len(t, result.Open, 1)
	require.Len(t, result.Earlier, 1)
	require.True(t, result.Earlier[0].Unsure)
	require.Equal(t, 1, result.AlsoChanged)

	w.alfresco.ClearFaults()
	require.Equal(t, counterparty.Counts{Unchanged: 2}, w.update(t, request).Counts, "it stands, and was told")
	require.Len(t, w.alfresco.Writes(), 1)
}

// What a person saves between the write without an answer and the look at it makes that unsure, and is kept.
func TestPoison_whatAPersonSavesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	w.mapping, err = mapping.Parse([]byte(twoAttributesWith("ifEmpty")))
	require.NoError(t, err)
	w.kontur.AddCompany(company(1))
	ids := w.alfresco.Add(node(1, properties{"idocs:okpo": "old"}))
	request := w.batch(t)
	w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[0], After: true, Cut: true, Times: 1})
	edited := false
	w.alfresco.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put && !edited {
			edited = true
			edit(t, w, ids[0], properties{"idocs:okpo": "by hand", "idocs:kpp": "by hand"})
		}
	})
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Updated: 1}, result.Counts, "it differs again")
	require.Len(t, result.Earlier, 1)
	require.Contains(t, result.Earlier[0].Reason, "no answer came")
}
