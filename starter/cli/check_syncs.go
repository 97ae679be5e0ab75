package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/preflight"
	"counterparty-sync/starter/syncs"
)

// syncsTimeout bounds the look at all schedules.
const syncsTimeout = 30 * time.Second

// checkSyncs looks at the schedules of all syncs, once Temporal is known to answer.
func (a *app) checkSyncs(ctx context.Context, before []preflight.Finding) []preflight.Finding {
	if slices.ContainsFunc(before, func(f preflight.Finding) bool { return f.Name == "temporal" && !f.OK }) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, syncsTimeout)
	defer cancel()
	queue, err := a.queue()
	if err != nil {
		return []preflight.Finding{{Name: "syncs", Text: err.Error()}}
	}
	manager := &syncs.Manager{Temporal: a.connection, TaskQueue: queue, Now: a.Now}
	list, err := manager.Inspect(ctx)
	if err != nil {
		return []preflight.Finding{{Name: "syncs", Text: err.Error(), Hint: "check that the account may list schedules"}}
	}
	findings := make([]preflight.Finding, len(list))
	for i, s := range list {
		findings[i] = syncFinding(s)
	}
	return findings
}

func syncFinding(s syncs.Inspection) preflight.Finding {
	f := preflight.Finding{Name: "sync " + s.ID, OK: len(s.Problems) == 0}
	if !f.OK {
		f.Text = strings.Join(s.Problems, "; ")
		f.Hint = "starter apply -f FILE, with the sync's file, puts the schedule right"
		return f
	}
	f.Text, f.Hint = "schedule "+s.ScheduleID, strings.Join(s.Remarks, "; ")
	if s.Paused {
		f.Text += ", " + pausedText(cmp.Or(s.Note, "no reason given"))
	}
	return f
}
