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

// TestDiffAndUpdate_outcome has one node in the repository, company 1 and the dissolved company 2 in the register, and
// companies 3 and 4, which share the INN of 3.
func TestDiffAndUpdate_outcome(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			give properties
			// meanwhile happens between the fetch and the comparison.
			meanwhile  func(w *world, id string)
			want       counterparty.Outcome
			wantReason bool
			wantTries  int
		}{
			{name: "something differs", give: properties{"idocs:inn": konturtest.INN(1)}, want: counterparty.Updated, wantTries: 1},
			{name: "nothing differs", give: current(1), want: counterparty.Unchanged},
			{name: "dissolved and the only one", give: properties{"idocs:inn": konturtest.INN(2)}, want: counterparty.Updated, wantTries: 1},
			{name: "unknown company", give: properties{"idocs:inn": konturtest.INN(99)}, want: counterparty.NotFound},
			{name: "foreign organisation", give: properties{"idocs:inn": "9909000004"}, want: counterparty.NotFound, wantReason: true},
			{name: "several companies and nothing to tell them apart", give: properties{"idocs:inn": konturtest.INN(3)},
				want: counterparty.Ambiguous, wantReason: true},
			{name: "several companies and an OGRN", give: properties{"idocs:inn": konturtest.INN(3), "idocs:ogrn": konturtest.OGRN(4)},
				want: counterparty.Updated, wantTries: 1},
			{name: "an OGRN that no answer has", give: properties{"idocs:inn": konturtest.INN(1), "idocs:ogrn": konturtest.OGRN(99)},
				want: counterparty.Ambiguous, wantReason: true},
			{name: "no identifier", give: properties{"idocs:okpo": "1"}, want: counterparty.InvalidID, wantReason: true},
			{name: "malformed identifier", give: properties{"idocs:inn": "0012345674"}, want: counterparty.InvalidID, wantReason: true},
			{name: "locked by somebody", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) { w.alfresco.SetFlags(id, false, true, false) },
				want:      counterparty.Rejected, wantReason: true, wantTries: 1},
			{name: "not to be written by us", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) { w.alfresco.SetFlags(id, true, false, false) },
				want:      counterparty.Rejected, wantReason: true, wantTries: 1},
			{name: "not to be read by us any more", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) { w.alfresco.SetFlags(id, false, false, true) },
				want:      counterparty.Rejected, wantReason: true},
			{name: "locked and nothing differs", give: current(1),
				meanwhile: func(w *world, id string) { w.alfresco.SetFlags(id, false, true, false) },
				want:      counterparty.Unchanged},
			{name: "against the content model", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) {
					fault := v.refused
					fault.Operation, fault.NodeID = v.write, id
					w.alfresco.Inject(fault)
				},
				want: counterparty.Rejected, wantReason: true, wantTries: 1},
			{name: "deleted before the comparison", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) { w.alfresco.Delete(id) },
				want:      counterparty.Gone, wantReason: true},
			{name: "deleted before the write", give: properties{"idocs:inn": konturtest.INN(1)},
				meanwhile: func(w *world, id string) { before(w, v.write, func() { w.alfresco.Delete(id) }) },
				want:      counterparty.Gone, wantReason: true, wantTries: 1},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				dissolved, namesake := company(2), company(4)
				dissolved.Status, namesake.INN = konturtest.Status{Dissolved: true}, konturtest.INN(3)
				w.kontur.AddCompany(company(1), dissolved, company(3), namesake)
				id := w.alfresco.Add(alfrescotest.Node{Properties: tt.give})[0]
				request := w.batch(t)
				if tt.meanwhile != nil {
					tt.meanwhile(w, id)
				}
				was, existed := w.alfresco.Get(id)

				result := w.update(t, request)

				var want counterparty.Counts
				want.Add(tt.want)
				require.Equal(t, want, result.Counts)
				require.Equal(t, tt.wantTries, w.alfresco.Count(v.write))
				if tt.want == counterparty.Unchanged {
					require.Empty(t, result.Nodes, "what is unchanged has nothing to tell")
					return
				}
				outcome := outcomes(result)[id]
				require.Equal(t, tt.want, outcome.Outcome)
				require.Equal(t, tt.wantReason, outcome.Reason != "", outcome.Reason)
				require.Equal(t, tt.want == counterparty.Updated, len(outcome.Changes) > 0)
				if now, exists := w.alfresco.Get(id); tt.want != counterparty.Updated && existed && exists {
					require.Equal(t, was, now, "only what is UPDATED is touched")
				}
			})
		}
	})
}

