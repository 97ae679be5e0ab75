package alfresco_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func withRecords(o *alfresco.Options) { o.API = alfresco.Records }

func newRecords(t *testing.T, u alfrescotest.Unsure) *alfrescotest.Server {
	t.Helper()
	return alfrescotest.NewServer(t, alfrescotest.WithRecords(u))
}

// message is an answer of the Records API that says what went wrong.
func message(class, text string) string {
	return fmt.Sprintf(`{"records":[],"messages":[{"level":"ERROR","type":"t","msg":{"type":%q,"msg":%q}}],"version":1}`, class, text)
}

func TestRecordsAreAskedForAsDocumented(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 1)
	c := newClient(t, s, withRecords)
	_, err := c.NextPage(t.Context(), alfresco.PageRequest{NodeType: contractor, After: 100, Max: 25, Properties: []string{"idocs:inn"}})
	require.NoError(t, err)
	_, err = c.Revise(t.Context(), ids, []string{"idocs:kpp"}, set(map[string]any{"idocs:kpp": "002202002", "idocs:okpo": nil}))
	require.NoError(t, err)
	requests := s.Requests()
	const system = `"dbid":"sys:node-dbid?num","gone":"_notExists?bool","type":"TYPE?str","name":"cm:name?str","created":"_created?str","modified":"_modified?str"`
	require.JSONEq(t, `{"version":1,"query":{"sourceId":"alfresco/","language":"predicate","query":{"t":"and","val":[
		{"t":"eq","att":"TYPE","val":"idocs:contractor"},{"t":"gt","att":"sys:node-dbid","val":100}]},
		"sortBy":[{"attribute":"sys:node-dbid","ascending":true}],"page":{"maxItems":25,"skipCount":0},"consistency":"EVENTUAL"},
		"attributes":{"idocs:inn":"idocs:inn[]?str",`+system+`}}`, string(requests[0].Body))
	require.JSONEq(t, `{"version":1,"records":["alfresco/@workspace://SpacesStore/`+ids[0]+`"],
		"attributes":{"idocs:kpp":"idocs:kpp[]?str",`+system+`}}`, string(requests[1].Body))
	require.JSONEq(t, `{"version":1,"records":[{"id":"alfresco/@workspace://SpacesStore/`+ids[0]+`",
		"attributes":{"idocs:kpp":"002202002","idocs:okpo":null}}]}`, string(requests[2].Body))
	require.Equal(t, "/alfresco/s/citeck/ecos/records/mutate", requests[2].Path)
}

func TestRecordsWriteABatchInOneRequest(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 100)
	c := newClient(t, s, withRecords)
	_, err := c.NextPage(t.Context(), page(0, 100))
	require.NoError(t, err)
	revisions, err := c.Revise(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	require.Len(t, revisions, 100)
	require.Len(t, s.Writes(), 100)
	require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Query: 3, alfrescotest.Mutate: 1}, s.Counts(),
		"the page, the reading, the writing, and the look whether it stands")
	s.Forget()
	_, err = c.Revise(t.Context(), ids, wanted, alfresco.Decide(nothing))
	require.NoError(t, err)
	require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Query: 1}, s.Counts())
}

// A batch of 100 with some nodes locked: most is how many writing requests it may take.
func TestRecordsTakeARefusedBatchApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		locked []int
		unsure alfrescotest.Unsure
		most   int
	}{
		{"none", nil, alfrescotest.Unsure{}, 1},
		{"one, named", []int{42}, alfrescotest.Unsure{}, 3},
		{"the first, unnamed", []int{0}, alfrescotest.Unsure{AnonymousErrors: true}, 14},
		{"the last, unnamed", []int{99}, alfrescotest.Unsure{AnonymousErrors: true}, 14},
		{"neighbours, unnamed", []int{49, 50}, alfrescotest.Unsure{AnonymousErrors: true}, 27},
		{"ten, named", []int{3, 9, 17, 33, 50, 51, 52, 70, 98, 99}, alfrescotest.Unsure{}, 21},
		{"ten, unnamed", []int{3, 9, 17, 33, 50, 51, 52, 70, 98, 99}, alfrescotest.Unsure{AnonymousErrors: true}, 80},
		{"one, in a plain message", []int{42}, alfrescotest.Unsure{PlainMessages: true}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newRecords(t, tt.unsure)
			ids := addNodes(s, 100)
			for _, i := range tt.locked {
				s.SetFlags(ids[i], false, true, false)
			}
			revisions, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			for i, r := range revisions {
				require.Equal(t, ids[i], r.NodeID)
				require.Equal(t, !slices.Contains(tt.locked, i), r.Written, i)
				if !r.Written {
					require.Equal(t, http.StatusConflict, r.Refusal.Status)
					require.Contains(t, r.Refusal.Reason, "locked")
				}
			}
			require.Len(t, s.Writes(), 100-len(tt.locked), "nothing is written twice")
			require.LessOrEqual(t, s.Count(alfrescotest.Mutate), tt.most)
		})
	}
}

