package activities_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

var askedAt = time.Date(2026, 11, 20, 21, 30, 0, 0, time.UTC)

func notFound(id string) counterparty.NodeOutcome {
	return counterparty.NodeOutcome{NodeID: id, Outcome: counterparty.NotFound, Reason: "because", Asked: &askedAt}
}

// Nobody is asked again about a node that earlier was not found before somebody has modified it, or a week of days is over.
func TestFetchBatch_tellsWhatStands(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		old, since := askedAt.AddDate(0, 0, -9), askedAt.Add(time.Second)
		ids := w.alfresco.Add(
			alfrescotest.Node{Dbid: 1, ModifiedAt: old, CreatedAt: old}, alfrescotest.Node{Dbid: 2, ModifiedAt: since, CreatedAt: old},
			alfrescotest.Node{Dbid: 3, ModifiedAt: old, CreatedAt: old},
		)
		request := w.fetchRequest()
		request.Only = &pass.Selection{Nodes: ids}
		request.AskedBefore = &pass.AskedBefore{At: map[string]time.Time{ids[0]: askedAt, ids[1]: askedAt}, Days: 7, TimeZone: "Europe/Moscow",
			Now: time.Date(2026, 11, 27, 20, 59, 0, 0, time.UTC)}
		got, err := w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, []pass.NodeRef{{ID: ids[0], Stands: true}, {ID: ids[1]}, {ID: ids[2]}}, got.Nodes)

		request.AskedBefore.Now = time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC) // midnight there
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, pass.NodeRef{ID: ids[0]}, got.Nodes[0])

		request.AskedBefore.TimeZone, request.AskedBefore.Now = "Atlantis", time.Date(2026, 11, 26, 23, 59, 0, 0, time.UTC)
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.True(t, got.Nodes[0].Stands, "by the days of UTC")
		request.AskedBefore.Now = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.False(t, got.Nodes[0].Stands)
	})
}

// What is taken over is in the result as if the pass had come to it, and Alfresco is not asked about it.
func TestDiffAndUpdate_takesOverWhatStands(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		request := w.batch(t)
		request.Standing = []pass.Standing{{Node: pass.NodeRef{ID: "gone", Key: konturtest.INN(9)}, Outcome: notFound("gone")}}
		result := w.update(t, request)
		require.Equal(t, counterparty.Counts{Updated: 1, NotFound: 1}, result.Counts)
		require.Equal(t, notFound("gone"), result.Nodes[1])

		var requests atomic.Int32
		w.alfresco.OnRequest(func(alfrescotest.Operation, *http.Request) { requests.Add(1) })
		request.Nodes, request.Answers = nil, nil
		result = w.update(t, request)
		require.Equal(t, pass.DiffAndUpdateResult{Counts: counterparty.Counts{NotFound: 1}, Nodes: []counterparty.NodeOutcome{notFound("gone")}}, result)
		require.Zero(t, requests.Load())
	})
}
