package alfresco_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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

func TestUpdateWritesOnlyWhatDecideSays(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 3)
		updates, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
			switch n.ID {
			case ids[0]:
				return map[string]any{"idocs:kpp": "002202002"}
			case ids[1]:
				return map[string]any{"idocs:kpp": nil}
			}
			return map[string]any{}
		}))
		require.NoError(t, err)
		require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}, {NodeID: ids[1], Written: true}, {NodeID: ids[2]}}, updates)
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

func TestUpdateOfNothingAsksNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		updates, err := v.client(t, s, nil).Update(t.Context(), nil, wanted, setKPP("x"))
		require.NoError(t, err)
		require.Empty(t, updates)
		require.Empty(t, s.Requests())
	})
}

func TestUpdateDecidesOnWhatAPersonTypedSinceThePage(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithIndexLag())
		addNodes(s, 1)
		s.Sync()
		c := v.client(t, s, nil)
		p, err := c.NextPage(t.Context(), page(0, 1))
		require.NoError(t, err)
		require.NoError(t, s.Edit(p.Nodes[0].ID, map[string]any{"idocs:kpp": "009909009"}))
		_, err = c.Update(t.Context(), []string{p.Nodes[0].ID}, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
			require.Equal(t, "009909009", n.Properties["idocs:kpp"])
			return nil
		}))
		require.NoError(t, err)
		require.Empty(t, s.Writes())
	})
}

func TestUpdateLeavesAlonePropertiesThatAPersonTypesDuringTheWrite(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
			if op == v.write {
				require.NoError(t, s.Edit(ids[0], map[string]any{"idocs:phone": "1"}))
			}
		})
		_, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
		require.NoError(t, err)
		n, _ := s.Get(ids[0])
		require.Equal(t, map[string]any{"idocs:inn": "0000000000", "idocs:kpp": "002202002", "idocs:phone": "1"}, n.Properties)
	})
}

func TestUpdateSeesThatWhatItWroteStands(t *testing.T) {
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
				updates, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, set(tt.give))
				require.NoError(t, err)
				require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}}, updates)
			})
		}
	})
}

// What the comparison calls the same is not written again by the next pass, and so is no reason to call the write lost.
func TestUpdateTakesWhatTheComparisonCallsTheSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		sent, shown string
	}{
		{"blanks", `"г. Примерск, дом 1"`, `"г.\u00a0Примерск,  дом 1 "`},
		{"line ends", `"a b"`, `"a\r\nb"`},
		{"blanks in a list", `["a b", "c"]`, `["a  b", " c"]`},
		{"an empty item", `["a", "b"]`, `["a", "", "b"]`},
		{"nothing but blanks", `null`, `"  "`},
		{"a truth value as text", `true`, `"true"`},
		{"noon of the day", `"2026-01-02"`, `"2026-01-02T12:00:00.000+0000"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			s.Add(alfrescotest.Node{ID: "n1"})
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Body: `{"entry":{"id":"n1","properties":{"idocs:kpp":` + tt.shown + `}}}`})
			var sent any
			require.NoError(t, json.Unmarshal([]byte(tt.sent), &sent))
			updates, err := newClient(t, s, nil).Update(t.Context(), []string{"n1"}, wanted, set(map[string]any{"idocs:kpp": sent}))
			require.NoError(t, err)
			require.Equal(t, []alfresco.Updated{{NodeID: "n1", Written: true}}, updates)
		})
	}
}

func TestUpdateReportsAWriteThatDoesNotStand(t *testing.T) {
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
		{"a value too few", map[string]any{"idocs:kpp": []any{"1", "2"}}, answer(`{"idocs:kpp":["1"]}`)},
		{"noon of the day before", map[string]any{"idocs:kpp": "2026-01-02"}, answer(`{"idocs:kpp":"2026-01-01T12:00:00.000+0000"}`)},
		{"another time", map[string]any{"idocs:kpp": "2026-01-02"}, answer(`{"idocs:kpp":"2026-01-03T03:04:05.678+0000"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			s.Add(alfrescotest.Node{ID: "n1"})
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Body: tt.body})
			updates, err := newClient(t, s, nil).Update(t.Context(), []string{"n1"}, wanted, set(tt.give))
			require.NoError(t, err)
			require.False(t, updates[0].Written)
			require.Equal(t, 200, updates[0].Refusal.Status)
			require.Contains(t, updates[0].Refusal.Reason, "idocs:kpp")
			require.NotContains(t, updates[0].Refusal.Reason, "002202002", "no values")
		})
	}
}

func TestUpdateLetsABegunWriteFinish(t *testing.T) {
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
	updates, err := c.Update(ctx, ids, wanted, setKPP("002202002"))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}}, updates)
	require.Len(t, s.Writes(), 1)
}

func TestUpdateWithALostAnswerIsSafeToRepeat(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		sent := map[alfresco.API]int{alfresco.REST: 2, alfresco.Records: 1}[v.api] // one node is sent again, a batch is not
		s.Inject(alfrescotest.Fault{Operation: v.write, After: true, Cut: true, Times: sent})
		decide := alfresco.Decide(func(n alfresco.Node) map[string]any {
			if n.Properties["idocs:kpp"] == "002202002" {
				return nil
			}
			return map[string]any{"idocs:kpp": "002202002"}
		})
		c := v.client(t, s, nil)
		for range 2 {
			updates, err := c.Update(t.Context(), ids, wanted, decide)
			require.NoError(t, err)
			require.Equal(t, []alfresco.Updated{{NodeID: ids[0]}}, updates, "it stands")
			require.Len(t, s.Writes(), 1)
		}
	})
}

func TestUpdatePanicOfDecideReachesTheCaller(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 20)
		var calls atomic.Int32
		c := v.client(t, s, nil)
		require.Panics(t, func() {
			_, _ = c.Update(t.Context(), ids, wanted, alfresco.Decide(func(alfresco.Node) map[string]any {
				calls.Add(1)
				panic(errors.New("broken"))
			}))
		})
		require.LessOrEqual(t, calls.Load(), int32(alfresco.DefaultConcurrency))
	})
}

func TestUpdateUnderCitecksNamingWritesTheFullName(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithCiteckNames())
		ids := addNodes(s, 1)
		updates, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, set(map[string]any{"idocs:fullOrganizationName": `ООО "Пример"`}))
		require.NoError(t, err)
		require.True(t, updates[0].Written)
		n, _ := s.Get(ids[0])
		require.Equal(t, "ООО _Пример_", n.Name)
	})
}
