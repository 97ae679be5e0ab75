package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// What is watched is changed by command only, and what others watch stays.
func TestWatchAddsTheCompaniesOfASync(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	for n := 1; n <= 3; n++ {
		s.kontur.AddCompany(konturtest.Invented(n))
	}
	s.kontur.WatchAll() // others do
	for n := 3; n <= 5; n++ {
		s.kontur.AddCompany(konturtest.Invented(n))
		s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(n), "idocs:ogrn": konturtest.OGRN(n)}})
	}
	s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(5), "idocs:ogrn": konturtest.OGRN(5)}},
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(6)}},
		alfrescotest.Node{Properties: map[string]any{"idocs:ogrn": konturtest.OGRN(99)}})
	s.apply("")

	require.Equal(t, "6 nodes, 1 of them without an OGRN\nthe watch list has 3 companies and would have 6; nothing was changed\n", s.must("", "watch", "add", s.id))
	require.Len(t, s.kontur.WatchList(), 3)
	require.Equal(t, "6 nodes, 1 of them without an OGRN\n? "+konturtest.OGRN(99)+"  Kontur.Focus does not know it\n"+
		"the watch list has 5 companies; it had 3 before\n", s.must("", "watch", "add", s.id, "--yes"))
	require.Len(t, s.kontur.WatchList(), 5, "those of others stay")
	require.Contains(t, s.must("", "watch", "add", s.id, "-o", "json"), `"before":5`)
}
