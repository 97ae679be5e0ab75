package journal

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"

	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
)

var dataConverter = converter.GetDefaultDataConverter()

// sifter lets each thing that happened through once. A failed try tells what it wrote, and the try after it tells that
// again; a segment that was lost is walked again, and its nodes that were not found are not found again.
type sifter struct {
	see func(Entry) error
	// open are writes of failed tries that no later try has told, by node.
	open map[string][]Entry
	// told are outcomes without a write: 8 bytes each, so that a pass with a million rejected nodes is no trouble.
	told map[uint64]struct{}
	seed maphash.Seed
}

func newSifter(see func(Entry) error) *sifter {
	return &sifter{see: see, open: map[string][]Entry{}, told: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

// failed takes what a try had written, or was about to write, when it failed.
func (s *sifter) failed(b batch, entries []Entry, why string) {
	for _, node := range b.Nodes {
		if b.knew(node.ID) {
			delete(s.open, node.ID) // it tells them again, or has found that they were not made
		}
	}
	for _, entry := range entries {
		if entry.Unsure {
			entry.Reason = cmp.Or(entry.Reason, "being written when its batch failed: "+why)
		}
		s.open[entry.NodeID] = append(s.open[entry.NodeID], entry)
	}
}

// knew reports whether a try was told what earlier ones wrote to the node.
func (b batch) knew(nodeID string) bool {
	return slices.ContainsFunc(b.Written, func(o counterparty.NodeOutcome) bool { return o.NodeID == nodeID })
}

// done takes a batch that was done: the entries of those of its nodes that there is something to tell about. It is the last
// word about the writes that it was told of. Others are those of a segment that was lost.
func (s *sifter) done(b batch, entries []Entry) error {
	told := make(map[string]Entry, len(entries))
	for _, entry := range entries {
		told[entry.NodeID] = entry
	}
	for _, node := range b.Nodes {
		open := s.open[node.ID]
		delete(s.open, node.ID)
		if b.knew(node.ID) {
			continue
		}
		for _, before := range open {
			if before.Unsure {
				switch after, ok := told[node.ID]; {
				case ok && (after.Outcome == counterparty.Rejected || after.SameChanges(before.NodeOutcome)):
					continue // the same write, or it differed still: the first one had not taken place
				case !ok || after.Outcome == counterparty.Unchanged:
					before.Unsure, before.Reason = false, "" // found equal: it stands
				}
			}
			if err := s.see(before); err != nil {
				return err
			}
		}
	}
	for _, entry := range entries {
		if s.repeated(entry) {
			continue
		}
		if err := s.see(entry); err != nil {
			return err
		}
	}
	return nil
}

// repeated reports whether an entry without a write was told before.
func (s *sifter) repeated(entry Entry) bool {
	if entry.Outcome == counterparty.Updated {
		return false
	}
	text, err := json.Marshal(digested(entry.NodeOutcome))
	if err != nil {
		return false
	}
	sum := maphash.Bytes(s.seed, text)
	_, ok := s.told[sum]
	s.told[sum] = struct{}{}
	return ok
}

// digested is an outcome without what depends on how much room there was to tell it.
func digested(o counterparty.NodeOutcome) counterparty.NodeOutcome {
	o.Reported = slices.Clone(o.Reported)
	for i, c := range o.Reported {
		o.Reported[i].Was, o.Reported[i].Became = counterparty.Digest(c.Was), counterparty.Digest(c.Became)
	}
	return o
}

// end tells the writes that nobody has looked at since.
func (s *sifter) end() error {
	var open []Entry
	for _, nodeID := range slices.Sorted(maps.Keys(s.open)) {
		open = append(open, s.open[nodeID]...)
	}
	slices.SortStableFunc(open, func(a, b Entry) int { return a.Time.Compare(b.Time) })
	for _, entry := range open {
		if err := s.see(entry); err != nil {
			return err
		}
	}
	return nil
}

// rejected are the outcomes of nodes that were not brought up to date, with what a person can do. A node that was
// deleted is none of them: there is nothing to do.
var rejected = map[counterparty.Outcome]string{
	counterparty.NotFound:  "check the identifier on the node: the register knows no such company",
	counterparty.Ambiguous: "give the node a KPP or an OGRN that tells which company it is, or correct the one that it has",
	counterparty.InvalidID: "correct the identifier on the node: it is missing or mistyped",
	counterparty.Rejected:  "see the reason in Alfresco: unlock the node, or give the account the right to edit it",
}

// Rejected reports whether an outcome is that of a node that was not brought up to date and still could be.
func Rejected(o counterparty.Outcome) bool { return rejected[o] != "" }

func hint(outcome counterparty.NodeOutcome) string { return rejected[outcome.Outcome] }
