package pass

import "counterparty-sync/internal/wire"

// Workflows, activities, signals and queries of syncs, each with what goes in and what comes out. They are names on the
// wire: histories, schedules and scripts hold them, so they never change.
const (
	SyncWorkflow    wire.Workflow[Sync, Result]                  = "CounterpartySync"
	SegmentWorkflow wire.Workflow[SegmentRequest, SegmentResult] = "SyncSegment"

	FetchBatch       wire.Activity[FetchBatchRequest, FetchBatchResult]             = "FetchBatch"
	QuerySource      wire.Activity[QuerySourceRequest, QuerySourceResult]           = "QuerySource"
	DiffAndUpdate    wire.Activity[DiffAndUpdateRequest, DiffAndUpdateResult]       = "DiffAndUpdate"
	FindPreviousPass wire.Activity[FindPreviousPassRequest, FindPreviousPassResult] = "FindPreviousPass"
	// ReadProgress finds what a segment that was lost had committed.
	ReadProgress wire.Activity[ReadProgressRequest, ReadProgressResult] = "ReadProgress"
	// CheckSearchAttributes finds whether a pass may set search attributes.
	CheckSearchAttributes wire.Activity[CheckSearchAttributesRequest, CheckSearchAttributesResult] = "CheckSearchAttributes"
	// FindRejected finds which older nodes a pass that walks only new ones has to try again.
	FindRejected wire.Activity[FindRejectedRequest, FindRejectedResult] = "FindRejected"
	// DescribeSchedule finds whether the configuration of a pass is still that of its schedule, and TriggerSchedule has the next
	// pass start if it is not: once, whoever else asks for it, while the pass still runs.
	DescribeSchedule wire.Activity[DescribeScheduleRequest, DescribeScheduleResult] = "DescribeSchedule"
	TriggerSchedule  wire.Activity[TriggerScheduleRequest, TriggerScheduleResult]   = "TriggerSchedule"

	// ReadChanges finds whether Kontur.Focus knows what changed, and the mark of the worker's mapping.
	ReadChanges wire.Activity[ReadChangesRequest, ReadChangesResult] = "ReadChanges"
	// SelectChanged finds about which companies of a batch Kontur.Focus has to be asked.
	SelectChanged wire.Activity[SelectChangedRequest, SelectChangedResult] = "SelectChanged"
	// ReadQuotas asks Kontur.Focus what the contract has left.
	ReadQuotas wire.Activity[ReadQuotasRequest, ReadQuotasResult] = "ReadQuotas"

	// FindKeyHolder finds whether any worker holds the key of a sync or of a report type.
	FindKeyHolder wire.Activity[FindKeyHolderRequest, FindKeyHolderResult] = "FindKeyHolder"

	// ProgressSignal goes from a segment to its pass.
	ProgressSignal wire.Signal[Progress] = "progress"
	// RetrySignal ends a pass's RETRY_WAITING. Without a waiting pass it does nothing.
	RetrySignal wire.Signal[Retry] = "retry"
	// ApprovalSignal answers a pass in APPROVAL_WAITING. One that names another hold does nothing.
	ApprovalSignal wire.Signal[Approval] = "approval"

	// StateQuery returns the six-field State.
	StateQuery wire.Query[State] = "state"
	// ProgressQuery returns the current Result.
	ProgressQuery wire.Query[Result] = "progress"
	// ReportQuery returns the state of every source of the pass, in both dialects.
	ReportQuery wire.Query[SourceDocuments] = "report"
)
