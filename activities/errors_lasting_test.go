package activities

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// TestLastingFailures keeps the list that alerts rest on equal to the tables of errors.
func TestLastingFailures(t *testing.T) {
	t.Parallel()
	want := map[string]bool{pass.FailureTooLarge: true}
	for _, v := range konturFailures {
		want[v.failure] = want[v.failure] || !v.waitable
	}
	for _, v := range alfrescoFailures {
		want[v.failure] = want[v.failure] || !v.waitable
	}
	got := pass.LastingFailures()
	for failure, lasting := range want {
		require.Equal(t, lasting, slices.Contains(got, failure), failure)
	}
}
