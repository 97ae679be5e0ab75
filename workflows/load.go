package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// load keeps the batches in flight within what they share: how many there may be, the bytes of their answers, the room for
// their heartbeats and what one workflow task may send. What a batch will take is taken to be as much as the largest of those
// that came before it lately.
type load struct {
	lookahead int
	// answered are the bytes of the answers about batches, announced those of their largest heartbeats.
	answered, announced recent
}

// mayLaunch reports whether another batch may be on its way beside these.
func (l *load) mayLaunch(batches queue) bool {
	return len(batches) < l.lookahead && pass.MayAsk(pass.AnswerBytes(l.answered), batches.answers()...)
}

// awaitRoom waits until a batch may be written beside those that are. From then on it takes its room, until done is called. Batches
// are woken in order of the nodes.
func (l *load) awaitRoom(ctx workflow.Context, batches *queue, b *batch) error {
	bytes := 0
	if len(b.standing) > 0 {
		bytes = counterparty.Size(outcomesOf(b.standing))
	}
	mayWrite := func() bool {
		next := pass.LoadOf(l.lookahead, bytes, l.announced)
		if !next.MayWrite(batches.writing()...) {
			return false
		}
		b.writing = &next
		return true
	}
	if mayWrite() {
		return nil
	}
	b.enter("waits to be written: those that are being written are large")
	return workflow.Await(ctx, mayWrite)
}

// asked notes how many bytes the answers about a batch have.
func (l *load) asked(b *batch, bytes int) {
	b.answers = bytes
	l.answered.add(bytes)
}

// done notes that a batch is written, or could not be.
func (l *load) done(b *batch, result pass.DiffAndUpdateResult, err error) {
	b.writing = nil
	if err == nil && result.Evidence == nil {
		l.announced.add(result.Announced)
	}
}

// recent are what batches weighed lately, in bytes.
type recent []int

// maxRecent is of how many batches that is remembered: large ones among them are not forgotten at once.
const maxRecent = 2 * pass.MaxLookahead

func (r *recent) add(bytes int) {
	*r = append(*r, bytes)
	*r = (*r)[max(0, len(*r)-maxRecent):]
}

func outcomesOf(standing []pass.Standing) []counterparty.NodeOutcome {
	outcomes := make([]counterparty.NodeOutcome, len(standing))
	for i, s := range standing {
		outcomes[i] = s.Outcome
	}
	return outcomes
}
