package cli

import (
	"context"
	"fmt"
	"time"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// await shows the progress of a pass until it has ended; name is what to call it. When ctx ends, so does the waiting.
func (a *app) await(ctx context.Context, name string, read func() (syncs.Status, error)) (syncs.Status, error) {
	p := a.progress()
	defer p.Clear()
	for {
		status, err := read()
		switch {
		case ctx.Err() != nil:
			return status, ctx.Err()
		case err != nil:
			return status, err
		case status.Pass == nil:
			return status, fmt.Errorf("%s is no longer kept by Temporal", name)
		case status.Pass.FinishedAt != nil:
			return status, nil
		case status.Pass.Ended == "":
			p.Show(string(status.State.Status), progressLine(status))
		}
		sleep(ctx, pollInterval/2)
	}
}

// progressLine says first what matters most, for the end of the line may be cut.
func progressLine(s syncs.Status) string {
	if s.State.Status == pass.ApprovalWaiting && s.State.NextTry != nil {
		what, _ := pass.SplitHint(*s.State.Error)
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
