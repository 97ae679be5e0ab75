package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/page"
)

// phase is how far a batch has come.
type phase int

// The phases of a batch. Nothing of it is under way in the last three.
const (
	// underway: it is fetched, asked about or written.
	underway phase = iota
	// written: its nodes are up to date. It is committed when all before it are.
	written
	// failed: it could not be done; failure says why.
	failed
	// calledOff: one before it failed, or the segment was cancelled.
	calledOff
)

// batch is at most 100 nodes on their way.
type batch struct {
	// WrittenBatch is what it comes to: up to where, and what it has cost and changed so far.
	pass.WrittenBatch
	// nodes are those that Kontur.Focus is asked about, standing others, which keep the outcome of an earlier pass. total is about
	// how many there are after the batch began, all of its own among them; 0 if that is not known.
	nodes    []pass.NodeRef
	standing []pass.Standing
	total    int64
	// failed are nodes that could not be read. They are done with that. unread is why no node could be.
	failed []pass.FailedNode
	unread error
	// answers is how many bytes of answers it has, or is taken to have; writing is what it takes while it is written, nil while it
	// is not.
	answers int
	writing *pass.Load

	phase   phase
	failure *pass.Failure
	callOff workflow.CancelFunc // nil if nothing of it runs by itself

	// place and stage are for people: where it begins, and where it is right now, which show shows.
	place, stage string
	show         func()
}

func newBatch(done pass.WrittenBatch, phase phase) *batch {
	return &batch{WrittenBatch: done, phase: phase, place: "after dbid " + md.Number(done.After)}
}

// fetchedBatch is a batch as it was read.
func fetchedBatch(after int64, fetched pass.FetchedBatch) *batch {
	b := newBatch(pass.WrittenBatch{After: after, LastDbid: fetched.LastDbid}, underway)
	b.nodes, b.failed, b.total = fetched.Nodes, fetched.Failed, fetched.Total
	return b
}

// enter shows where the batch is now.
func (b *batch) enter(stage string) {
	b.stage = stage
	b.show()
}

// skip leaves nodes alone that are up to date without being read.
func (b *batch) skip(upToDate func(pass.NodeRef) bool) {
	fetched := len(b.nodes)
	b.nodes = slices.DeleteFunc(b.nodes, upToDate)
	b.Skipped = int64(fetched - len(b.nodes))
}

// write notes what became of its nodes.
func (b *batch) write(result pass.DiffAndUpdateResult) {
	b.Counts, b.Emptied, b.AlsoChanged = result.Counts, int64(result.Emptied), int64(result.AlsoChanged)
	b.Counts.Unchanged += int(b.Skipped)
	b.Counts.Failed += len(b.failed)
	b.phase = written
}

// countOnly takes the batch for done whose identifiers were counted.
func (b *batch) countOnly(sync pass.Sync) {
	ids, _ := identifiers(sync.SearchParam, b.nodes)
	b.Asked = int64(len(ids) * len(sync.Sources))
	for _, node := range b.nodes {
		outcome := counterparty.Unchanged
		if _, err := counterparty.ParseID(sync.SearchParam, counterparty.Bare(node.Key)); err != nil {
			outcome = counterparty.InvalidID
		}
		b.Counts.Add(outcome)
	}
	b.Counts.Failed += len(b.failed)
	b.phase = written
}

// queue are batches in order of the nodes.
type queue []*batch

// first is the batch whose turn it is to be committed; nil if there is none.
func (q queue) first() *batch {
	if len(q) == 0 {
		return nil
	}
	return q[0]
}

// awaitTurn waits until every batch before this one is committed.
func (q *queue) awaitTurn(ctx workflow.Context, b *batch) error {
	if q.first() == b {
		return nil
	}
	b.enter("waits for its turn to be written, because of the brake")
	return workflow.Await(ctx, func() bool { return q.first() == b })
}

// idle reports whether nothing is under way any more.
func (q queue) idle() bool {
	return !slices.ContainsFunc(q, func(b *batch) bool { return b.phase == underway })
}

// callOffBehind calls off what is behind a batch and has not yet begun to be written.
func (q queue) callOffBehind(b *batch) {
	for _, later := range q[slices.Index(q, b)+1:] {
		if later.callOff != nil {
			later.callOff()
		}
	}
}

// answers are the bytes of answers that the batches under way have, or are taken to have.
func (q queue) answers() []int {
	var bytes []int
	for _, b := range q {
		if b.phase == underway && b.answers > 0 {
			bytes = append(bytes, b.answers)
		}
	}
	return bytes
}

// writing is what the batches take that are being written.
func (q queue) writing() []pass.Load {
	var loads []pass.Load
	for _, b := range q {
		if b.writing != nil {
			loads = append(loads, *b.writing)
		}
	}
	return loads
}

// written are those that are.
func (q queue) written() []pass.WrittenBatch {
	var done []pass.WrittenBatch
	for _, b := range q {
		if b.phase == written {
			done = append(done, b.WrittenBatch)
		}
	}
	return done
}

// rows are what people see of the batches, and of the one that is being read, if there is one.
func (q queue) rows(fetching *batch) []page.Batch {
	var rows []page.Batch
	for _, b := range q {
		rows = append(rows, page.Batch{After: b.After, Nodes: len(b.nodes), Stage: b.stage})
	}
	if fetching != nil {
		rows = append(rows, page.Batch{After: fetching.After, Stage: fetching.stage})
	}
	return rows
}

// identifiers are what may be asked about nodes, each once, and the KPPs of the nodes, each once.
func identifiers(by counterparty.IDKind, nodes []pass.NodeRef) (ids, kpps []string) {
	keys := make([]string, len(nodes))
	seen := map[string]bool{"": true}
	for i, node := range nodes {
		keys[i] = node.Key
		if !seen[node.KPP] {
			seen[node.KPP] = true
			kpps = append(kpps, node.KPP)
		}
	}
	return counterparty.Texts(counterparty.Askable(by, keys)), kpps
}

// writtenAhead are batches that an earlier segment wrote behind one that failed, and that were not come to yet.
type writtenAhead []pass.WrittenBatch

// take is the batch that begins after the cursor.
func (w *writtenAhead) take(cursor int64) (done pass.WrittenBatch, ok bool) {
	i := slices.IndexFunc(*w, func(b pass.WrittenBatch) bool { return b.After == cursor })
	if i < 0 {
		return done, false
	}
	done = (*w)[i]
	*w = slices.Delete(*w, i, i+1)
	return done, true
}

// next is the dbid after the cursor from which on a batch is written; 0 if there is none. A batch that is fetched again may
// have fewer nodes than before: it must not reach into one that is written, which would not be met then.
func (w writtenAhead) next(cursor int64) int64 {
	var next int64
	for _, b := range w {
		if b.After > cursor && (next == 0 || b.After < next) {
			next = b.After
		}
	}
	return next
}

// from are those from a dbid on.
func (w writtenAhead) from(dbid int64) []pass.WrittenBatch {
	return slices.DeleteFunc(slices.Clone(w), func(b pass.WrittenBatch) bool { return b.After < dbid })
}