// Whatever is wrong with the nodes, both APIs say the same of each and leave the same behind.
func TestRecordsComeToTheSameAsREST(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			unsure := alfrescotest.Unsure{PlainMessages: random.IntN(2) == 0, AnonymousErrors: random.IntN(2) == 0,
				HideForbidden: random.IntN(2) == 0, NoTotals: random.IntN(2) == 0}
			nodes := []alfrescotest.Node{{ID: "holder", Name: "taken"}}
			changes := map[string]map[string]any{}
			for i := range 1 + random.IntN(60) {
				n := alfrescotest.Node{ID: fmt.Sprintf("node-%d", i), Properties: map[string]any{"idocs:kpp": "001201001", "idocs:okpo": "1"}}
				change := map[string]any{"idocs:kpp": fmt.Sprint(random.IntN(1000)), "idocs:okpo": nil}
				switch random.IntN(12) {
				case 0:
					n.Locked = true
				case 1:
					n.ReadOnly = true
				case 2:
					n.Forbidden = true
				case 3:
					change = map[string]any{"idocs:email": "no address"}
				case 4:
					change = map[string]any{"idocs:contractorID": "abc"}
				case 5, 6, 7:
					change = nil
				case 8:
					change = map[string]any{"cm:name": "taken"}
				}
				nodes = append(nodes, n)
				changes[n.ID] = change
			}
			type result struct {
				revisions []alfresco.Revision
				kind      alfresco.Kind
				left      []alfrescotest.Node
			}
			run := func(api alfresco.API) result {
				s := newRecords(t, unsure)
				ids := s.Add(nodes...)
				s.Delete(ids[len(ids)/2])
				c := newClient(t, s, func(o *alfresco.Options) { o.API, o.Concurrency = api, 1 })
				revisions, err := c.Revise(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any { return changes[n.ID] }))
				var r result
				var e *alfresco.Error
				if err != nil {
					require.ErrorAs(t, err, &e)
					r.kind = e.Kind
				}
				for _, revision := range revisions {
					if revision.Refusal != nil {
						require.NotEmpty(t, revision.Refusal.Reason)
						revision.Refusal.Reason = ""
					}
					r.revisions = append(r.revisions, revision)
				}
				for _, n := range s.Nodes(contractor) {
					n.CreatedAt, n.ModifiedAt = time.Time{}, time.Time{}
					r.left = append(r.left, n)
				}
				return r
			}
			require.Equal(t, run(alfresco.REST), run(alfresco.Records))
		})
	}
}

func TestRecordsEndOnEverybodysTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give alfrescotest.Fault
		want alfresco.Kind
	}{
		{"cut", alfrescotest.Fault{Cut: true}, alfresco.Unavailable},
		{"failed", alfrescotest.Fault{Status: 500}, alfresco.Unavailable},
		{"bad gateway", alfrescotest.Fault{Status: 502, HTML: true}, alfresco.Unavailable},
		{"a page", alfrescotest.Fault{HTML: true}, alfresco.BadResponse},
		{"no address", alfrescotest.Fault{Status: 404, HTML: true}, alfresco.BadResponse},
		{"no records", alfrescotest.Fault{Body: `{"messages":[]}`}, alfresco.BadResponse},
		{"no records, with a reason", alfrescotest.Fault{Body: `{"messages":[{"level":"ERROR","msg":"in read-only mode"}]}`}, alfresco.ReadOnly},
		{"an error without a text", alfrescotest.Fault{Body: `{"records":[],"messages":[{"level":"ERROR","type":"","msg":null}]}`}, alfresco.Unavailable},
		{"an error of another form", alfrescotest.Fault{Body: `{"records":[],"messages":[{"level":"ERROR","type":"t","msg":[1]}]}`}, alfresco.Unavailable},
		{"too many requests", alfrescotest.Fault{Status: 429}, alfresco.RateLimited},
		{"not logged in", alfrescotest.Fault{Status: 401, HTML: true}, alfresco.BadCredentials},
		{"read-only", alfrescotest.Fault{Body: message("ReadOnlyServerException", "The system is currently in read-only mode.")}, alfresco.ReadOnly},
		{"writers in each other's way", alfrescotest.Fault{Body: message("ConcurrencyFailureException", "again and again")}, alfresco.Unavailable},
		{"no database", alfrescotest.Fault{Body: message("PSQLException", "FATAL: terminating connection")}, alfresco.Unavailable},
		{"no engine", alfrescotest.Fault{Body: message("QueryModelException", "No query language available")}, alfresco.NotSearchable},
		{"a class that nobody knows, for all", alfrescotest.Fault{Body: message("IllegalStateException", "no")}, alfresco.Unavailable},
	}
	for _, op := range []alfrescotest.Operation{alfrescotest.Query, alfrescotest.Mutate} {
		for _, tt := range tests {
			t.Run(fmt.Sprint(op, " ", tt.name), func(t *testing.T) {
				t.Parallel()
				s := newRecords(t, alfrescotest.Unsure{})
				ids := addNodes(s, 100)
				tt.give.Operation = op
				s.Inject(tt.give)
				_, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, setKPP("002202002"))
				require.NotEmpty(t, requireKind(t, tt.want, err).Summary)
				require.Empty(t, s.Writes())
				require.LessOrEqual(t, s.Count(op), 20, "the batch isn't taken apart to the last node")
			})
		}
	}
}

