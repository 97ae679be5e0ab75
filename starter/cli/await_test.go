package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	at, checkpoint := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), int64(57509)
	trouble := strings.Repeat("Ж", 200)
	working := syncs.Status{
		State: &pass.State{Status: pass.InProgress, LastModifiedNodeDbid: &checkpoint, CountProcessedNodes: 30},
		Pass:  &syncs.Pass{Counts: counterparty.Counts{Updated: 10, Unchanged: 15, Rejected: 5}},
	}
	waiting := working
	waiting.State = &pass.State{Status: pass.RetryWaiting, TryCount: 2, NextTry: &at, Error: &trouble}

	var out bytes.Buffer
	now := at
	p := (&app{IO: IO{Err: &out, Now: func() time.Time { return now }}}).progress()
	show := func(s syncs.Status) { p.Show(string(s.State.Status), progressLine(s)) }
	for _, step := range []struct {
		after time.Duration
		give  syncs.Status
	}{{0, working}, {time.Second, working}, {time.Second, waiting}, {30 * time.Second, waiting}, {31 * time.Second, waiting}} {
		now = now.Add(step.after)
		show(step.give)
	}
	p.Clear()
	require.Equal(t, "IN_PROGRESS  30 nodes to dbid 57509: 10 updated, 15 unchanged, 5 other\n"+
		strings.Repeat("RETRY_WAITING  try 2 at 03:04:05: "+trouble+"\n", 2), out.String(), "when the status changes, and once a minute")

	out.Reset()
	p = (&app{IO: IO{Err: &out, Now: time.Now, Terminal: true}}).progress()
	show(waiting)
	line := strings.TrimPrefix(out.String(), "\r\033[K")
	require.Equal(t, ui.Width, utf8.RuneCountInString(line), "a line that wraps can't be drawn over")
	p.Clear()
	require.True(t, strings.HasSuffix(out.String(), "\r\033[K"))
}
