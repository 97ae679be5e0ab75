package counterparty

import (
	"slices"

	"counterparty-sync/internal/excerpt"
)

// room is how much of outcomes is kept.
type room struct {
	// whole and shown are for shorten, reason is the length of a reason; all are numbers of characters.
	whole, shown, reason int
	// changes is the number of changes of a node, reported that of differences that were left as they are.
	changes, reported int
}

// rooms are tried one after the other, each on what the one before has left. In the last one a node takes some 700 bytes,
// so that a batch fits into less than what package pass bounds.
var rooms = []room{
	{whole: MaxWhole, shown: shownOfCut, reason: 1000, changes: 1000, reported: 1000},
	{whole: 1000, shown: shownOfCut, reason: 1000, changes: 1000, reported: 1000},
	{whole: 300, shown: 100, reason: 500, changes: 1000, reported: 1000},
	{whole: 100, shown: 30, reason: 200, changes: 100, reported: 100},
	{whole: 0, shown: 10, reason: 200, changes: 20, reported: 20},
	{whole: 0, shown: 0, reason: 100, changes: 5, reported: 2},
	{whole: 0, shown: 0, reason: 50, changes: 1},
}

// Fit returns the outcomes so that they take no more than a number of bytes as JSON: the longest values are cut first, then
// shorter ones, and if that is not enough each node keeps its first changes only, one at least, and how many there are
// besides. What is left is enough to know a write by: one value of it that stands.
func Fit(outcomes []NodeOutcome, most int) []NodeOutcome {
	if len(outcomes) == 0 {
		return nil
	}
	fitted := slices.Clone(outcomes)
	for _, r := range rooms {
		for i, outcome := range fitted {
			fitted[i] = r.fit(outcome)
		}
		if Size(fitted) <= most {
			break
		}
	}
	return fitted
}

// Size is how many bytes outcomes take as JSON.
func Size(outcomes []NodeOutcome) int {
	data, err := encode(outcomes)
	if err != nil {
		return 0 // nothing that came as JSON
	}
	return len(data)
}

func (r room) fit(o NodeOutcome) NodeOutcome {
	var untold Untold
	if o.Untold != nil {
		untold = *o.Untold
	}
	if n := len(o.Changes) - r.changes; n > 0 {
		untold.Emptied += NodeOutcome{Changes: o.Changes[r.changes:]}.Emptied()
		untold.Changes += n
	}
	untold.Reported += max(0, len(o.Reported)-r.reported)
	if untold != (Untold{}) {
		o.Untold = &untold
	}
	o.Changes, o.Reported = r.shorten(o.Changes, r.changes), r.shorten(o.Reported, r.reported)
	o.Reason = excerpt.Runes(o.Reason, r.reason)
	return o
}

// shorten returns a copy of the first changes.
func (r room) shorten(changes []Change, most int) []Change {
	changes = slices.Clone(changes[:min(len(changes), most)])
	for i, change := range changes {
		changes[i].Was, changes[i].Became = shorten(change.Was, r.whole, r.shown), shorten(change.Became, r.whole, r.shown)
	}
	return changes
}
