package activities_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// A node that can't be read is a batch without nodes, which does not end the walk, and is counted.
func TestFetchBatch_nodesThatCanNotBeRead(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w, o := v.world(t), &observed{}
		w.observer = o
		ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil), node(4, nil))
		w.alfresco.PoisonSearch(alfrescotest.Fault{Status: http.StatusInternalServerError}, ids[1], ids[2])
		request := w.fetchRequest()
		var read, failed []string
		for {
			got, err := w.fetch(request)
			require.NoError(t, err)
			if len(got.Nodes)+len(got.Failed) == 0 {
				break
			}
			for _, n := range got.Nodes {
				read = append(read, n.ID)
			}
			for _, n := range got.Failed {
				failed = append(failed, n.ID())
				require.Contains(t, n.Reason, "status 500")
			}
			request.After = got.LastDbid
		}
		require.Equal(t, []string{ids[0], ids[3]}, read)
		require.Equal(t, []string{"dbid:102", "dbid:103"}, failed)
		require.Equal(t, []counterparty.Counts{{Failed: 2}}, o.batches)
		require.NotEmpty(t, o.within[0])
	})
}

// They are found again by their dbid, whether they can be read by then or not.
func TestFetchBatch_narrowedByDbid(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil), node(4, nil))
		w.alfresco.PoisonSearch(alfrescotest.Fault{Status: http.StatusInternalServerError}, ids[1])
		request := w.fetchRequest()
		request.Only = &pass.Selection{Nodes: []string{ids[3], pass.FailedNode{Dbid: 102}.ID(), pass.FailedNode{Dbid: 103}.ID(), pass.FailedNode{Dbid: 999}.ID()}}
		got, err := w.fetch(request)
		require.NoError(t, err)
		require.Len(t, got.Failed, 1)
		require.EqualValues(t, 102, got.Failed[0].Dbid)
		request.After = got.LastDbid
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, []pass.NodeRef{{ID: ids[2], Key: konturtest.INN(3)}, {ID: ids[3], Key: konturtest.INN(4)}}, got.Nodes)
		request.After = got.LastDbid
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.Empty(t, got.Nodes)
		require.Empty(t, got.Failed)
	})
}
