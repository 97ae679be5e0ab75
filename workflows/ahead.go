package workflows

import (
	"slices"

	"counterparty-sync/internal/pass"
)

// writtenAhead are batches that an earlier segment wrote behind one that failed.
type writtenAhead struct {
	all []pass.WrittenBatch
	// taken are those that were come to, by After.
	taken map[int64]bool
}

func newWrittenAhead(all []pass.WrittenBatch) writtenAhead {
	return writtenAhead{all: all, taken: map[int64]bool{}}
}

// take is the batch that begins after the cursor, once.
func (w writtenAhead) take(cursor int64) (done pass.WrittenBatch, ok bool) {
	for i := len(w.all) - 1; i >= 0 && !w.taken[cursor]; i-- {
		if w.all[i].After == cursor {
			w.taken[cursor] = true
			return w.all[i], true
		}
	}
	return done, false
}

// next is the dbid after the cursor from which on a batch is written; 0 if there is none. A batch that is fetched again may
// have fewer nodes than before: it must not reach into one that is written, which would not be met then.
func (w writtenAhead) next(cursor int64) int64 {
	var next int64
	for _, b := range w.all {
		if b.After > cursor && (next == 0 || b.After < next) {
			next = b.After
		}
	}
	return next
}

// left are those from a dbid on whose turn did not come.
func (w writtenAhead) left(from int64) []pass.WrittenBatch {
	return slices.DeleteFunc(slices.Clone(w.all), func(b pass.WrittenBatch) bool { return w.taken[b.After] || b.After < from })
}
