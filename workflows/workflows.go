// Package workflows holds the deterministic half of syncs: CounterpartySync, the pass that a Schedule starts, and
// SyncSegment, the stretch of batches that a pass runs as a child. Package report below it holds that of reports.
//
// It decides what happens next and when to wait, and keeps the checkpoint and the state. It talks to nothing: activities
// do, by the names in packages pass and report. It reads no clock but the workflow's and logs with the workflow's logger only.
package workflows

import (
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
	"counterparty-sync/workflows/report"
)

// Register registers all workflows under their names on the wire, with a worker, a replayer or a test environment.
func Register(r worker.WorkflowRegistry) {
	flow.Register(r, pass.SyncWorkflow, CounterpartySync)
	flow.Register(r, pass.SegmentWorkflow, SyncSegment)
	report.Register(r)
}
