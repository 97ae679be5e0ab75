package alfresco_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func setKPP(kpp string) alfresco.Decide {
	return set(map[string]any{"idocs:kpp": kpp})
}

func set(changes map[string]any) alfresco.Decide {
	return func(alfresco.Node) map[string]any { return changes }
}

func nothing(alfresco.Node) map[string]any { return nil }

func TestReviseWritesOnlyWhatDecideSays(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 3)
		revisions, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
			switch n.ID {
			case ids[0]:
				return map[string]any{"idocs:kpp": "002202002"}
			case ids[1]:
				return map[string]any{"idocs:kpp": nil}
			}
			return map[string]any{}
		}))
		require.NoError(t, err)
		require.Equal(t, []alfresco.Revision{{NodeID: ids[0], Written: true}, {NodeID: ids[1], Written: true}, {NodeID: ids[2]}}, revisions)
		written := map[string]map[string]any{}
		for _, w := range s.Writes() {
			written[w.NodeID] = w.Properties
		}
		require.Equal(t, map[string]map[string]any{ids[0]: {"idocs:kpp": "002202002"}, ids[1]: {"idocs:kpp": nil}}, written)
		n, _ := s.Get(ids[0])
		require.Equal(t, map[string]any{"idocs:inn": "0000000000", "idocs:kpp": "002202002"}, n.Properties)
		n, _ = s.Get(ids[1])
		require.Equal(t, map[string]any{"idocs:inn": "0000000001"}, n.Properties)
	})
}

func TestReviseOfNothingAsksNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		revisions, err := v.client(t, s, nil).Revise(t.Context(), nil, wanted, setKPP("x"))
		require.NoError(t, err)
		require.Empty(t, revisions)
		require.Empty(t, s.Requests())
	})
}

func TestReviseDecidesOnWhatAPersonTypedSinceThePage(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithIndexLag())
		addNodes(s, 1)
		s.Sync()
		c := v.client(t, s, nil)
		p, err := c.NextPage(t.Context(), page(0, 1))
		require.NoError(t, err)
		require.NoError(t, s.Edit(p.Nodes[0].ID, map[string]any{"idocs:kpp": "009909009"}))
		_, err = c.Revise(t.Context(), []string{p.Nodes[0].ID}, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
			require.Equal(t, "009909009", n.Properties["idocs:kpp"])
			return nil
		}))
		require.NoError(t, err)
		require.Empty(t, s.Writes())
	})
}

func TestReviseLeavesAlonePropertiesThatAPersonTypesDuringTheWrite(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
			if op == v.write {
				require.NoError(t, s.Edit(ids[0], map[string]any{"idocs:phone": "1"}))
			}
		})
		_, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, setKPP("002202002"))
		require.NoError(t, err)
		n, _ := s.Get(ids[0])
		require.Equal(t, map[string]any{"idocs:inn": "0000000000", "idocs:kpp": "002202002", "idocs:phone": "1"}, n.Properties)
	})
}

func TestReviseSeesThatWhatItWroteStands(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			give map[string]any
		}{
			{"an empty text reads back as absent", map[string]any{"idocs:kpp": ""}},
			{"nil unsets", map[string]any{"idocs:kpp": nil}},
			{"nil for what is absent", map[string]any{"idocs:okpo": nil}},
			{"a whole number", map[string]any{"idocs:contractorID": 7}},
			{"a number of JSON", map[string]any{"idocs:contractorID": json.Number("7")}},
			{"a number in a text", map[string]any{"idocs:kpp": 12345678}},
			{"a truth value", map[string]any{"idocs:currencyEnabled": true}},
			{"several values", map[string]any{"idocs:contractorType": []any{"vendor", "customer"}}},
			{"several texts", map[string]any{"idocs:contractorType": []string{"vendor", "customer"}}},
			{"one value where several may stand", map[string]any{"idocs:contractorType": "vendor"}},
			{"a date", map[string]any{"icase:caseStatusChangedDateTime": "2026-01-02"}},
			{"a time in another zone", map[string]any{"icase:caseStatusChangedDateTime": "2026-01-02T06:04:05+03:00"}},
			{"a property of an aspect that the node lacks", map[string]any{"idocs:psrnsp": "300000000000018"}},
			{"the name", map[string]any{"cm:name": "Another name"}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				ids := addNodes(s, 1)
				revisions, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, set(tt.give))
				require.NoError(t, err)
				require.Equal(t, []alfresco.Revision{{NodeID: ids[0], Written: true}}, revisions)
			})
		}
	})
}

