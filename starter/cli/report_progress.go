package cli

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/ui"
)

// reportProgress shows what the sources of a report do: in place on a terminal, else a line for each change.
type reportProgress struct {
	*ui.Progress
	known map[string]sourcestate.Source
}

func (p *reportProgress) show(sources sourcestate.Sources) {
	p.Draw(reportLine(sources))
	p.Say(p.changes(sources)...)
}

// end says the last changes, if there was anything to wait for.
func (p *reportProgress) end(sources sourcestate.Sources) {
	if p.known != nil {
		p.Say(p.changes(sources)...)
	}
	p.Clear()
}

// changes are lines about the sources whose states are not known yet.
func (p *reportProgress) changes(sources sourcestate.Sources) []string {
	var lines []string
	for _, s := range sources.Sources() {
		before, seen := p.known[s.ID]
		if s == before || !seen && s.State == sourcestate.NotStarted {
			continue
		}
		if p.known == nil {
			p.known = map[string]sourcestate.Source{}
		}
		p.known[s.ID] = s
		line := s.ID + ": " + stateWord(s.State)
		if s.Reason != "" {
			line += ", " + excerpt.Line(s.Reason)
		}
		lines = append(lines, line)
	}
	return lines
}

// reportLine says first what matters most, for its end is cut where it would not fit a terminal.
func reportLine(r sourcestate.Sources) string {
	sources := r.Sources()
	if len(sources) == 0 {
		return "the report begins"
	}
	counts := r.Counts()
	var waiting []string
	for _, s := range sources {
		if s.State.Waits() {
			waiting = append(waiting, s.ID+" "+stateWord(s.State))
		}
	}
	return fmt.Sprintf("%d of %d sources done, %d failed; %s", counts.OK+counts.Error, len(sources), counts.Error, strings.Join(waiting, ", "))
}

// stateWord is a state as people read it: not started.
func stateWord(s sourcestate.State) string {
	return strings.ToLower(strings.ReplaceAll(string(s), "_", " "))
}
