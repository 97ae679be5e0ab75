package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

// halve makes the batches of the rest of the pass half as large where one was more than a payload holds. What was answered
// about it is lost and asked again, which is why the batches do not grow again. It is no try: nobody failed.
func (p *passRun) halve(ctx workflow.Context, failure *pass.Failure) bool {
	if failure.Type != pass.FailureTooLarge || *p.sync.BatchSize == 1 {
		return false
	}
	half := (*p.sync.BatchSize + 1) / 2
	workflow.GetLogger(ctx).Warn("the batches of this pass are halved: an answer does not fit into a payload", "sync", p.sync.ID,
		"dbid", p.checkpoint(), "batchSize", half, "error", failure.Message, "hint", failure.Hint)
	p.sync.BatchSize = &half
	return true
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
