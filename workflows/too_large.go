package workflows

import (
	"fmt"

	"counterparty-sync/internal/pass"
)

// halved is the sync with batches half as large, if the failure is one that is more than a payload holds. What was answered
// about it is lost and asked again, which is why the batches do not grow again. It does not count as a try: no system failed.
func halved(sync pass.Sync, failure *pass.Failure) (smaller pass.Sync, ok bool) {
	if failure.Type != pass.FailureTooLarge || *sync.BatchSize == 1 {
		return sync, false
	}
	half := (*sync.BatchSize + 1) / 2
	sync.BatchSize = &half
	return sync, true
}

// tooLarge is the failure of a batch whose answers are more than a payload holds.
func tooLarge(b *batch, answers, bytes int) *pass.Failure {
	return &pass.Failure{
		Type:    pass.FailureTooLarge,
		Source:  pass.WriteSource,
		Message: fmt.Sprintf("the answers of %d sources %s have %d bytes, more than the %d that a payload may have", answers, b.place, bytes, pass.MaxAnswerBytes),
		Hint:    pass.HintTooLarge,
	}
}
