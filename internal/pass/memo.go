package pass

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
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
