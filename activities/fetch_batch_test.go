package activities_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

func TestFetchBatch_key(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		ogrn, ogrnip := konturtest.OGRN(1), konturtest.OGRNIP(1)
		tests := []struct {
			name       string
			attributes []string
			give       properties
			want       string
		}{
			{"the attribute", []string{"idocs:inn"}, properties{"idocs:inn": "0012345673"}, "0012345673"},
			{"leading zeros stay", []string{"idocs:inn"}, properties{"idocs:inn": "0000000000"}, "0000000000"},
			{"white space around goes", []string{"idocs:inn"}, properties{"idocs:inn": " 0012345673\u00a0\n"}, "0012345673"},
			{"none", []string{"idocs:inn"}, nil, ""},
			{"blank", []string{"idocs:inn"}, properties{"idocs:inn": "  "}, ""},
			{"malformed is left to the comparison", []string{"idocs:inn"}, properties{"idocs:inn": "INN 12"}, "INN 12"},
			{"first of several", []string{"idocs:ogrn", "idocs:psrnsp"}, properties{"idocs:ogrn": ogrn, "idocs:psrnsp": ogrnip}, ogrn},
			{"next where the first is absent", []string{"idocs:ogrn", "idocs:psrnsp"}, properties{"idocs:psrnsp": ogrnip}, ogrnip},
			{"next where the first is blank", []string{"idocs:ogrn", "idocs:psrnsp"}, properties{"idocs:ogrn": " ", "idocs:psrnsp": ogrnip}, ogrnip},
			{"a number in full", []string{"idocs:contractorID"}, properties{"idocs:contractorID": 1234567890}, "1234567890"},
			{"anything else as it prints", []string{"idocs:currencyEnabled"}, properties{"idocs:currencyEnabled": true}, "true"},
			{"nothing in a list", []string{"idocs:contractorType"}, properties{"idocs:contractorType": []any{}}, ""},
			{"first text of a list", []string{"idocs:contractorType"}, properties{"idocs:contractorType": []any{"customer", "vendor"}}, "customer"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				ids := w.alfresco.Add(alfrescotest.Node{Dbid: 7, Properties: tt.give})
				request := w.fetchRequest()
				request.Attributes = tt.attributes
				got, err := w.fetch(request)
				require.NoError(t, err)
				require.Equal(t, pass.FetchedBatch{Nodes: []pass.NodeRef{{ID: ids[0], Key: tt.want}}, LastDbid: 7, Total: 1}, got)
			})
		}
	})
}

func TestFetchBatch_walksInOrderOfDbidFromTheCheckpoint(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		ids := w.alfresco.Add(
			alfrescotest.Node{Dbid: 50}, alfrescotest.Node{Dbid: 10}, alfrescotest.Node{Dbid: 30, Type: "idocs:branchOffice"}, alfrescotest.Node{Dbid: 20},
		)
		want := []struct {
			after int64
			ids   []string
			last  int64
			total int64
		}{
			{0, []string{ids[1], ids[3]}, 20, 4},
			{20, []string{ids[2], ids[0]}, 50, 2},
			{50, nil, 0, 0},
		}
		for _, page := range want {
			request := w.fetchRequest()
			request.After, request.Max = page.after, 2
			got, err := w.fetch(request)
			require.NoError(t, err)
			require.Equal(t, page.last, got.LastDbid)
			require.Equal(t, page.total, got.Total)
			require.Len(t, got.Nodes, len(page.ids))
			for i, id := range page.ids {
				require.Equal(t, id, got.Nodes[i].ID)
			}
		}
	})
}

