package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report"
)

// An id without a value is no id, however null is written.
func TestNullIsNoID(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"null", "~", "", "Null", "NULL"} {
		_, err := report.ParseTypes([]byte("types:\n  - id: " + null + "\n    sources:\n      - id: " + null + "\n        method: req\n"))
		require.EqualError(t, err, "type 1 id is missing; allowed: 1 to 60 characters a-z, 0-9 and hyphen, a letter first\n"+
			"type 1 source 1 id is missing; allowed: 3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last", null)
	}
}
