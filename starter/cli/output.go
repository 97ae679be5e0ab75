package cli

import (
	"context"
	"fmt"
	"time"

	"counterparty-sync/starter/ui"
)

// pollInterval is how often a state that is watched is read; what is waited for is read twice as often.
const pollInterval = time.Second

// print prints a result: as JSON if that is asked for, else as text writes it for people.
func (a *app) print(value any, text func(*ui.Text)) error {
	return ui.Print(a.Out, a.output == "json", value, text)
}

// remark says something to a person that is no result.
func (a *app) remark(format string, args ...any) {
	if !a.quiet {
		a.warn(format, args...)
	}
}

// warn says what is missing in the output, even if --quiet.
func (a *app) warn(format string, args ...any) { _, _ = fmt.Fprintf(a.Err, format+"\n", args...) }

func (a *app) progress() *ui.Progress {
	return &ui.Progress{Err: a.Err, Terminal: a.Terminal, Quiet: a.quiet, Now: a.Now}
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
