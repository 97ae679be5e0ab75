package activities_test

import (
	"encoding/json"
	"fmt"
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
