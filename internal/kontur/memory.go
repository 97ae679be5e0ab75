package kontur

import (
	"cmp"
	"sync"

	"counterparty-sync/internal/kontur/methods"
)

// What the answers of a client take of memory at most: of each request in flight the text of one item, and of all of them
// one item decoded, which is the larger part by far.

// targetBytes is what an answer should weigh: more is asked about in several calls. It is no limit: how much is in memory
// does not depend on it, but how much is lost with a connection, and how long others wait for the slot.
const targetBytes = 32 << 20

// maxAnswerBytes bounds an answer that may not end, besides what each identifier in a question may weigh. A list of a
// million companies has less.
const maxAnswerBytes = 64 << 20

// weights remember what an identifier weighs in the answers of each method, so that the next request asks for as much as
// an answer should weigh.
type weights struct {
	target float64 // bytes of an answer
	mu     sync.Mutex
	bytes  map[string]float64 // for one identifier
	most   map[string]int     // identifiers of one call, after one that took too long; missing if there is no such bound
}

// note takes an answer in. It counts by how many it was about: one about 100 replaces all before it.
func (w *weights) note(method string, ids int, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bytes == nil {
		w.bytes = map[string]float64{}
	}
	if most, ok := w.most[method]; ok {
		w.most[method] = min(2*most, methods.MaxIDs)
	}
	old := w.bytes[method]
	w.bytes[method] = old + (float64(bytes)/float64(ids)-old)*float64(ids)/methods.MaxIDs
}

// tooMany takes in that an answer about so many identifiers did not begin in time: the next one is about half as many, and
// each that comes lets the one after it be about twice as many again. That one about a single company did not says nothing
// about how many are too many.
func (w *weights) tooMany(method string, ids int) {
	if ids < 2 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.most == nil {
		w.most = map[string]int{}
	}
	w.most[method] = ids / 2
}

// share is how many of so many identifiers the next call asks about: equal parts, of which none should weigh too much.
func (w *weights) share(method string, ids int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	most := cmp.Or(w.most[method], methods.MaxIDs)
	if weight := w.bytes[method]; weight*methods.MaxIDs > w.target {
		most = max(1, min(most, int(w.target/weight)))
	}
	if most == methods.MaxIDs {
		return min(ids, methods.MaxIDs)
	}
	calls := (ids + most - 1) / most
	return (ids + calls - 1) / calls
}
