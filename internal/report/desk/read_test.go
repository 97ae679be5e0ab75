package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// states are those of the document's sources, in order.
func states(d report.Document) []sourcestate.State {
	var all []sourcestate.State
	for _, s := range d.Sources.Sources() {
		all = append(all, s.State)
	}
	return all
}

func TestReadOfARunThatIsAliveOrReady(t *testing.T) {
	t.Parallel()
	const (
		none     = sourcestate.NotStarted
		asking   = sourcestate.Asking
		answered = sourcestate.Answered
	)
	refreshing := request()
	refreshing.RefreshOf = "first"
	tests := []struct {
		name       string
		give       func(w world)
		types      bool
		want       []sourcestate.State
		content    int
		ended      string
		unanswered bool
	}{
		{"under way, it answers itself", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
			w.answers("run", document(w.t, answered, asking))
		}, false, []sourcestate.State{answered, asking, none}, 1, "", false},
		{"just begun, its sources are those of its type", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
			w.answers("run", report.Document{UID: uid, Type: "full"})
		}, true, []sourcestate.State{none, none, none}, 0, "", false},
		{"just begun and nobody knows its type", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
			w.answers("run", report.Document{UID: uid, Type: "full"})
		}, false, nil, 0, "", false},
		{"no worker: what the type says", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
			w.nobodyAnswers("run")
			w.began("run", request())
		}, true, []sourcestate.State{none, none, none}, 0, "", true},
		{"no worker: what an earlier run left, to be asked again", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
			w.nobodyAnswers("run")
			w.began("run", refreshing)
			w.has("first", false, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
			w.left("first", document(w.t, answered, answered, answered), nil)
		}, false, []sourcestate.State{none, none, none}, 1, "", true},
		{"no worker: the states of the memo", func(w world) {
			w.hasWith("run", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, document(w.t, answered, asking).Sources)
			w.nobodyAnswers("run")
			w.began("run", request())
		}, false, []sourcestate.State{answered, asking, none}, 0, "", true},
		{"ready, no worker is asked", func(w world) {
			w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
			w.left("run", document(w.t, answered, answered, answered), nil)
		}, false, []sourcestate.State{answered, answered, answered}, 1, "COMPLETED", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t)
			if tt.types {
				c.Types = types(t)
			}
			tt.give(w)
			reading, err := c.Read(t.Context(), uid)
			require.NoError(t, err)
			require.Equal(t, uid, reading.Document.UID)
			require.Equal(t, tt.want, states(reading.Document))
			require.Len(t, reading.Document.Content, tt.content)
			require.Equal(t, tt.ended, reading.Ended)
			require.Equal(t, tt.ended == "", reading.Running())
			require.Equal(t, tt.unanswered, reading.Unanswered)
			require.Equal(t, "run", reading.RunID)
		})
	}
}

func TestReadOfARunThatWasCutOffWaitsForNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status      enums.WorkflowExecutionStatus
		worker      bool
		types       bool
		want        []sourcestate.State
		missing     []string
		ended, text string
	}{
		"terminated, a worker is there": {enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, true, false,
			[]sourcestate.State{sourcestate.Answered, sourcestate.Cancelled, sourcestate.Cancelled}, []string{"kontur.egr", "kontur.contacts"},
			"TERMINATED", "the report was cut off (terminated)"},
		"what is optional is not missing": {enums.WORKFLOW_EXECUTION_STATUS_CANCELED, true, true,
			[]sourcestate.State{sourcestate.Answered, sourcestate.Cancelled, sourcestate.Cancelled}, []string{"kontur.egr"},
			"CANCELED", "the report was cut off (canceled)"},
		"timed out": {enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, true, true,
			[]sourcestate.State{sourcestate.Answered, sourcestate.FailedInternally, sourcestate.Cancelled}, []string{"kontur.egr"},
			"TIMED_OUT", "the report was cut off (timed out)"},
		"nobody answers": {enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, false, true,
			[]sourcestate.State{sourcestate.Cancelled, sourcestate.Cancelled, sourcestate.Cancelled}, []string{"kontur.req", "kontur.egr"},
			"TERMINATED", "the report was cut off (terminated)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t)
			if tt.types {
				c.Types = types(t)
			}
			w.has("run", true, tt.status)
			if tt.worker {
				w.answers("run", document(t, sourcestate.Answered, sourcestate.Asking))
			} else {
				w.nobodyAnswers("run")
				w.began("run", request())
			}
			reading, err := c.Read(t.Context(), uid)
			require.NoError(t, err)
			require.True(t, reading.Document.Sources.Complete())
			require.Equal(t, tt.want, states(reading.Document))
			require.Equal(t, tt.missing, reading.Document.Missing)
			require.Equal(t, tt.ended, reading.Ended)
			require.Equal(t, tt.text, reading.Problem)
			require.Equal(t, ended, reading.Document.UpdatedAt)
			require.Equal(t, began, reading.Document.CreatedAt)
		})
	}
}