func TestRecordsTakeAStrangeErrorForTheNodesOwnIfOthersAreWell(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 20)
	for _, i := range []int{2, 3, 5, 7, 11, 13} {
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Mutate, NodeID: ids[i], Body: message("IllegalStateException", "a behaviour failed")})
	}
	revisions, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	require.Len(t, s.Writes(), 14)
	require.Equal(t, &alfresco.Refusal{Status: http.StatusInternalServerError, Reason: "a behaviour failed"}, revisions[13].Refusal)
}

func TestRecordsTakeAStrangeErrorOfTheFewThatAreLeftForTheirOwn(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 20)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Mutate, Body: message("IllegalStateException", "a behaviour failed")})
	revisions, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
		if n.ID == ids[1] || n.ID == ids[2] {
			return map[string]any{"idocs:kpp": "002202002"}
		}
		return nil
	}))
	require.NoError(t, err, "the next pass would fail for ever on what this one could not write")
	require.NotNil(t, revisions[1].Refusal)
	require.NotNil(t, revisions[2].Refusal)
}

func TestRecordsReportAnAttributeThatIsSkipped(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := s.Add(alfrescotest.Node{Protected: []string{"idocs:kpp"}}, alfrescotest.Node{})
	revisions, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, set(map[string]any{"idocs:kpp": "002202002", "idocs:okpo": "1"}))
	require.NoError(t, err)
	require.Equal(t, "Alfresco took the write and shows another value for idocs:kpp", revisions[0].Refusal.Reason)
	require.True(t, revisions[1].Written)
}

func TestRecordsLetABegunWriteFinish(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 5)
	ctx, cancel := context.WithCancel(t.Context())
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Mutate {
			cancel()
		}
	})
	_, err := newClient(t, s, withRecords).Revise(ctx, ids, wanted, setKPP("002202002"))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.Writes(), 5)
}

func TestRecordsOnAStockAlfrescoSayWhatToSet(t *testing.T) {
	t.Parallel()
	c := newClient(t, alfrescotest.NewServer(t), withRecords)
	_, err := c.Check(t.Context(), contractor)
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Hint, "set ALFRESCO_API to rest")
	_, err = c.NextPage(t.Context(), page(0, 1))
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Hint, "set ALFRESCO_API to rest")
}

func TestRecordsNeedAnIndexWithDbids(t *testing.T) {
	t.Parallel()
	for _, after := range []int64{0, 101} {
		s := alfrescotest.NewServer(t, alfrescotest.WithRecords(alfrescotest.Unsure{}), alfrescotest.WithEngine(alfrescotest.Elasticsearch))
		addNodes(s, 3)
		_, err := newClient(t, s, withRecords).NextPage(t.Context(), page(after, 10))
		require.Contains(t, requireKind(t, alfresco.NotSearchable, err).Hint, "solr6")
	}
}

func TestRecordsSeeThatTheSearchKeepsRangeAndOrder(t *testing.T) {
	t.Parallel()
	record := func(dbid any) map[string]any {
		return map[string]any{"id": fmt.Sprintf("alfresco/@workspace://SpacesStore/n%v", dbid), "attributes": map[string]any{"dbid": dbid, "created": "2026-01-02T03:04:05Z"}}
	}
	tests := []struct {
		name string
		give []any
		want alfresco.Kind
	}{
		{"in order", []any{record(8), record(9)}, ""},
		{"of two shards", []any{record(8), record(8)}, ""},
		{"out of order", []any{record(9), record(8)}, alfresco.BadResponse},
		{"before the range", []any{record(7), record(8)}, alfresco.BadResponse},
		{"no dbid", []any{record(nil)}, alfresco.BadResponse},
		{"half a dbid", []any{record(8.5)}, alfresco.BadResponse},
		{"no date", []any{map[string]any{"id": "alfresco/@workspace://SpacesStore/n8", "attributes": map[string]any{"dbid": 8}}}, alfresco.BadResponse},
		{"no node", []any{map[string]any{"id": "emodel/type@contractor"}}, alfresco.BadResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newRecords(t, alfrescotest.Unsure{})
			body, err := json.Marshal(map[string]any{"records": tt.give, "messages": []any{}})
			require.NoError(t, err)
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Query, Body: string(body)})
			_, err = newClient(t, s, withRecords).NextPage(t.Context(), page(7, 10))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			requireKind(t, tt.want, err)
		})
	}
}

func TestRecordsThatTheAnswerLeavesOutAreNoDeletedNodes(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 2)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Query, Body: `{"records":[],"messages":[]}`})
	_, err := newClient(t, s, withRecords).Revise(t.Context(), ids, wanted, setKPP("1"))
	requireKind(t, alfresco.BadResponse, err)
}
