package alfresco_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A connection that the server has closed is no trouble of Alfresco's, and costs no try.
func TestKeptConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		api       alfresco.API
		operation alfrescotest.Operation
	}{
		{alfresco.REST, alfrescotest.Search}, {alfresco.REST, alfrescotest.Metadata}, {alfresco.REST, alfrescotest.Get}, {alfresco.REST, alfrescotest.Put},
		{alfresco.Records, alfrescotest.Query},
	}
	for _, tt := range tests {
		t.Run(string(tt.operation), func(t *testing.T) {
			t.Parallel()
			v := via{api: tt.api}
			s := v.server(t)
			ids := addNodes(s, 3)
			c := v.client(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
			_, err := c.NextPage(t.Context(), page(0, 10))
			require.NoError(t, err)
			s.Inject(alfrescotest.Fault{Operation: tt.operation, Kept: true, Cut: true})
			p, err := c.NextPage(t.Context(), page(0, 10))
			require.NoError(t, err)
			require.Len(t, p.Nodes, 3)
			updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			require.Len(t, updates, 3)
			require.Len(t, s.Writes(), 3)
		})
	}
}

// A server that closes each connection is down, and is not asked for ever.
func TestRequestIsSentOnceMoreAndNoOftener(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 1)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Cut: true})
	_, _ = newClient(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.Equal(t, 2, s.Count(alfrescotest.Put))
	require.Empty(t, s.Writes())
}

// A batch is compared anew and sent once more, and no oftener.
func TestBatchIsSentOnceMoreAndNoOftener(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		give                 alfrescotest.Fault
		nodes, sent, written int
	}{
		{alfrescotest.Fault{Times: 1}, 1, 2, 1},
		{alfrescotest.Fault{Times: 1}, 3, 2, 3},
		{alfrescotest.Fault{Times: 1, After: true}, 3, 1, 3},
		{alfrescotest.Fault{}, 1, 2, 0},
	} {
		s := newRecords(t, alfrescotest.Unsure{})
		ids := addNodes(s, tt.nodes)
		tt.give.Operation, tt.give.Cut = alfrescotest.Mutate, true
		s.Inject(tt.give)
		updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, alfresco.Decide(func(n alfresco.Node) map[string]any {
			if n.Properties["idocs:kpp"] == "002202002" {
				return nil
			}
			return map[string]any{"idocs:kpp": "002202002"}
		}))
		require.NoError(t, err)
		require.Equal(t, tt.sent, s.Count(alfrescotest.Mutate), "%+v", tt)
		require.Len(t, s.Writes(), tt.written)
		for _, u := range updates {
			require.Equal(t, tt.written == 0, u.Open != nil)
		}
	}
}

// What was compared before the connection broke may be old when another one is there. It is compared anew then.
func TestComparisonThatHasGrownOldIsNotSentOnAFreshConnection(t *testing.T) {
	t.Parallel()
	s, clock := alfrescotest.NewServer(t), newWall()
	ids := addNodes(s, 1)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Kept: true, Cut: true, Times: 1})
	c := newClient(t, s, nil)
	c.SetClock(clock.now)
	stand := first(func() {
		clock.move(2 * alfresco.MaxAge)
		require.NoError(t, s.Edit(ids[0], map[string]any{"idocs:kpp": "009909009"}))
	})
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put {
			stand()
		}
	})
	r := &updater{kpp: "002202002"}
	updates, err := c.Update(t.Context(), ids, wanted, r)
	require.NoError(t, err)
	require.True(t, updates[0].Written)
	require.Equal(t, []any{"001201001", "009909009"}, r.was, "what the person saved was seen")
	require.Len(t, s.Writes(), 1)
}
