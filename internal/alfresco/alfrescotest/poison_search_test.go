package alfrescotest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A search fails if its page would show the node, and no other search does.
func TestPoisonSearch(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	letters(s, 4)
	s.PoisonSearch(alfrescotest.Fault{Status: http.StatusInternalServerError}, "c")
	for query, want := range map[string]int{
		`TYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO MAX]`:                                     500,
		`TYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO 102]`:                                     200,
		`TYPE:"idocs:contractor" AND sys:node\-dbid:<103 TO MAX]`:                                   200,
		`TYPE:"idocs:contractor" AND sys:node\-dbid:[103 TO 103]`:                                   500,
		`TYPE:"cm:folder" AND sys:node\-dbid:<0 TO MAX]`:                                            200,
		`sys:node\-dbid:<0 TO MAX] AND (ID:"x" OR sys:node\-dbid:[101 TO 101])`:                     200,
		`sys:node\-dbid:<0 TO MAX] AND (ID:"workspace://SpacesStore/c" OR sys:node\-dbid:[1 TO 1])`: 500,
	} {
		require.Equal(t, want, search(t, s, query, byDbid).status, query)
	}
	require.Equal(t, 200, search(t, s, all, byDbid+`,"paging":{"maxItems":2,"skipCount":0}`).status)
	require.Equal(t, []string{"d"}, idsOf(search(t, s, `TYPE:"idocs:contractor" AND (sys:node\-dbid:[104 TO 104] OR sys:node\-dbid:[9 TO 9]) AND sys:node\-dbid:<0 TO MAX]`, byDbid)))
	require.Equal(t, 200, do(t, s, http.MethodGet, nodesPath+"c", "").status, "the node itself can be read")
	s.CureSearch("c")
	require.Equal(t, []string{"a", "b", "c", "d"}, idsOf(search(t, s, all, byDbid)))
}
