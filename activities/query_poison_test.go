package activities_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// A company about which Kontur.Focus can't be asked is that company's trouble: its nodes say so, the others go on.
func TestCompanyThatKonturFocusCannotBeAskedAbout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method string
		optional     []string
		want         counterparty.Outcome
		again        bool
	}{
		{"req", "req", []string{"contacts"}, counterparty.Failed, false},
		{"another source that the pass needs", "contacts", nil, counterparty.Failed, false},
		{"a source that the pass can do without", "contacts", []string{"contacts"}, counterparty.Updated, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1), company(2), company(3))
			ids := w.alfresco.Add(node(1, nil), node(2, nil), node(2, nil), node(3, nil))
			w.kontur.Inject(konturtest.ServerError.In(tt.method, konturtest.INN(2)))
			request := w.batch(t, "req", "contacts")
			request.Optional = tt.optional
			result := w.update(t, request)
			require.Equal(t, 4, result.Counts.Total())
			byNode := outcomes(result)
			for i, id := range ids {
				switch i {
				case 1, 2:
					require.Equal(t, tt.want, byNode[id].Outcome)
					require.Equal(t, tt.method+": each request about it fails, while others go through: ask Kontur.Focus "+tt.method+": status 500: Internal Server Error", byNode[id].Reason)
					require.Equal(t, tt.again, byNode[id].AskAgain)
					require.True(t, byNode[id].Again(), "the next pass tries it again")
				default:
					require.Equal(t, counterparty.Updated, byNode[id].Outcome)
					require.Empty(t, byNode[id].Reason)
				}
			}
			spoilt, _ := w.alfresco.Get(ids[1])
			require.NotContains(t, spoilt.Properties, "idocs:phone", "what the source may supply is left alone")
			require.Equal(t, tt.want == counterparty.Updated, spoilt.Properties["idocs:okpo"] != nil)
			good, _ := w.alfresco.Get(ids[0])
			require.Equal(t, company(1).Phones[0], good.Properties["idocs:phone"])
		})
	}
}

// What an answer told before it broke off is not counted.
func TestQuerySource_countsWhatIsLeftOfAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]string, 8)
	for n := range ids {
		ids[n] = konturtest.INN(n + 1)
		w.kontur.AddCompany(company(n + 1))
	}
	w.kontur.Inject(konturtest.Refusal.In("req", ids[0], ids[5]))
	result, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: ids})
	require.NoError(t, err)
	said := projections(t, result)
	require.Len(t, said, len(ids))
	require.Equal(t, w.kontur.Count(), result.Calls)
	require.Equal(t, result.Calls-1, result.Further)
	unread := 0
	for _, p := range said {
		if p.Unread() != "" {
			unread++
			require.Nil(t, p.Company)
		}
	}
	require.Equal(t, 2, unread)
	data, err := json.Marshal(said)
	require.NoError(t, err)
	require.Equal(t, len(data), result.Bytes)
}

func TestQuerySource_batchOfNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1), company(2))
	w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:ogrn": konturtest.OGRN(1)}})
	w.kontur.Inject(konturtest.Cut.In("", konturtest.OGRN(1)))
	request := pass.QuerySourceRequest{Source: "req", By: counterparty.OGRN, IDs: []string{konturtest.OGRN(1)}}
	_, err := w.query(request)
	require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).MayBeOne)

	request.Known, request.GiveUp = []string{konturtest.OGRN(2)}, true
	result, err := w.query(request)
	require.NoError(t, err)
	require.True(t, result.NoneThrough)
	require.Equal(t, konturtest.OGRN(1), projections(t, result)[0].OGRN)
	require.Contains(t, projections(t, result)[0].Unread(), "the connection was cut")
}

// A plan says what it would be, and a brake holds nothing that is not changed.
func TestCompanyThatCannotBeAskedAboutInAPlanAndUnderABrake(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*pass.DiffAndUpdateRequest){
		"plan":  func(r *pass.DiffAndUpdateRequest) { r.Plan = true },
		"brake": func(r *pass.DiffAndUpdateRequest) { r.Budget = &pass.Budget{Changed: new(int64(1))} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1), company(2))
			w.alfresco.Add(node(1, nil), node(2, nil))
			w.kontur.Inject(konturtest.Refusal.In("req", konturtest.INN(2)))
			request := w.batch(t)
			change(&request)
			require.Equal(t, counterparty.Counts{Updated: 1, Failed: 1}, w.update(t, request).Counts)
		})
	}
}
