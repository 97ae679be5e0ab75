package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// A pass about what changed only, and everybody again when that is due.
func TestPassAsksAboutWhatChangedOnlyAndNowAndThenAboutEverybody(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	// What the first pass writes is two days old for the next one, as if that came after the weekend.
	s.alfresco = alfrescotest.NewServer(t, alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) }))
	s.fill(60)
	s.kontur.WatchAll()
	s.startWorker()
	s.apply("batchSize: 10\nchangedOnly: true")
	first := s.trigger()
	require.Equal(t, 60, first.Pass.Counts.Updated)
	require.Nil(t, first.Pass.Walk.Since)
	require.Contains(t, s.must("", "status", s.id), "all companies: there is no completed pass to go by")
	calls, searches := s.kontur.Count("req"), s.alfresco.Counts()[alfrescotest.Get]

	s.rename(7, " II")
	s.kontur.AddCompany(konturtest.Invented(61))
	s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(61)}})
	second := s.trigger()
	require.Equal(t, "COMPLETED", second.Pass.Ended)
	require.Equal(t, 61, second.Pass.Counts.Total())
	require.Equal(t, 8, second.Pass.Counts.Updated, "the companies that changed and the node without an OGRN")
	require.EqualValues(t, 53, second.Pass.Walk.Skipped)
	require.Equal(t, 2, s.kontur.Count("req")-calls)
	require.Less(t, s.alfresco.Counts()[alfrescotest.Get]-searches, 20, "what is not asked about is not read again, and what differs twice")
	require.True(t, second.Pass.Walk.LastFull.Equal(first.Pass.Walk.StartedAt))
	require.Contains(t, s.must("", "status", s.id), "53 nodes not asked about")

	s.apply("batchSize: 10\nchangedOnly: true\nfullEvery: 1ms")
	third := s.trigger()
	require.Equal(t, 61, third.Pass.Counts.Unchanged)
	require.Zero(t, third.Pass.Walk.Skipped)
	require.Contains(t, third.Pass.Walk.Why, "one is due every 1ms")
}

// The documentation names companies that changed by OGRN, and one public client reads an INN.
func TestPassTakesChangesByINN(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.alfresco = alfrescotest.NewServer(t, alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) }))
	s.kontur = konturtest.NewServer(t, konturtest.WithChangesBy(konturtest.ByINN))
	s.fill(20)
	s.kontur.WatchAll()
	s.startWorker()
	s.apply("changedOnly: true")
	require.Equal(t, 20, s.trigger().Pass.Counts.Updated)
	s.rename(3, " II")
	second := s.trigger()
	require.Equal(t, "COMPLETED", second.Pass.Ended)
	require.Equal(t, 3, second.Pass.Counts.Updated)
	require.EqualValues(t, 17, second.Pass.Walk.Skipped)
}
