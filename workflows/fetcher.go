package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

// maxFetched is how many batches one fetch brings at most. It costs as many events, and about as many steps of Temporal's, as one
// that brings a single batch; more would be read in vain where a segment ends.
const maxFetched = 8

// fetcher reads nodes ahead of the batches that are on their way, so that none of these waits for a fetch. What it has read are ids
// and keys, some 10 kB a batch.
type fetcher struct {
	reader reader
	// most is how many batches a fetch may bring.
	most int
	// ahead are those that an earlier segment wrote and that were not come to yet.
	ahead writtenAhead
	// cursor is up to where nodes were read.
	cursor int64
	// waiting are batches that were read and are not on their way. The last one may be one that could not be read.
	waiting queue
	// reading is the batch that a fetch begins with; nil if none is under way.
	reading *batch
	// ended: nothing more will be waiting; reached: because there are no more nodes.
	ended, reached bool
	show           func()
	// stop calls it off.
	stop workflow.CancelFunc
}

// start begins to read after the cursor.
func (f *fetcher) start(ctx workflow.Context) {
	ctx, f.stop = workflow.WithCancel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		f.run(ctx)
		f.reading, f.ended = nil, true
	})
}

// run reads one batch at first, so that it is soon on its way, then more at once. It reads on when fewer are waiting than a fetch
// brings, and ends with the nodes, with a batch that can't be read, and when it is called off.
func (f *fetcher) run(ctx workflow.Context) {
	for batches := 1; workflow.Await(ctx, func() bool { return len(f.waiting) < batches }) == nil; {
		if done, ok := f.ahead.take(f.cursor); ok {
			f.add(newBatch(done, written))
			continue
		}
		last := f.ahead.next(f.cursor)
		result, err := f.fetch(ctx, last, batches)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			b := newBatch(pass.WrittenBatch{After: f.cursor}, underway)
			b.unread = err
			f.add(b)
			return
		case len(result.Batches) > 0:
			for _, fetched := range result.Batches {
				f.add(fetchedBatch(f.cursor, fetched))
			}
		case last > 0:
			// All of them are gone by now. What comes next is written.
			f.add(newBatch(pass.WrittenBatch{After: f.cursor, LastDbid: last}, written))
		default:
			f.reached = true
			return
		}
		batches = min(2*batches, f.most)
	}
}

// fetch reads so many batches at most, up to the last dbid unless that is 0.
func (f *fetcher) fetch(ctx workflow.Context, last int64, batches int) (pass.FetchBatchResult, error) {
	f.reading = newBatch(pass.WrittenBatch{After: f.cursor}, underway)
	f.reading.show = f.show
	result, err := f.reader.read(ctx, f.cursor, last, batches, f.reading.enter)
	f.reading = nil
	f.show()
	return result, err
}

// add lets a batch wait behind the others.
func (f *fetcher) add(b *batch) {
	b.show = f.show
	f.cursor = b.LastDbid
	f.waiting = append(f.waiting, b)
}

// take is the batch that has waited longest.
func (f *fetcher) take() *batch {
	b := f.waiting.first()
	f.waiting = slices.Delete(f.waiting, 0, 1)
	return b
}

// left are batches from a dbid on that an earlier segment wrote, and that are not on their way.
func (f *fetcher) left(dbid int64) []pass.WrittenBatch {
	return append(f.waiting.written(), f.ahead.from(dbid)...)
}
