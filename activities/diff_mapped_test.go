package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// The attribute of the sync says who a node is, although the mapping looks elsewhere.
func TestDiffAndUpdate_identifierInAnotherAttribute(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			by   counterparty.IDKind
			code string
		}{
			{"an INN", counterparty.INN, konturtest.INN(1)},
			{"an OGRN", counterparty.OGRN, konturtest.OGRN(1)},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				w.kontur.AddCompany(company(1))
				id := w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:code": tt.code}})[0]
				require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batchBy(t, tt.by, []string{"idocs:code"})).Counts)
				want := current(1)
				want["idocs:code"] = tt.code
				got, _ := w.alfresco.Get(id)
				require.Equal(t, want, got.Properties)
			})
		}
	})
}

// What the mapping only reports is told and never written, and changes nothing about the outcome.
func TestDiffAndUpdate_reportsWhatIsNeverWritten(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		var err error
		w.mapping, err = mapping.Parse([]byte(`{
		"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
		"attributes": [{"attribute": "idocs:okpo", "source": "req", "write": "never", "value": ".UL.okpo"}]
	}`))
		require.NoError(t, err)
		w.kontur.AddCompany(company(1), company(2))
		ids := w.alfresco.Add(node(1, properties{"idocs:okpo": "00000077"}), node(2, current(2)))
		result := w.update(t, w.batch(t))
		require.Equal(t, pass.DiffAndUpdateResult{
			Counts: counterparty.Counts{Unchanged: 2},
			Nodes: []counterparty.NodeOutcome{{
				NodeID: ids[0], Outcome: counterparty.Unchanged,
				Reported: []counterparty.Change{{Attribute: "idocs:okpo", Was: "00000077", Became: "00000001", Source: "req", Reason: counterparty.KeptNever}},
			}},
		}, result)
		require.Zero(t, w.alfresco.Count(v.write))
	})
}
