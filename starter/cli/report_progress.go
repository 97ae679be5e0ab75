package cli

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// reportProgress shows what the sources of a report do: in place on a terminal, else a line for each change.
type reportProgress struct {
	app   *app
	drawn bool
	known map[string]sourcestate.Source
}

func (p *reportProgress) show(reading desk.Reading) {
	switch {
	case p.app.quiet:
	case p.app.Terminal:
		_, _ = fmt.Fprintf(p.app.Err, "\r\033[K%s", reportLine(reading.Document.Sources))
		p.drawn = true
	default:
		p.tell(reading.Document.Sources)
	}
}

// end tells the last changes, where they are not drawn in place.
func (p *reportProgress) end(reading desk.Reading) {
	if p.known != nil && !p.app.quiet && !p.app.Terminal {
		p.tell(reading.Document.Sources)
	}
	p.clear()
}

func (p *reportProgress) tell(sources sourcestate.Sources) {
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
			line += ", " + oneLine(s.Reason)
		}
		_, _ = fmt.Fprintln(p.app.Err, line)
	}
}

func (p *reportProgress) clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.app.Err, "\r\033[K")
		p.drawn = false
	}
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
	line := []rune(fmt.Sprintf("%d of %d sources done, %d failed; %s", counts.OK+counts.Error, len(sources), counts.Error, strings.Join(waiting, ", ")))
	if len(line) > progressWidth {
		line = append(line[:progressWidth-1], '…')
	}
	return string(line)
}

// stateWord is a state as people read it: not started.
func stateWord(s sourcestate.State) string {
	return strings.ToLower(strings.ReplaceAll(string(s), "_", " "))
}
