package pass

import (
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
)

// ResultFromMemo reads the Result that a pass left in its memo. It is nil if there is none: the pass has just begun.
func ResultFromMemo(memo *commonpb.Memo) (*Result, error) {
	payload := memo.GetFields()[StateMemo]
	if payload == nil {
		return nil, nil
	}
	var result Result
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &result); err != nil {
		return nil, fmt.Errorf("read memo %s: %w", StateMemo, err)
	}
	return &result, nil
}

// EndedByTemporal says how a pass ended that left no word of its own: TERMINATED, TIMED_OUT, CANCELED, or FAILED or
// COMPLETED without a memo.
func EndedByTemporal(status enums.WorkflowExecutionStatus) string {
	// Not status.String(), which is TimedOut.
	return strings.TrimPrefix(enums.WorkflowExecutionStatus_name[int32(status)], "WORKFLOW_EXECUTION_STATUS_")
}