func TestReviseReportsAWriteThatDoesNotStand(t *testing.T) {
	t.Parallel()
	answer := func(properties string) string {
		return `{"entry":{"id":"n1","name":"n","nodeType":"idocs:contractor","modifiedAt":"2026-01-02T03:04:05.678+0000","properties":` + properties + `}}`
	}
	tests := []struct {
		name string
		give map[string]any
		body string
	}{
		{"skipped", map[string]any{"idocs:kpp": "002202002"}, answer(`{"idocs:kpp":"001201001"}`)},
		{"absent", map[string]any{"idocs:kpp": "002202002"}, answer(`{}`)},
		{"not unset", map[string]any{"idocs:kpp": nil}, answer(`{"idocs:kpp":"001201001"}`)},
		{"leading zeros lost", map[string]any{"idocs:kpp": "002202002"}, answer(`{"idocs:kpp":"2202002"}`)},
		{"a value too few", map[string]any{"idocs:kpp": []string{"1", "2"}}, answer(`{"idocs:kpp":["1"]}`)},
		{"another time", map[string]any{"idocs:kpp": "2026-01-02"}, answer(`{"idocs:kpp":"2026-01-03T03:04:05.678+0000"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			s.Add(alfrescotest.Node{ID: "n1"})
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Body: tt.body})
			revisions, err := newClient(t, s, nil).Revise(t.Context(), []string{"n1"}, wanted, set(tt.give))
			require.NoError(t, err)
			require.False(t, revisions[0].Written)
			require.Equal(t, 200, revisions[0].Refusal.Status)
			require.Contains(t, revisions[0].Refusal.Reason, "idocs:kpp")
			require.NotContains(t, revisions[0].Refusal.Reason, "002202002", "no values")
		})
	}
}

func TestReviseTurnsOneNodesTroubleIntoItsRefusal(t *testing.T) {
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
				revisions, err := v.client(t, s, nil).Revise(t.Context(), []string{"n1", "n2"}, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
					if n.ID == "n1" && tt.give != nil {
						return tt.give
					}
					return map[string]any{"idocs:kpp": "002202002"}
				}))
				require.NoError(t, err)
				require.Equal(t, alfresco.Revision{NodeID: "n2", Written: true}, revisions[1], "the others go on")
				require.False(t, revisions[0].Written)
				got := *revisions[0].Refusal
				if v.api == alfresco.Records { // Alfresco words it in its own way there
					require.NotEmpty(t, got.Reason)
					got.Reason = tt.want.Reason
				}
				require.Equal(t, tt.want, got)
			})
		}
	})
}

func TestReviseTurnsAnAnswerAboutOneNodeIntoItsRefusal(t *testing.T) {
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
			revisions, err := newClient(t, s, nil).Revise(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			require.Equal(t, []alfresco.Revision{{NodeID: ids[0], Refusal: &tt.want}}, revisions)
		})
	}
}

func TestReviseTakesANumberForItsSpelling(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 1)
	revisions, err := newClient(t, s, nil).Revise(t.Context(), ids, wanted, set(map[string]any{"idocs:contractorID": "007"}))
	require.NoError(t, err)
	require.True(t, revisions[0].Written)
}

func TestReviseEndsOnEverybodysTrouble(t *testing.T) {
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
			ids := addNodes(s, 6)
			tt.give.NodeID = ids[2]
			s.Inject(tt.give)
			c := newClient(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
			revisions, err := c.Revise(t.Context(), ids, wanted, setKPP("002202002"))
			requireKind(t, tt.want, err)
			require.Equal(t, []alfresco.Revision{{NodeID: ids[0], Written: true}, {NodeID: ids[1], Written: true}}, revisions, "what was done is done")
			require.Len(t, s.Writes(), 2, "and no more is begun")
			require.LessOrEqual(t, s.Count(alfrescotest.Put), 3, "a write is not repeated")
		})
	}
}

func TestReviseOfAnUnknownAttributeNamesIt(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		_, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, set(map[string]any{"idocs:nonsense": "1"}))
		e := requireKind(t, alfresco.UnknownAttribute, err)
		require.Equal(t, "Unknown property: idocs:nonsense", e.Summary)
		require.Contains(t, e.Hint, "mapping")
	})
}

func TestReviseOfAReadOnlyRepository(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, summary := range []string{"", "Could not open transaction"} {
			s := v.server(t)
			ids := addNodes(s, 2)
			s.SetReadOnly(true)
			if summary != "" { // a 500 that doesn't say why
				s.Inject(alfrescotest.Fault{Operation: v.write, Status: 500, Summary: summary})
			}
			_, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, setKPP("002202002"))
			requireKind(t, alfresco.ReadOnly, err)
		}
	})
}

func TestReviseDeniedEverywhereIsTheAccountsTrouble(t *testing.T) {
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
				revisions, err := v.client(t, s, nil).Revise(t.Context(), s.Add(tt.give...), wanted, tt.decide)
				require.Len(t, revisions, len(tt.give))
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
func TestReviseDeniedIsTheNodesTroubleIfOthersMayBeEdited(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := s.Add(alfrescotest.Node{ReadOnly: true}, alfrescotest.Node{ReadOnly: true}, alfrescotest.Node{}, alfrescotest.Node{ReadOnly: true})
		revisions, err := v.client(t, s, nil).Revise(t.Context(), ids[:2], wanted, setKPP("1"))
		require.NoError(t, err)
		for _, r := range revisions {
			require.Equal(t, http.StatusForbidden, r.Refusal.Status)
		}
		require.LessOrEqual(t, s.Count(v.search), 2, "one search, beside the reading of the batch")
	})
}

func TestReviseLetsABegunWriteFinish(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 5)
	ctx, cancel := context.WithCancel(t.Context())
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put {
			cancel()
		}
	})
	s.SetLatency(alfrescotest.Latency{Put: 20 * time.Millisecond})
	c := newClient(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
	revisions, err := c.Revise(ctx, ids, wanted, setKPP("002202002"))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []alfresco.Revision{{NodeID: ids[0], Written: true}}, revisions)
	require.Len(t, s.Writes(), 1)
}

func TestReviseWithALostAnswerIsSafeToRepeat(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		s.Inject(alfrescotest.Fault{Operation: v.write, After: true, Cut: true, Times: 1})
		decide := alfresco.Decide(func(n alfresco.Node) map[string]any {
			if n.Properties["idocs:kpp"] == "002202002" {
				return nil
			}
			return map[string]any{"idocs:kpp": "002202002"}
		})
		c := v.client(t, s, nil)
		_, err := c.Revise(t.Context(), ids, wanted, decide)
		requireKind(t, alfresco.Unavailable, err)
		revisions, err := c.Revise(t.Context(), ids, wanted, decide)
		require.NoError(t, err)
		require.Equal(t, []alfresco.Revision{{NodeID: ids[0]}}, revisions)
		require.Len(t, s.Writes(), 1)
	})
}

func TestRevisePanicOfDecideReachesTheCaller(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 20)
		var calls atomic.Int32
		c := v.client(t, s, nil)
		require.Panics(t, func() {
			_, _ = c.Revise(t.Context(), ids, wanted, alfresco.Decide(func(alfresco.Node) map[string]any {
				calls.Add(1)
				panic(errors.New("broken"))
			}))
		})
		require.LessOrEqual(t, calls.Load(), int32(alfresco.DefaultConcurrency))
	})
}

func TestReviseUnderCitecksNamingWritesTheFullName(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithCiteckNames())
		ids := addNodes(s, 1)
		revisions, err := v.client(t, s, nil).Revise(t.Context(), ids, wanted, set(map[string]any{"idocs:fullOrganizationName": `ООО "Пример"`}))
		require.NoError(t, err)
		require.True(t, revisions[0].Written)
		n, _ := s.Get(ids[0])
		require.Equal(t, "ООО _Пример_", n.Name)
	})
}

// What would be written is asked for all the same.
func TestReviseWithoutWriting(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 3)
		var asked atomic.Int32
		revisions, err := v.client(t, s, nil).Revise(alfresco.WithoutWriting(t.Context()), append(ids, "none"), wanted, alfresco.Decide(func(alfresco.Node) map[string]any {
			asked.Add(1)
			return map[string]any{"idocs:kpp": "002202002"}
		}))
		require.NoError(t, err)
		require.EqualValues(t, 3, asked.Load())
		require.Len(t, revisions, 4)
		for i, revision := range revisions {
			require.False(t, revision.Written)
			require.Equal(t, i == 3, revision.Refusal != nil, "a node that is gone is gone for a plan, too")
		}
		require.Empty(t, s.Writes())
		require.Zero(t, s.Count(v.write))
	})
}
