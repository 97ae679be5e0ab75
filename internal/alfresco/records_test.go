package alfresco_test

import (
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

func newRecords(t *testing.T, u alfrescotest.Unsure, opts ...alfrescotest.Option) *alfrescotest.Server {
	t.Helper()
	return alfrescotest.NewServer(t, append(opts, alfrescotest.WithRecords(u))...)
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
	_, err = c.Update(t.Context(), ids, []string{"idocs:kpp"}, set(map[string]any{"idocs:kpp": "002202002", "idocs:okpo": nil}))
	require.NoError(t, err)
	requests := s.Requests()
	const system = `"dbid":"sys:node-dbid?num","gone":"_notExists?bool","type":"TYPE?str","name":"cm:name?str","created":"_created?str","modified":"_modified?str"`
	require.JSONEq(t, `{"version":1,"query":{"sourceId":"alfresco/","language":"fts-alfresco","query":"TYPE:\"idocs:contractor\" AND sys:node\\-dbid:<100 TO MAX]",
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
	updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	require.Len(t, updates, 100)
	require.Len(t, s.Writes(), 100)
	require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Query: 3, alfrescotest.Mutate: 1}, s.Counts(),
		"the page, the reading, the writing, and the look whether it stands")
	s.Forget()
	_, err = c.Update(t.Context(), ids, wanted, alfresco.Decide(nothing))
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
			updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			for i, r := range updates {
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
				updates []alfresco.Updated
				kind    alfresco.Kind
				left    []alfrescotest.Node
			}
			run := func(api alfresco.API) result {
				s := newRecords(t, unsure)
				ids := s.Add(nodes...)
				s.Delete(ids[len(ids)/2])
				c := newClient(t, s, func(o *alfresco.Options) { o.API, o.Concurrency = api, 1 })
				updates, err := c.Update(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any { return changes[n.ID] }))
				var r result
				var e *alfresco.Error
				if err != nil {
					require.ErrorAs(t, err, &e)
					r.kind = e.Kind
				}
				for _, update := range updates {
					if update.Refusal != nil {
						require.NotEmpty(t, update.Refusal.Reason)
						update.Refusal.Reason = ""
					}
					r.updates = append(r.updates, update)
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
