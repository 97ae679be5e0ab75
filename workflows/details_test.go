package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// What people read in the Web UI under "User Metadata".
func TestDetails(t *testing.T) {
	t.Parallel()
	checkpoint, next, trouble := int64(4711), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "kontur.req: 503; hint: wait"
	sync := pass.Sync{ID: "main", Name: "Nightly"}.WithDefaults()
	result := pass.Result{
		State: pass.State{
			Status: pass.RetryWaiting, LastModifiedNodeDbid: &checkpoint, CountProcessedNodes: 30, TryCount: 2, NextTry: &next, Error: &trouble,
		},
		Counts: counterparty.Counts{Updated: 20, Unchanged: 10}, ResumedFrom: &checkpoint, Sources: sourcesOf(sync.Sources),
	}
	require.NoError(t, result.Sources.Set("kontur.req", sourcestate.Delayed, "a|b"))
	require.Equal(t, `**Nightly** RETRY_WAITING

| | |
|---|---|
| checkpoint (dbid) | 4711 |
| processed | 30 |
| segment | 3 |
| went on from dbid | 4711 |
| updated | 20 |
| unchanged | 10 |
| not found | 0 |
| ambiguous | 0 |
| invalid id | 0 |
| rejected | 0 |
| gone | 0 |
| **source** | **state** |
| alfresco.read | NOT_STARTED |
| kontur.req | DELAYED a\|b |
| alfresco.write | NOT_STARTED |
| try | 2 of 3 |
| next try | 2026-01-02T03:04:05Z |

kontur.req: 503; hint: wait
`, details(sync, result, 3))
}
