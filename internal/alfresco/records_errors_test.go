package alfresco_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

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
		{"errors of another version", alfrescotest.Fault{Body: `{"records":[],"errors":[{"type":"x.IllegalStateException","msg":"no"}],"hasMore":false,"totalCount":0}`}, alfresco.Unavailable},
		{"errors of another version, as texts", alfrescotest.Fault{Body: `{"records":[],"errors":["in read-only mode"]}`}, alfresco.ReadOnly},
		{"an error without a text", alfrescotest.Fault{Body: `{"records":[],"messages":[{"level":"ERROR","type":"","msg":null}]}`}, alfresco.Unavailable},
		{"an error of another form", alfrescotest.Fault{Body: `{"records":[],"messages":[{"level":"ERROR","type":"t","msg":[1]}]}`}, alfresco.Unavailable},
		{"too many requests", alfrescotest.Fault{Status: 429}, alfresco.RateLimited},
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
				_, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("002202002"))
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
	updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	require.Len(t, s.Writes(), 14)
	require.Equal(t, &alfresco.Refusal{Failed: true, Unwritable: true, Status: http.StatusOK, Reason: "a behaviour failed"}, updates[13].Refusal)
}

func TestRecordsLeaveTheFewThatAreLeftOpenOnAStrangeError(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := addNodes(s, 20)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Mutate, Body: message("IllegalStateException", "a behaviour failed")})
	updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
		if n.ID == ids[1] || n.ID == ids[2] {
			return map[string]any{"idocs:kpp": "002202002"}
		}
		return nil
	}))
	require.NoError(t, err, "the next pass would fail for ever on what this one could not write")
	for _, i := range []int{1, 2} {
		require.Nil(t, updates[i].Refusal, "no other was written")
		require.ErrorContains(t, updates[i].Open, "a behaviour failed")
	}
}

func TestRecordsReportAnAttributeThatIsSkipped(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	ids := s.Add(alfrescotest.Node{Protected: []string{"idocs:kpp"}}, alfrescotest.Node{})
	updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, set(map[string]any{"idocs:kpp": "002202002", "idocs:okpo": "1"}))
	require.NoError(t, err)
	require.Equal(t, "Alfresco accepted the write but shows another value for idocs:kpp", updates[0].Refusal.Reason)
	require.True(t, updates[1].Written)
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
	_, err := newClient(t, s, withRecords).Update(ctx, ids, wanted, setKPP("002202002"))
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
	_, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("1"))
	requireKind(t, alfresco.BadResponse, err)
}

// The statuses are those that REST gives the same exceptions (Alfresco Community Repository, public-rest-context.xml).
func TestRecordsRefuseANodeWithTheStatusOfREST(t *testing.T) {
	t.Parallel()
	for class, status := range map[string]int{
		"NodeLockedException": 409, "UnableToAquireLockException": 422, "IntegrityException": 422, "AccessDeniedException": 403,
	} {
		s := newRecords(t, alfrescotest.Unsure{})
		ids := addNodes(s, 1)
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Mutate, Body: message("org.alfresco."+class, "no")})
		updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("002202002"))
		require.NoError(t, err)
		require.Equal(t, &alfresco.Refusal{Status: status, Reason: "no"}, updates[0].Refusal, class)
	}
}

// What the pass goes by when waiting has not helped is told with either API, and in either form of an answer.
func TestErrorOfMostNodesMayBeTheirs(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		give := alfrescotest.Fault{Status: 500, Summary: "a behaviour failed"}
		if v.api == alfresco.Records {
			give = alfrescotest.Fault{Body: message("IllegalStateException", "a behaviour failed")}
		}
		for _, op := range []alfrescotest.Operation{v.read, v.write} {
			s := v.server(t)
			ids := addNodes(s, 8)
			give.Operation = op
			s.Inject(give)
			_, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.Error(t, err)
			require.True(t, alfresco.MayBeOne(err), err)
		}
	})
}

// A write may stand although each answer to it got lost, the last one too.
func TestRecordsSeeAWriteThatStandsAtEachTry(t *testing.T) {
	t.Parallel()
	for refused := range 8 {
		s := newRecords(t, alfrescotest.Unsure{})
		ids := addNodes(s, 8)
		bad := alfrescotest.Fault{Operation: alfrescotest.Mutate, NodeID: ids[4]}
		lost := bad
		lost.Skip, lost.After, lost.Status = refused, true, http.StatusGatewayTimeout
		s.Inject(lost)
		if refused > 0 {
			bad.Times, bad.Status = refused, http.StatusInternalServerError
			s.Inject(bad)
		}
		updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, &updater{kpp: "002202002"})
		require.NoError(t, err)
		stands := slices.ContainsFunc(s.Writes(), func(w alfrescotest.Write) bool { return w.NodeID == ids[4] })
		require.Equal(t, stands, updates[4].Refusal == nil && updates[4].Open == nil, "%d were refused: %+v", refused, updates[4])
	}
}
