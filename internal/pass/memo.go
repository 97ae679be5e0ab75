package pass

import (
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/sourcestate"
)

const (
	// MaxMemo bounds a memo, in bytes of JSON: Temporal warns at 2 KiB, key and encoding included.
	MaxMemo = 1900
	// passFrame is what the result of a pass takes without its error and its sources: names, and values as long as they
	// may become.
	passFrame = 1050
	// brakeFrame is what its brake takes on top.
	brakeFrame = 170
	// scopeFrame is what its scope takes on top without its reason: five times, a mark, the name of a key and two numbers.
	scopeFrame = 430
	// missingFrame and untriedFrame are what Missing takes without names, and Untried with no more than a word.
	missingFrame = 50
	untriedFrame = 40
	// leastReason is what is left of a reason beside a long error. What failed is in the error.
	leastReason = 10
	// leastReplaced is what is left beside an error of why a pass was replaced: that it was. The result keeps all.
	leastReplaced = 30
)

// ForMemo is the result as ResultFromMemo reads it later: with an error and reasons as long as a memo has room for.
func (r Result) ForMemo() Result {
	r.Quotas, r.QuotaProblem, r.Unwritable = nil, "", nil
	room := MaxMemo - passFrame
	if r.Scope = r.Scope.Short(); r.Scope != nil {
		room -= scopeFrame + sourcestate.LengthInJSON(r.Scope.Why)
	}
	if r.Brake != nil {
		room -= brakeFrame
	}
	if r.Missing != nil {
		room -= missingFrame
	}
	if r.Untried != "" {
		room -= untriedFrame
	}
	if r.Forgotten != "" {
		room -= len(`"forgotten":"",`) + sourcestate.LengthInJSON(r.Forgotten)
	}
	if r.Replaced != "" {
		most := MaxReplaced
		if r.Error != nil {
			most = leastReplaced
		}
		r.Replaced = sourcestate.CutJSON(r.Replaced, most)
		room -= len(`"replaced":"",`) + sourcestate.LengthInJSON(r.Replaced)
	}
	if r.Error != nil {
		bare := r.Sources.Fit(0)
		least := lengthOf(bare) + leastReason*len(bare.Sources())
		text := sourcestate.CutJSON(*r.Error, max(0, room-least))
		r.Error = &text
		room -= sourcestate.LengthInJSON(text)
	}
	r.Sources = r.Sources.Fit(room)
	r = r.withRest(max(0, room-lengthOf(r.Sources)))
	if r.Brake != nil && r.Brake.Hold != nil {
		hold := *r.Brake.Hold
		hold.Evidence = nil
		r.Brake = &Brake{Changed: r.Brake.Changed, Emptied: r.Brake.Emptied, Hold: &hold}
	}
	return r
}

// withRest gives what nobody else takes to the names of what is missing, and to why nodes were not tried again.
func (r Result) withRest(room int) Result {
	if r.Missing != nil {
		var taken int
		r.Missing, taken = r.Missing.within(room)
		room -= taken
	}
	r.Untried = sourcestate.CutJSON(r.Untried, untriedFrame/2+room)
	return r
}

// lengthOf is what sources take in JSON.
func lengthOf(sources sourcestate.Sources) int {
	length := 0
	for _, source := range sources.Sources() {
		length += len(`{"id":"","state":"","reason":""},`) + len(source.ID) + len(source.State) + sourcestate.LengthInJSON(source.Reason)
	}
	return length
}

// ResultFromMemo reads the Result that a pass left in its memo. It is nil if there is none: the pass has just begun.
func ResultFromMemo(memo *commonpb.Memo) (*Result, error) { return FromMemo[Result](memo, StateMemo) }

// FromMemo reads the value of a memo. It is nil if there is none of that name.
func FromMemo[T any](memo *commonpb.Memo, name string) (*T, error) {
	payload := memo.GetFields()[name]
	if payload == nil {
		return nil, nil
	}
	value := new(T)
	if err := codec.Decoded.FromPayload(payload, value); err != nil {
		return nil, fmt.Errorf("read memo %s: %w", name, err)
	}
	return value, nil
}

// EndedByTemporal says how a pass ended that left no word of its own: TERMINATED, TIMED_OUT, CANCELED, or FAILED or
// COMPLETED without a memo.
func EndedByTemporal(status enums.WorkflowExecutionStatus) string {
	// Not status.String(), which is TimedOut.
	return strings.TrimPrefix(enums.WorkflowExecutionStatus_name[int32(status)], "WORKFLOW_EXECUTION_STATUS_")
}
