package alfresco

import (
	"context"
	"net/http"
	"slices"
)

// judge decides about the nodes that were set aside, when all have been tried: one that others went through after is tried once
// more, and has failed if it fails again. Without any read that went through it is an outage; a write stays open.
func (b *restBatch) judge(ctx context.Context) {
	for len(b.aside) > 0 && b.err == nil {
		var again []setAside
		aside := b.aside
		b.aside = nil
		if slices.ContainsFunc(aside, func(a setAside) bool { return a.operation == opGet && !b.jury.alone(a.suspect) }) {
			b.control(ctx)
		}
		for _, a := range aside {
			switch {
			case b.jury.alone(a.suspect):
				again = append(again, a)
			case a.operation == opPut:
				b.leaveOpen(ctx, a)
			default:
				b.end(a.i, a.err)
			}
		}
		byPlace := make(map[int]setAside, len(again))
		places := make([]int, len(again))
		for n, a := range again {
			byPlace[a.i], places[n] = a, a.i
		}
		b.each(places, func(i int) { b.again(ctx, byPlace[i]) })
	}
}

// control reads a node that could be read before, to see whether reading still goes on. What it shows is not needed. A search
// may show nodes that can't be read one by one, so that of those that it has shown several are tried.
func (b *restBatch) control(ctx context.Context) bool {
	b.controlling.Lock() // or each of those that fail at once would ask
	defer b.controlling.Unlock()
	measures := b.measures()
	for _, id := range measures {
		a, err := b.c.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(id), timeout: b.c.within(b.c.timeout, 1, len(measures))})
		if err == nil {
			_, _, err = entry(opGet, id, a)
		}
		if err == nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.readable = id
			b.jury.wentThrough(opGet)
			return true
		}
		if !MayBeOne(err) {
			break
		}
	}
	return false
}

// measures are the nodes by which it shows whether reading goes on: the latest one that could be read, or else some; none if the
// call is to end.
func (b *restBatch) measures() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return nil
	case b.readable != "":
		return []string{b.readable}
	}
	shown := b.jury.known.Shown
	measures := slices.Clone(shown[:min(len(shown), maxMeasures)])
	if known := b.jury.known.Readable; known != "" {
		measures = append(measures, known)
	}
	return measures
}

// again tries a node once more that others went through after.
func (b *restBatch) again(ctx context.Context, a setAside) {
	id := b.ids[a.i]
	b.updater.Unseen([]string{id})
	update, err := b.updateOne(ctx, id)
	if err == nil {
		b.finish(a.i, update)
		return
	}
	e, own := mayBeOwn(err)
	failed := append(a.before, a.operation)
	if !own || !slices.Contains(failed, e.Operation) {
		b.fails(ctx, a.i, err, failed)
		return
	}
	switch {
	case e.Operation == opPut && b.stands(ctx, a.i):
	case e.Operation == opGet && !b.control(ctx): // an outage has begun meanwhile
		b.end(a.i, e)
	default:
		b.finish(a.i, Updated{NodeID: id, Refusal: refuseFailed(e)})
	}
}

// leaveOpen leaves a node alone whose write failed, unless it stands all the same.
func (b *restBatch) leaveOpen(ctx context.Context, a setAside) {
	if !b.stands(ctx, a.i) {
		b.finish(a.i, Updated{NodeID: b.ids[a.i], Open: a.err})
	}
}

// stands looks whether a write was made that came to no answer. If it can't be seen now, others will look.
func (b *restBatch) stands(ctx context.Context, i int) bool {
	id := b.ids[i]
	b.updater.Unseen([]string{id})
	a, err := b.c.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(id)})
	if err != nil {
		return false
	}
	current, refusal, err := entry(opGet, id, a)
	if err != nil || refusal != nil || len(b.updater.Decide(current)) > 0 {
		return false
	}
	b.finish(i, Updated{NodeID: id})
	return true
}
