package docs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/deepcheck"
)

// TestDeepCheckTriesWhatThePageSays compares the names in the last column of the facts with what can be tried.
func TestDeepCheckTriesWhatThePageSays(t *testing.T) {
	t.Parallel()
	var named, claimed []string
	blocks := strings.Split(read(t, "how-it-works.md"), "<!-- facts -->\n")[1:]
	require.Len(t, blocks, 3)
	for _, block := range blocks {
		for _, row := range table(t, "<!-- facts -->\n"+block, "facts") {
			require.Len(t, row, 4, row[0])
			named = append(named, codes(row[3])...)
		}
	}
	for _, claim := range deepcheck.Claims() {
		claimed = append(claimed, claim.ID)
	}
	slices.Sort(named)
	require.ElementsMatch(t, claimed, slices.Compact(named))
}
