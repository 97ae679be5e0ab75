package alfresco_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func TestUpdateTurnsOneNodesTroubleIntoItsRefusal(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			node alfrescotest.Node
			give map[string]any
			want alfresco.Refusal
		}{
			{name: "deleted", node: alfrescotest.Node{ID: "gone"},
				want: alfresco.Refusal{Gone: true, Status: 404, Reason: "The entity with id: n1 was not found"}},
			{name: "may not be read", node: alfrescotest.Node{ID: "n1", Forbidden: true},
				want: alfresco.Refusal{Status: 403, Reason: "Permission was denied"}},
			{name: "may not be written", node: alfrescotest.Node{ID: "n1", ReadOnly: true},
				want: alfresco.Refusal{Status: 403, Reason: "Permission was denied"}},
			{name: "locked", node: alfrescotest.Node{ID: "n1", Locked: true},
				want: alfresco.Refusal{Status: 409, Reason: "Update of the node is not allowed: it is locked by another user"}},
			{name: "constraint broken", node: alfrescotest.Node{ID: "n1"}, give: map[string]any{"idocs:email": "no address"},
				want: alfresco.Refusal{Status: 422, Reason: "Integrity failure: idocs:email does not match the regular expression"}},
			{name: "value of another type", node: alfrescotest.Node{ID: "n1"}, give: map[string]any{"idocs:contractorID": "abc"},
				want: alfresco.Refusal{Status: 400, Reason: `For input string: "abc"`}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				s.Add(tt.node, alfrescotest.Node{ID: "n2"})
				updates, err := v.client(t, s, nil).Update(t.Context(), []string{"n1", "n2"}, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
					if n.ID == "n1" && tt.give != nil {
						return tt.give
					}
					return map[string]any{"idocs:kpp": "002202002"}
				}))
				require.NoError(t, err)
				require.Equal(t, alfresco.Updated{NodeID: "n2", Written: true}, updates[1], "the others go on")
				require.False(t, updates[0].Written)
				got := *updates[0].Refusal
				if v.api == alfresco.Records { // Alfresco words it in its own way there
					require.NotEmpty(t, got.Reason)
					got.Reason = tt.want.Reason
				}
				require.Equal(t, tt.want, got)
			})
		}
	})
}

func TestUpdateTurnsAnAnswerAboutOneNodeIntoItsRefusal(t *testing.T) {
	t.Parallel()
	const word = "слово " // Alfresco's reasons may be in the language of the server
	tests := []struct {
		name string
		give alfrescotest.Fault
		want alfresco.Refusal
	}{
		{"deleted between read and write", alfrescotest.Fault{Status: 404, Summary: "not found"},
			alfresco.Refusal{Gone: true, Status: 404, Reason: "not found"}},
		{"long reasons are cut", alfrescotest.Fault{Status: 422, Summary: strings.Repeat(word, 500)},
			alfresco.Refusal{Status: 422, Reason: strings.Repeat(word, 33) + "с…"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			ids := addNodes(s, 1)
			tt.give.Operation = alfrescotest.Put
			s.Inject(tt.give)
			updates, err := newClient(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Refusal: &tt.want}}, updates)
		})
	}
}

func TestUpdateTakesANumberForItsSpelling(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 1)
	updates, err := newClient(t, s, nil).Update(t.Context(), ids, wanted, set(map[string]any{"idocs:contractorID": "007"}))
	require.NoError(t, err)
	require.True(t, updates[0].Written)
}

func TestUpdateEndsOnEverybodysTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give alfrescotest.Fault
		want alfresco.Kind
	}{
		{"read cut", alfrescotest.Fault{Operation: alfrescotest.Get, Cut: true}, alfresco.Unavailable},
		{"write cut", alfrescotest.Fault{Operation: alfrescotest.Put, Cut: true}, alfresco.Unavailable},
		{"write failed", alfrescotest.Fault{Operation: alfrescotest.Put, Status: 500}, alfresco.Unavailable},
		{"bad gateway", alfrescotest.Fault{Operation: alfrescotest.Put, Status: 502, HTML: true}, alfresco.Unavailable},
		{"a page instead of a node", alfrescotest.Fault{Operation: alfrescotest.Get, HTML: true}, alfresco.BadResponse},
		{"a page instead of an answer to a write", alfrescotest.Fault{Operation: alfrescotest.Put, HTML: true}, alfresco.BadResponse},
		{"a proxy's 404 is no deleted node", alfrescotest.Fault{Operation: alfrescotest.Get, HTML: true, Status: 404}, alfresco.BadResponse},
		{"a proxy's 403 is no locked node", alfrescotest.Fault{Operation: alfrescotest.Put, HTML: true, Status: 403}, alfresco.AccessDenied},
		{"too many requests", alfrescotest.Fault{Operation: alfrescotest.Get, Status: 429}, alfresco.RateLimited},
		{"unknown property", alfrescotest.Fault{Operation: alfrescotest.Put, Status: 400, Summary: "Unknown property: idocs:kpp"}, alfresco.UnknownAttribute},
		{"read-only", alfrescotest.Fault{Operation: alfrescotest.Put, Status: 403, Summary: "Access Denied.  The system is currently in read-only mode."}, alfresco.ReadOnly},
		{"another node", alfrescotest.Fault{Operation: alfrescotest.Get, Body: `{"entry":{"id":"x"}}`}, alfresco.BadResponse},
		{"method not allowed", alfrescotest.Fault{Operation: alfrescotest.Put, Status: 405}, alfresco.BadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			ids := addNodes(s, 9)
			tt.give.Skip = 2 // from the third node on
			s.Inject(tt.give)
			c := newClient(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
			updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
			requireKind(t, tt.want, err)
			require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}, {NodeID: ids[1], Written: true}}, updates, "what was done is done")
			require.Len(t, s.Writes(), 2, "and no more is written")
			require.LessOrEqual(t, s.Count(alfrescotest.Put), 2+2*5, "a write is not repeated, but once on a fresh connection")
		})
	}
}

func TestUpdateOfAnUnknownAttributeNamesIt(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		_, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, set(map[string]any{"idocs:nonsense": "1"}))
		e := requireKind(t, alfresco.UnknownAttribute, err)
		require.Equal(t, "Unknown property: idocs:nonsense", e.Summary)
		require.Contains(t, e.Hint, "mapping")
	})
}

func TestUpdateOfAReadOnlyRepository(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, summary := range []string{"", "Could not open transaction"} {
			s := v.server(t)
			ids := addNodes(s, 2)
			s.SetReadOnly(true)
			if summary != "" { // a 500 that doesn't say why
				s.Inject(alfrescotest.Fault{Operation: v.write, Status: 500, Summary: summary})
			}
			_, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
			requireKind(t, alfresco.ReadOnly, err)
		}
	})
}

func TestUpdateDeniedEverywhereIsTheAccountsTrouble(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name   string
			give   []alfrescotest.Node
			decide alfresco.Decide
			want   bool
		}{
			{"all writes", []alfrescotest.Node{{ReadOnly: true}, {ReadOnly: true}}, setKPP("1"), true},
			{"all reads", []alfrescotest.Node{{Forbidden: true}, {Forbidden: true}}, setKPP("1"), true},
			{"a single node", []alfrescotest.Node{{ReadOnly: true}}, setKPP("1"), false},
			{"one write goes through", []alfrescotest.Node{{ReadOnly: true}, {ReadOnly: true}, {}}, setKPP("1"), false},
			{"one is locked", []alfrescotest.Node{{ReadOnly: true}, {ReadOnly: true}, {Locked: true}}, setKPP("1"), false},
			{"nothing to write", []alfrescotest.Node{{ReadOnly: true}, {ReadOnly: true}}, nothing, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				updates, err := v.client(t, s, nil).Update(t.Context(), s.Add(tt.give...), wanted, tt.decide)
				require.Len(t, updates, len(tt.give))
				if tt.want {
					requireKind(t, alfresco.AccessDenied, err)
				} else {
					require.NoError(t, err)
				}
			})
		}
	})
}

// Once all else is up to date, the nodes that may not be written are all that is left to write.
func TestUpdateDeniedIsTheNodesTroubleIfOthersMayBeEdited(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := s.Add(alfrescotest.Node{ReadOnly: true}, alfrescotest.Node{ReadOnly: true}, alfrescotest.Node{}, alfrescotest.Node{ReadOnly: true})
		updates, err := v.client(t, s, nil).Update(t.Context(), ids[:2], wanted, setKPP("1"))
		require.NoError(t, err)
		for _, r := range updates {
			require.Equal(t, http.StatusForbidden, r.Refusal.Status)
		}
		require.LessOrEqual(t, s.Count(v.search), 2, "one search, beside the reading of the batch")
	})
}
