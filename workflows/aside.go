package workflows

import (
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
