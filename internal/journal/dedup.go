package journal

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/counterparty"
)

var dataConverter = codec.Decoded

// deduplicator emits each thing that happened once. A failed try reports what it wrote, and the try after it reports that
// again; a segment that was lost is walked again, and its nodes that were not found are not found again.
type deduplicator struct {
	emit func(Entry) error
	// open are writes of failed tries that no later try has reported, by node.
	open map[string][]Entry
	// unwritten are nodes that a batch left without an outcome, and that no later one has come to.
	unwritten map[string]Entry
	// emitted are outcomes without a write: 8 bytes each, so that a pass may have a million rejected nodes.
	emitted map[uint64]struct{}
	seed    maphash.Seed
}

// failed takes what a try had written, or was about to write, when it failed.
func (d *deduplicator) failed(b batch, entries []Entry, why string) {
	for _, node := range b.Nodes {
		if b.knew(node.ID) {
			delete(d.open, node.ID) // it reports them again, or has found that they were not made
		}
	}
	for _, entry := range entries {
		if entry.Unsure {
			entry.Reason = cmp.Or(entry.Reason, "being written when its batch failed: "+why)
		}
		d.open[entry.NodeID] = append(d.open[entry.NodeID], entry)
	}
}

// knew reports whether a try was given what earlier ones wrote to the node.
func (b batch) knew(nodeID string) bool {
	return slices.ContainsFunc(b.Written, func(o counterparty.NodeOutcome) bool { return o.NodeID == nodeID })
}

// done takes a batch that was done, with the entries of its nodes, and of those that it left without an outcome. It is the last
// word about the writes that it was given. Others are those of a segment that was lost.
func (d *deduplicator) done(b batch, entries, unwritten []Entry) error {
	for _, node := range b.Nodes {
		delete(d.unwritten, node.ID)
	}
	for _, entry := range unwritten {
		d.unwritten[entry.NodeID] = entry
	}
	now := make(map[string]Entry, len(entries))
	for _, entry := range entries {
		now[entry.NodeID] = entry
	}
	var told []Entry
	for _, node := range b.Nodes {
		open := d.open[node.ID]
		delete(d.open, node.ID)
		if b.knew(node.ID) {
			continue
		}
		for _, before := range open {
			if before.Unsure {
				_, left := d.unwritten[node.ID]
				switch after, ok := now[node.ID]; {
				case left: // it says nothing about it
				case ok && (after.Outcome == counterparty.Rejected || after.Outcome == counterparty.Failed || after.SameChanges(before.NodeOutcome)):
					continue // the same write, or it differed still: the first one had not taken place
				case !ok || after.Outcome == counterparty.Unchanged:
					before.Unsure, before.Reason = false, "" // found equal: it was made
				}
			}
			told = append(told, before)
		}
	}
	return d.emitAll(append(told, slices.DeleteFunc(entries, d.repeated)...))
}

func (d *deduplicator) emitAll(entries []Entry) error {
	for _, entry := range entries {
		if err := d.emit(entry); err != nil {
			return err
		}
	}
	return nil
}

// repeated reports whether an entry without a write was emitted before.
func (d *deduplicator) repeated(entry Entry) bool {
	if entry.Outcome == counterparty.Updated {
		return false
	}
	text, err := json.Marshal(digested(entry.NodeOutcome))
	if err != nil {
		return false
	}
	sum := maphash.Bytes(d.seed, text)
	_, ok := d.emitted[sum]
	d.emitted[sum] = struct{}{}
	return ok
}

// digested is an outcome without what depends on how much room there was for it.
func digested(o counterparty.NodeOutcome) counterparty.NodeOutcome {
	o.Reported = slices.Clone(o.Reported)
	for i, c := range o.Reported {
		o.Reported[i].Was, o.Reported[i].Became = counterparty.Digest(c.Was), counterparty.Digest(c.Became)
	}
	return o
}

// end emits the writes that no later try has looked at, and the nodes that none has come to again.
func (d *deduplicator) end() error {
	open := slices.Collect(maps.Values(d.unwritten))
	slices.SortFunc(open, func(a, b Entry) int { return cmp.Compare(a.NodeID, b.NodeID) })
	for _, nodeID := range slices.Sorted(maps.Keys(d.open)) {
		open = append(open, d.open[nodeID]...)
	}
	slices.SortStableFunc(open, func(a, b Entry) int { return a.Time.Compare(b.Time) })
	return d.emitAll(open)
}
