package alfresco_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// What is asked about some nodes, whichever, does not fail over one of them that can't be read.
func TestCheckStepsOverNodesThatFail(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, failing := range []int64{101, 104, 106} {
			s := v.server(t)
			byID := repository(s, 101, 102, 103, 104, 105, 106)
			poison(s, failures["500"], byID, []int64{failing})
			report, err := v.client(t, s, nil).Check(t.Context(), contractor)
			require.NoError(t, err)
			require.EqualValues(t, 6, report.Nodes)
			require.Zero(t, report.WithoutDbid)
		}
	})
}

func TestRightsAreJudgedWithoutTheNodesThatFail(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for name, tt := range map[string]struct {
			editable bool
			failing  int
			want     alfresco.Kind
		}{
			"the latest one":                     {true, 6, ""},
			"one in the middle":                  {true, 3, ""},
			"the first one":                      {true, 0, ""},
			"one of many that may not be edited": {false, 3, alfresco.AccessDenied},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				ids := s.Add(make([]alfrescotest.Node, 7)...)
				for i, id := range ids {
					s.SetFlags(id, !tt.editable || i != 5 && i != 1, false, false)
				}
				s.PoisonSearch(failures["500"], ids[tt.failing])
				updates, err := v.client(t, s, nil).Update(t.Context(), []string{ids[2], ids[4]}, wanted, setKPP("1"))
				if tt.want != "" {
					requireKind(t, tt.want, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, http.StatusForbidden, updates[1].Refusal.Status)
			})
		}
	})
}

func TestOutageEndsASample(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		repository(s, 101, 102)
		s.Inject(alfrescotest.Fault{Operation: v.search, Status: http.StatusInternalServerError})
		_, err := v.client(t, s, nil).Check(t.Context(), contractor)
		requireKind(t, alfresco.Unavailable, err)
		require.Equal(t, 3, s.Count(v.search), "the search itself, and one node at either end")
	})
}