// A node with a smaller dbid may still come, so that a walk that never comes back stops at the first young one.
func TestFetchBatch_youngNodesWait(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		w := v.world(t)
		w.alfresco.Add(
			alfrescotest.Node{Dbid: 1, CreatedAt: now.Add(-time.Hour)}, alfrescotest.Node{Dbid: 2, CreatedAt: now}, alfrescotest.Node{Dbid: 3, CreatedAt: now.Add(-time.Hour)},
		)
		request := w.fetchRequest()
		all, err := w.fetch(request)
		require.NoError(t, err)
		require.Len(t, all.Nodes, 3, "without a bound everybody is walked")
		before := now.Add(-time.Minute)
		request.CreatedBefore = &before
		old, err := w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, pass.FetchedBatch{Nodes: all.Nodes[:1], LastDbid: 1, Total: 3}, old, "the total is of all")
		request.After = 1
		none, err := w.fetch(request)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestFetchBatch_emptyRepositoryIsTheEnd(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		got, err := w.fetch(w.fetchRequest())
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

// What a batch brings into history is the identifier and the KPP, whatever else the nodes say.
func TestFetchBatch_keepsValuesOutOfHistory(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		all := current(1)
		all["idocs:phone"], all["idocs:email"], all["idocs:accountNumber"] = "+7 (000) 000-00-09", "person@example.test", "40700000000000000001"
		ids := w.alfresco.Add(alfrescotest.Node{Dbid: 3, Properties: all})
		got, err := w.fetch(w.fetchRequest())
		require.NoError(t, err)
		wire, err := json.Marshal(got)
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"nodes":[{"id":%q,"key":%q,"kpp":%q}],"lastDbid":3,"total":1}`, ids[0], konturtest.INN(1), headKPP), string(wire))
	})
}

// The search looks for words; what was asked for is compared. A page of which nothing is left does not end the walk.
func TestFetchBatch_narrowed(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		var near []alfrescotest.Node
		for range 7 {
			near = append(near, alfrescotest.Node{Properties: properties{"idocs:inn": konturtest.INN(1) + " / 2"}})
		}
		w.alfresco.Add(near...)
		ids := w.alfresco.Add(node(1, nil), node(2, nil), node(1, properties{"idocs:kpp": headKPP}))
		request := w.fetchRequest()
		request.Max = 2
		request.Only = &pass.Selection{IDs: []string{konturtest.INN(1)}}
		got, err := w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, []pass.NodeRef{{ID: ids[0], Key: konturtest.INN(1)}}, got.Nodes)
		request.After = got.LastDbid
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.Equal(t, []pass.NodeRef{{ID: ids[2], Key: konturtest.INN(1), KPP: headKPP}}, got.Nodes)
		request.After = got.LastDbid
		got, err = w.fetch(request)
		require.NoError(t, err)
		require.Empty(t, got.Nodes)
	})
}

// Several batches are of one search, and each of them is as it would be alone.
func TestFetchBatch_several(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		settled := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		ref := func(n int) pass.NodeRef { return pass.NodeRef{ID: fmt.Sprint("node-", n), Key: konturtest.INN(n)} }
		tests := []struct {
			name string
			give func(*pass.FetchBatchRequest)
			want []pass.FetchedBatch
		}{
			{"one, unless it asks for more", func(r *pass.FetchBatchRequest) { r.Batches = 0 }, []pass.FetchedBatch{
				{Nodes: []pass.NodeRef{ref(1), ref(2)}, LastDbid: 102, Total: 9}}},
			{"as many as it asks for", func(*pass.FetchBatchRequest) {}, []pass.FetchedBatch{
				{Nodes: []pass.NodeRef{ref(1), ref(2)}, LastDbid: 102, Total: 9},
				{Nodes: []pass.NodeRef{ref(3), ref(4)}, LastDbid: 104, Total: 7},
				{Nodes: []pass.NodeRef{ref(5), ref(6)}, LastDbid: 106, Total: 5}}},
			{"fewer at the end", func(r *pass.FetchBatchRequest) { r.After = 106 }, []pass.FetchedBatch{
				{Nodes: []pass.NodeRef{ref(7), ref(8)}, LastDbid: 108, Total: 3},
				{Nodes: []pass.NodeRef{ref(9)}, LastDbid: 109, Total: 1}}},
			{"none behind it", func(r *pass.FetchBatchRequest) { r.After = 109 }, nil},
			{"up to a dbid", func(r *pass.FetchBatchRequest) { r.Last = 103 }, []pass.FetchedBatch{
				{Nodes: []pass.NodeRef{ref(1), ref(2)}, LastDbid: 102}, {Nodes: []pass.NodeRef{ref(3)}, LastDbid: 103}}},
			{"up to a young node", func(r *pass.FetchBatchRequest) { r.After, r.CreatedBefore = 104, &settled }, []pass.FetchedBatch{
				{Nodes: []pass.NodeRef{ref(5), ref(6)}, LastDbid: 106, Total: 5}, {Nodes: []pass.NodeRef{ref(7)}, LastDbid: 107, Total: 3}}},
			{"without a batch of which no node was meant", func(r *pass.FetchBatchRequest) {
				r.Only = &pass.Selection{IDs: []string{konturtest.INN(1), konturtest.INN(6)}}
			}, []pass.FetchedBatch{{Nodes: []pass.NodeRef{ref(1)}, LastDbid: 202, Total: 7}, {Nodes: []pass.NodeRef{ref(6)}, LastDbid: 206, Total: 3}}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				near := strings.HasPrefix(tt.name, "without")
				for n := 1; n <= 9; n++ {
					inn, dbid := konturtest.INN(n), int64(100+n)
					if near { // the search finds seven by the words in them, of which two are meant
						if dbid += 100; n != 1 && n != 6 {
							inn = konturtest.INN(1) + " / 2"
						}
						if n > 7 {
							break
						}
					}
					created := settled.Add(-time.Hour)
					if n >= 8 {
						created = settled
					}
					w.alfresco.Add(alfrescotest.Node{ID: fmt.Sprint("node-", n), Dbid: dbid, CreatedAt: created, Properties: properties{"idocs:inn": inn}})
				}
				request := w.fetchRequest()
				request.Max, request.Batches = 2, 3
				tt.give(&request)
				w.alfresco.Sync()
				got, err := execute[pass.FetchBatchResult](w.environment(), string(pass.FetchBatch), request)
				require.NoError(t, err)
				require.Equal(t, tt.want, got.Batches)
			})
		}
	})
}
