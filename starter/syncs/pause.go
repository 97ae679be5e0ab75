package syncs

import (
	"context"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/schedule"
)

// Pause pauses the schedule; a running pass goes on.
func (m *Manager) Pause(ctx context.Context, id, note string) error {
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	return e.handle.Pause(ctx, client.SchedulePauseOptions{Note: note})
}

// Resume ends a pause. A schedule without starts stays paused, for the reason that its sync gives: the server would
// remove it.
func (m *Manager) Resume(ctx context.Context, id, note string) error {
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	if spec := e.description.Schedule.Spec; spec != nil && !schedule.HasStarts(*spec) {
		return e.handle.Pause(ctx, client.SchedulePauseOptions{Note: schedule.NoteByHand})
	}
	return e.handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note})
}

// pauseOf decides whether a schedule is paused after its sync was applied, and why. What operators set is kept; a pause
// that followed from the sync is reckoned anew. If the sync's enabled has changed (toggled), the sync decides.
func pauseOf(have client.ScheduleState, want client.ScheduleOptions, toggled bool) (paused bool, note string) {
	switch {
	case toggled:
		return want.Paused, want.Note
	case have.Paused && schedule.IsNoteOfSync(have.Note):
		return want.Paused, want.Note
	case !have.Paused && want.Paused && !schedule.HasStarts(want.Spec):
		// To run such a schedule means nothing but its removal.
		return want.Paused, want.Note
	}
	return have.Paused, have.Note
}
