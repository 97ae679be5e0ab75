package pass

import (
	"strings"
	"time"
)

// Kind tells passes of the schedule from those that run beside it. The words are names on the wire.
type Kind string

// The kinds of passes.
const (
	// Scheduled passes are started by the sync's Schedule, one at a time, and hand their state to the next one.
	Scheduled Kind = "pass"
	// Narrowed passes walk chosen nodes only. Their state is nobody else's.
	Narrowed Kind = "only"
	// Planned passes write nothing.
	Planned Kind = "plan"
)

// AdHoc is what makes a pass run beside the schedule. Such a pass starts from the beginning, has no brake, because a person
// chose its nodes or it writes nothing, and its state is nobody else's.
type AdHoc struct {
	// Plan: nothing is written.
	Plan bool `json:"plan,omitempty"`
	// CostOnly: nobody is asked and nothing is compared, the identifiers are counted only. It goes with Plan.
	CostOnly bool `json:"costOnly,omitempty"`
	// After is the dbid after which to begin.
	After int64 `json:"after,omitempty"`
	// Selection are the nodes to walk; null walks all.
	Selection *Selection `json:"only,omitempty"`
}

// Selection chooses nodes: those with one of the ids, and those with one of the identifiers, MaxSelection in all.
type Selection struct {
	// Nodes are ids, and what FailedNode.ID made.
	Nodes []string `json:"nodes,omitempty"`
	// IDs are INNs or OGRNs, whichever the sync searches by.
	IDs []string `json:"ids,omitempty"`
}

// MaxSelection bounds what one pass can be narrowed to: Solr takes 1,024 alternatives in a query.
const MaxSelection = 1000

// Narrows reports whether there is a choice at all.
func (o *Selection) Narrows() bool { return o != nil && len(o.Nodes)+len(o.IDs) > 0 }

// Selection is what the pass is narrowed to; nil walks all nodes.
func (s Sync) Selection() *Selection {
	if s.AdHoc == nil || !s.AdHoc.Selection.Narrows() {
		return nil
	}
	return s.AdHoc.Selection
}

// Kind is the kind of a pass with this input.
func (s Sync) Kind() Kind {
	switch {
	case s.AdHoc == nil:
		return ""
	case s.AdHoc.Plan:
		return Planned
	}
	return Narrowed
}

// Plans reports whether the pass writes nothing.
func (s Sync) Plans() bool { return s.AdHoc != nil && s.AdHoc.Plan }

// CountsOnly reports whether the pass asks nobody.
func (s Sync) CountsOnly() bool { return s.Plans() && s.AdHoc.CostOnly }

// AsAdHoc is the input of a pass of the sync that runs beside the schedule.
func (s Sync) AsAdHoc(aside AdHoc) Sync {
	s.MaxChanged, s.MaxChangedShare, s.MaxEmptied, s.ApprovalTimeout = nil, nil, nil, nil
	s.AdHoc, s.ResetAt, s.Rewind = &aside, "", nil
	s.AskAgainDays = nil // it tries nothing again
	if aside.After == 0 {
		// All nodes, young ones too: a checkpoint that might pass some is nobody's.
		s.Start = Beginning
	}
	return s
}

// WithSelection is the input of a segment that walks some nodes of a pass of the schedule.
func (s Sync) WithSelection(nodes []string) Sync {
	s.AdHoc, s.Start = &AdHoc{Selection: &Selection{Nodes: nodes}}, Beginning
	return s
}

// AdHocID is the workflow id of a pass that runs beside its schedule. It never reads as that of a scheduled one.
func AdHocID(scheduleID string, kind Kind, at time.Time) string {
	return scheduleID + "/" + string(kind) + "-" + at.UTC().Format("20060102T150405.000Z")
}

// KindOf is the kind of the pass with a workflow id that AdHocID, or a Schedule, made.
func KindOf(workflowID string) Kind {
	_, last, _ := strings.Cut(workflowID, "/")
	for _, kind := range []Kind{Narrowed, Planned} {
		if strings.HasPrefix(last, string(kind)+"-") {
			return kind
		}
	}
	return Scheduled
}
