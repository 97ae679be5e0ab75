package cli

import (
	"fmt"
	"strings"
	"time"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

const (
	// progressEvery is how often progress is told where it can't be drawn in place.
	progressEvery = time.Minute
	// progressWidth fits the narrowest terminal in use: a line that wraps can't be drawn over.
	progressWidth = 79
)

// progress shows a pass: in place on a terminal, else a line when the status changes and once a minute.
type progress struct {
	app    *app
	drawn  bool
	status pass.Status
	told   time.Time
}

func (p *progress) show(s syncs.Status) {
	if p.app.quiet {
		return
	}
	line := progressLine(s)
	now := p.app.Now()
	switch {
	case p.app.Terminal:
		if runes := []rune(line); len(runes) > progressWidth {
			line = string(runes[:progressWidth-1]) + "…"
		}
		_, _ = fmt.Fprintf(p.app.Err, "\r\033[K%s", line)
		p.drawn = true
	case s.State.Status != p.status || now.Sub(p.told) >= progressEvery:
		_, _ = fmt.Fprintln(p.app.Err, line)
		p.status, p.told = s.State.Status, now
	}
}

// progressLine says first what matters most, for the end of the line may be cut.
func progressLine(s syncs.Status) string {
	if s.State.Status == pass.ApprovalWaiting && s.State.NextTry != nil {
		what, _, _ := strings.Cut(*s.State.Error, "; hint: ")
		return fmt.Sprintf("%s  starter approve %s or starter refuse %s, until %s: %s",
			s.State.Status, s.ID, s.ID, s.State.NextTry.Format(time.RFC3339), what)
	}
	if s.State.NextTry != nil {
		return fmt.Sprintf("%s  try %d at %s: %s", s.State.Status, s.State.TryCount, s.State.NextTry.Format(time.TimeOnly), *s.State.Error)
	}
	c := s.Pass.Counts
	return fmt.Sprintf("%s  %d nodes to dbid %s: %d updated, %d unchanged, %d other",
		s.State.Status, s.State.CountProcessedNodes, dbid(s.State.LastModifiedNodeDbid), c.Updated, c.Unchanged, c.Total()-c.Updated-c.Unchanged)
}

func (p *progress) clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.app.Err, "\r\033[K")
	}
}
