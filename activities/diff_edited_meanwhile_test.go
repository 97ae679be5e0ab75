package activities_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
)

// A batch may wait for minutes between the fetch and the write. These are what a person does meanwhile.

func TestDiffAndUpdate_comparesWithWhatStandsNow(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		ids := w.alfresco.Add(node(1, nil), node(1, nil), node(1, current(1)))
		request := w.batch(t, "req", "contacts")
		// The first one is brought up to date by hand, the second in part and with a phone, the third is spoiled.
		edited := current(1)
		edited["idocs:phone"] = "+7 (000) 000-00-01"
		edit(t, w, ids[0], edited)
		edit(t, w, ids[1], properties{"idocs:okpo": "00000077", "idocs:phone": "+7 (000) 000-00-77"})
		edit(t, w, ids[2], properties{"idocs:okpo": "00000088"})

		result := w.update(t, request)

		require.Equal(t, counterparty.Counts{Updated: 2, Unchanged: 1}, result.Counts)
		require.Len(t, w.alfresco.Writes(), 2)
		require.NotContains(t, outcomes(result), ids[0])
		require.Contains(t, outcomes(result)[ids[1]].Changes, counterparty.Change{Attribute: "idocs:okpo", Was: "00000077", Became: "00000001", Source: "req"})
		require.NotContains(t, attributesOf(outcomes(result)[ids[1]].Changes), "idocs:phone", "it is not empty any more")
		require.Equal(t, []counterparty.Change{
			{Attribute: "idocs:okpo", Was: "00000088", Became: "00000001", Source: "req"},
			{Attribute: "idocs:phone", Was: nil, Became: "+7 (000) 000-00-01", Source: "contacts"},
		}, outcomes(result)[ids[2]].Changes)
	})
}

// Only what differs is sent, so that an edit in the instant between read and write survives.
func TestDiffAndUpdate_leavesOtherAttributesToAnEditDuringTheWrite(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		was := current(1)
		was["idocs:okpo"] = "00000009"
		id := w.alfresco.Add(alfrescotest.Node{Properties: was})[0]
		request := w.batch(t)
		before(w, v.write, func() {
			edit(t, w, id, properties{"idocs:phone": "+7 (000) 000-00-77", "idocs:postAddress": "а/я 77"})
		})
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
		got, _ := w.alfresco.Get(id)
		require.Equal(t, "00000001", got.Properties["idocs:okpo"])
		require.Equal(t, "+7 (000) 000-00-77", got.Properties["idocs:phone"])
		require.Equal(t, "а/я 77", got.Properties["idocs:postAddress"])
	})
}

// Answers are joined with the identifier that the node has now: the data of the former company would be a stranger's.
func TestDiffAndUpdate_identifierChangedMeanwhile(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name       string
			became     any
			want       counterparty.Outcome
			wantReason string
			wantName   any
		}{
			{"to one that was asked about for another node", konturtest.INN(2), counterparty.Updated, "", company(2).FullName},
			{"to one that nobody asked about", konturtest.INN(3), counterparty.Unchanged, "changed from", nil},
			{"to a malformed one", "0012345674", counterparty.InvalidID, `INN "0012345674" has a wrong check digit`, nil},
			{"to none", nil, counterparty.InvalidID, "INN is empty", nil},
			{"to that of a foreign organisation", "9909000004", counterparty.NotFound, "foreign", nil},
			{"to letters and what nobody sees", "\u202e12\u200b34 ", counterparty.InvalidID, `INN "1234" has 4 digits instead of 10 or 12`, nil},
			{"in what nobody sees", "\u200e" + konturtest.INN(1) + "\u200b", counterparty.Updated, "", company(1).FullName},
			{"in white space only", " " + konturtest.INN(1) + " ", counterparty.Updated, "", company(1).FullName},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				w.kontur.AddCompany(company(1), company(2), company(3))
				ids := w.alfresco.Add(node(1, nil), node(2, current(2)))
				request := w.batch(t)
				edit(t, w, ids[0], properties{"idocs:inn": tt.became})

				result := w.update(t, request)

				want := counterparty.Counts{Unchanged: 1}
				want.Add(tt.want)
				require.Equal(t, want, result.Counts)
				outcome := outcomes(result)[ids[0]]
				require.Equal(t, tt.want, outcome.Outcome)
				require.Contains(t, outcome.Reason, tt.wantReason)
				got, _ := w.alfresco.Get(ids[0])
				require.Equal(t, tt.wantName, got.Properties["idocs:fullOrganizationName"])
			})
		}
	})
}

// The register is asked before the write and may say something else by then; the answer that the pass has counts.
func TestDiffAndUpdate_asksTheRegisterNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		request := w.batch(t)
		w.kontur.Forget()
		w.alfresco.Forget()
		w.update(t, request)
		require.Zero(t, w.kontur.Count())
		want := map[alfrescotest.Operation]int{v.read: 2, v.write: 1} // once to judge the batch, once right before the write
		switch {
		case v.api == alfresco.Records:
			want[v.read] = 3 // and once more to see whether it stands
		case v.many:
			want = map[alfrescotest.Operation]int{alfrescotest.Search: 1, v.read: 1, v.write: 1}
		}
		require.Equal(t, want, w.alfresco.Counts())
	})
}

func edit(t *testing.T, w *world, id string, became properties) {
	t.Helper()
	require.NoError(t, w.alfresco.Edit(id, became))
}

// A person fills what was empty, at each moment between the fetch and the write. It is seen up to the read right before the write, though the
// index knows nothing of it.
func TestDiffAndUpdate_keepsWhatAPersonTypesWhileItWorks(t *testing.T) {
	t.Parallel()
	request := func(w *world) func(func(alfrescotest.Operation, *http.Request)) { return w.alfresco.OnRequest }
	answer := func(w *world) func(func(alfrescotest.Operation, *http.Request)) { return w.alfresco.OnAnswer }
	for name, tt := range map[string]struct {
		hooks func(*world) func(func(alfrescotest.Operation, *http.Request))
		op    alfrescotest.Operation
		keeps bool
	}{
		"before the look":               {request, alfrescotest.Search, true},
		"after the look":                {answer, alfrescotest.Search, true},
		"before the second read":        {request, alfrescotest.Get, true},
		"after the second read":         {answer, alfrescotest.Get, false}, // the residue
		"before the write is taken":     {request, alfrescotest.Put, false},
		"after the write, and it stays": {answer, alfrescotest.Put, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := via{api: alfresco.REST, many: true}.world(t)
			var err error
			w.mapping, err = mapping.Parse([]byte(twoAttributesWith("ifEmpty")))
			require.NoError(t, err)
			w.kontur.AddCompany(company(1))
			id := w.alfresco.Add(node(1, nil))[0]
			batch := w.batch(t)
			var once sync.Once
			tt.hooks(w)(func(op alfrescotest.Operation, _ *http.Request) {
				if op == tt.op {
					once.Do(func() { edit(t, w, id, properties{"idocs:kpp": "by hand"}) })
				}
			})
			require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, batch).Counts, "the other attribute")
			got, _ := w.alfresco.Get(id)
			require.Equal(t, company(1).OKPO, got.Properties["idocs:okpo"])
			require.Equal(t, tt.keeps, got.Properties["idocs:kpp"] == "by hand")
			require.Len(t, w.alfresco.Writes(), 1)
		})
	}
}