func TestReadOfARunThatWasCutOffKnowsTheMemo(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t)
	c.Types = types(t)
	w.hasWith("run", true, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, document(t, sourcestate.Failed, sourcestate.Asking, sourcestate.Failed).Sources)
	w.nobodyAnswers("run")
	w.began("run", request())
	reading, err := c.Read(t.Context(), uid)
	require.NoError(t, err)
	require.Equal(t, []sourcestate.State{sourcestate.Failed, sourcestate.Cancelled, sourcestate.Failed}, states(reading.Document))
	require.Equal(t, []string{"kontur.req", "kontur.egr"}, reading.Document.Missing)
}

func TestReadOfARunThatFailed(t *testing.T) {
	t.Parallel()
	unknown := temporal.NewNonRetryableApplicationError(`"full" is none of: short; hint: add it`, report.FailureUnknownType, nil)
	refreshing := request()
	refreshing.RefreshOf = "second"
	t.Run("for its type", func(t *testing.T) {
		t.Parallel()
		w, c := newWorld(t)
		w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
		w.left("run", report.Document{}, unknown)
		w.began("run", request())
		_, err := c.Read(t.Context(), uid)
		require.ErrorIs(t, err, desk.ErrUnknownType)
		require.EqualError(t, err, `"full" is none of: short`)
	})
	t.Run("for another reason", func(t *testing.T) {
		t.Parallel()
		w, c := newWorld(t)
		w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
		w.left("run", report.Document{}, errBroken)
		w.began("run", request())
		_, err := c.Read(t.Context(), uid)
		require.ErrorIs(t, err, errBroken)
		require.NotErrorIs(t, err, desk.ErrUnknownType)
	})
	t.Run("as a refresh, the report stays what it was", func(t *testing.T) {
		t.Parallel()
		w, c := newWorld(t)
		w.has("run", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
		w.left("run", report.Document{}, unknown)
		w.began("run", refreshing)
		w.has("second", false, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED)
		second := request()
		second.RefreshOf = "first"
		w.began("second", second)
		w.has("first", false, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
		w.left("first", document(t, sourcestate.Answered, sourcestate.Answered, sourcestate.Skipped), nil)
		reading, err := c.Read(t.Context(), uid)
		require.NoError(t, err)
		require.Equal(t, "FAILED", reading.Ended)
		require.Equal(t, `"full" is none of: short`, reading.Problem)
		require.Equal(t, []sourcestate.State{sourcestate.Answered, sourcestate.Answered, sourcestate.Skipped}, states(reading.Document))
		require.Len(t, reading.Document.Content, 1)
	})
}

func TestReadOfWhatIsUnknown(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t)
	w.hasNone()
	_, err := c.Read(t.Context(), uid)
	require.ErrorIs(t, err, desk.ErrUnknown)
	for _, malformed := range []string{"", "full", "full_0012345673", "full_0012345673@elsewhere", "full_abc@counterparty-sync", "full_0012345673@counterparty-sync\n", uid + "/x"} {
		_, c := newWorld(t) // which must not be asked
		_, err := c.Read(t.Context(), malformed)
		require.ErrorIs(t, err, desk.ErrUnknown, malformed)
	}
}
