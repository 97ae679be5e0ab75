package ui

import (
	"fmt"
	"io"
	"time"

	"counterparty-sync/internal/excerpt"
)

const (
	// every is how often progress is shown where it can't be drawn in place.
	every = time.Minute
	// Width fits the narrowest terminal in use: a line that wraps can't be drawn over.
	Width = 79
	// restart goes back to the beginning of the line and clears it.
	restart = "\r\033[K"
)

// Progress shows how far a long work is: on a terminal in one line that is drawn over, elsewhere in lines that stay, and not
// at all if Quiet. Its zero value but for Err and Now is ready.
type Progress struct {
	Err io.Writer
	// Terminal: Err is one.
	Terminal, Quiet bool
	Now             func() time.Time

	drawn bool
	topic string
	said  time.Time
}

// Show shows a line: in place on a terminal, elsewhere when the topic changes and once a minute.
func (p *Progress) Show(topic, line string) {
	p.Draw(line)
	if p.Terminal {
		return
	}
	now := p.Now()
	switch {
	case topic == p.topic && p.said.IsZero():
		p.said = now // there is nothing to say yet
	case topic != p.topic || now.Sub(p.said) >= every:
		p.Say(line)
		p.topic, p.said = topic, now
	}
}

// Draw shows a line in place, on a terminal only. It should begin with what matters most, for its end may be cut off.
func (p *Progress) Draw(line string) {
	if p.Quiet || !p.Terminal {
		return
	}
	_, _ = fmt.Fprint(p.Err, restart, excerpt.Within(line, Width))
	p.drawn = true
}

// Say shows lines that stay, where there is no terminal.
func (p *Progress) Say(lines ...string) {
	if p.Quiet || p.Terminal {
		return
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(p.Err, line)
	}
}

// Clear takes away what is drawn, to make room for other output.
func (p *Progress) Clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.Err, restart)
		p.drawn = false
	}
}