// before lets something happen once, between two requests of the activity.
func before(w *world, op alfrescotest.Operation, something func()) {
	happened := make(chan struct{}, 1)
	happened <- struct{}{}
	w.alfresco.OnRequest(func(o alfrescotest.Operation, _ *http.Request) {
		if o != op {
			return
		}
		select {
		case <-happened:
			something()
		default:
		}
	})
}

// A batch in which everything happens at once: one node's trouble is that node's and counts add up.
func TestDiffAndUpdate_countsEveryNodeOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		namesake := company(4)
		namesake.INN = konturtest.INN(3)
		w.kontur.AddCompany(company(1), company(2), company(3), namesake)
		ids := w.alfresco.Add(
			node(1, nil), node(2, current(2)), node(1, nil), node(99, nil), node(3, nil), alfrescotest.Node{}, node(1, nil), node(2, nil), node(2, nil),
		)
		request := w.batch(t)
		w.alfresco.SetFlags(ids[6], true, false, false)
		w.alfresco.SetFlags(ids[7], false, true, false)
		w.alfresco.Delete(ids[8])
		result := w.update(t, request)
		require.Equal(t, counterparty.Counts{Updated: 2, Unchanged: 1, NotFound: 1, Ambiguous: 1, InvalidID: 1, Rejected: 2, Gone: 1}, result.Counts)
		require.Equal(t, len(ids), result.Counts.Total())
		require.Len(t, result.Nodes, len(ids)-1, "all but the unchanged one have something to tell")
		for i, outcome := range result.Nodes {
			if i > 0 {
				require.Less(t, result.Nodes[i-1].NodeID, outcome.NodeID, "nodes keep the order of the walk")
			}
		}
	})
}

func TestDiffAndUpdate_secondTimeWritesNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		for n := 1; n <= 20; n++ {
			w.kontur.AddCompany(company(n))
			w.alfresco.Add(node(n, nil), node(n, properties{"idocs:kpp": branchKPP}))
		}
		sources := []string{"req", "contacts", "contactEmails", "egrDetails"}
		require.Equal(t, counterparty.Counts{Updated: 40}, w.update(t, w.batch(t, sources...)).Counts)
		w.alfresco.Forget()
		result := w.update(t, w.batch(t, sources...))
		require.Equal(t, pass.DiffAndUpdateResult{Counts: counterparty.Counts{Unchanged: 40}}, result)
		require.Zero(t, w.alfresco.Count(v.write))
	})
}

// One node that Alfresco shows twice is one node, and two writes at once would refuse each other.
func TestDiffAndUpdate_nodeListedTwiceIsOneNode(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1), company(2))
		ids := w.alfresco.Add(node(1, nil), node(2, nil))
		request := w.batch(t)
		request.Nodes = append(request.Nodes, request.Nodes...)
		result := w.update(t, request)
		require.Equal(t, counterparty.Counts{Updated: 2}, result.Counts)
		require.Len(t, result.Nodes, 2)
		for _, id := range ids {
			require.NotEmpty(t, outcomes(result)[id].Changes)
		}
		require.Len(t, w.alfresco.Writes(), 2)
	})
}

// One company whose item can't be read is that company's trouble: the others go on.
func TestDiffAndUpdate_itemThatIsNoCompanyLeavesItsNodeAlone(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		broken := company(1)
		broken.Extra = map[string]map[string]any{"req": {"UL": nil}}
		w.kontur.AddCompany(broken, company(2))
		ids := w.alfresco.Add(node(1, nil), node(2, nil))
		result := w.update(t, w.batch(t))
		require.Equal(t, counterparty.Counts{Updated: 1, Failed: 1}, result.Counts)
		require.Equal(t, counterparty.Failed, outcomes(result)[ids[0]].Outcome)
		require.Contains(t, outcomes(result)[ids[0]].Reason, "an item of the answer can't be read")
		require.Equal(t, 1, w.alfresco.Count(v.write))
	})
}
