package workflows

import (
	"strings"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// beginAside decides where a pass that runs beside the schedule begins. There is no pass before it.
func (p *passRun) beginAside() {
	if p.sync.AdHoc == nil || p.sync.AdHoc.After == 0 {
		return
	}
	after := p.sync.AdHoc.After
	p.result.LastModifiedNodeDbid, p.result.ResumedFrom = &after, &after
}

// countOnly takes a batch for done whose identifiers were counted.
func (s *segmentRun) countOnly(b *batch) {
	ids, _ := identifiers(s.sync.SearchParam, b.nodes)
	b.asked = int64(len(ids) * len(s.sync.Sources))
	for _, node := range b.nodes {
		outcome := counterparty.Unchanged
		if counterparty.Check(s.sync.SearchParam, strings.TrimSpace(node.Key)) != nil {
			outcome = counterparty.InvalidID
		}
		b.counts.Add(outcome)
	}
	b.written = true
}

// writingWord is what becomes of what differs.
func (s *segmentRun) writingWord() string {
	if s.sync.Plans() {
		return "told: a plan writes nothing"
	}
	return "written"
}

// sourcesUnused are the sources that a plan did not use.
func (p *passRun) sourcesUnused() {
	if !p.sync.Plans() {
		return
	}
	p.each(func(source sourcestate.Source) {
		switch {
		case source.ID == pass.WriteSource:
			p.set(source.ID, sourcestate.Skipped, "a plan writes nothing")
		case source.ID != pass.ReadSource && p.sync.CountsOnly():
			p.set(source.ID, sourcestate.Skipped, "identifiers were counted only")
		}
	})
}
