package alfresco_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// What does not stand is looked at once more, a second later, and no oftener.
func TestRecordsThatShowAWriteLateAreReadOnceMore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		late    time.Duration
		paused  []time.Duration
		written bool
		reads   int
	}{
		{"at once", 0, nil, true, 2},
		{"within a second", time.Second, []time.Duration{time.Second}, true, 3},
		{"later", time.Second + 1, []time.Duration{time.Second}, false, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clock := newWall()
			s := newRecords(t, alfrescotest.Unsure{Late: tt.late}, alfrescotest.WithClock(clock.now))
			ids := addNodes(s, 3)
			c := newClient(t, s, withRecords)
			var paused []time.Duration
			c.SetPause(func(_ context.Context, d time.Duration) error {
				paused = append(paused, d)
				clock.move(d)
				return nil
			})
			updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.NoError(t, err)
			require.Len(t, updates, 3)
			for _, update := range updates {
				require.Equal(t, tt.written, update.Written)
				require.Equal(t, tt.written, update.Refusal == nil)
			}
			require.Equal(t, tt.paused, paused)
			require.Equal(t, tt.reads, s.Count(alfrescotest.Query))
			require.Equal(t, 1, s.Count(alfrescotest.Mutate))
		})
	}
}

// Only what is in doubt is read again: the other nodes stand.
func TestRecordsReadOnceMoreOnlyWhatIsInDoubt(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{HideForbidden: true})
	ids := append(addNodes(s, 2), s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:okpo": "1"}, Protected: []string{"idocs:kpp"}})...)
	s.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Mutate {
			s.SetFlags(ids[1], false, false, true)
		}
	})
	c := newClient(t, s, withRecords)
	c.SetPause(func(context.Context, time.Duration) error {
		s.SetFlags(ids[1], false, false, false)
		return nil
	})
	updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}, {NodeID: ids[1], Written: true}}, updates[:2])
	require.Contains(t, updates[2].Refusal.Reason, "shows another value for idocs:kpp")
	requests := s.Requests()
	last := string(requests[len(requests)-2].Body) // behind it stands the question whether any node has the attribute
	require.NotContains(t, last, ids[0])
	require.Contains(t, last, ids[2])
}

func TestPauseBeforeTheSecondLookEndsWithTheCall(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{Late: time.Hour})
	ids := addNodes(s, 1)
	c := newClient(t, s, withRecords)
	ctx, cancel := context.WithCancel(t.Context())
	c.SetPause(func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	})
	updates, err := c.Update(ctx, ids, wanted, setKPP("002202002"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, updates, "whether it was saved is not known")
}

// An answer in the form of another version has no records, which is not the end of a walk.
func TestRecordsWithErrorsAreNotTheEndOfTheWalk(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	addNodes(s, 3)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Query, Body: `{"records":[],"errors":[{"type":"x.SearcherException","msg":"Solr is down"}],"hasMore":false,"totalCount":0}`})
	_, err := newClient(t, s, withRecords).NextPage(t.Context(), page(0, 10))
	require.Equal(t, "Solr is down", requireKind(t, alfresco.Unavailable, err).Summary)
}
