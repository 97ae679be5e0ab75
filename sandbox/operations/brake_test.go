package operations_test

import (
	"fmt"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// held puts a pass into APPROVAL_WAITING: one company has changed, and the sync lets nothing change.
func held(name string) func(c *column) {
	return func(c *column) {
		completed(c)
		restore := c.withInput("maxChanged", 0)
		c.kontur.Update(konturtest.OGRN(1), func(company *konturtest.Company) { company.ShortName = name })
		c.must("starter trigger nightly")
		s := c.until(syncID, "APPROVAL_WAITING", func(s syncs.Status) bool { return s.State.Status == pass.ApprovalWaiting })
		require.Equal(c.t, 1, s.Pass.Hold.Evidence.Changed)
		restore()
	}
}

// answered requires how a pass that was held ended, and how many nodes it has changed.
func answered(how string, updated int) func(c *column, _ string) {
	return func(c *column, _ string) {
		s := c.until(syncID, how, ended(how))
		require.Equal(c.t, updated, s.Pass.Counts.Updated)
	}
}

// withInput sets a field of the input of the schedule, whichever tool made it, and returns what takes that back.
func (w *world) withInput(field string, value any) (restore func()) {
	w.t.Helper()
	var before []any
	w.update(func(action *client.ScheduleWorkflowAction) {
		before = action.Args
		input := map[string]any{}
		for _, arg := range action.Args {
			payload, ok := arg.(*commonpb.Payload)
			require.True(w.t, ok, fmt.Sprintf("%T", arg))
			require.NoError(w.t, converter.GetDefaultDataConverter().FromPayload(payload, &input))
		}
		input[field] = value
		action.Args = []any{input}
	})
	return func() { w.update(func(action *client.ScheduleWorkflowAction) { action.Args = before }) }
}

func (w *world) update(change func(*client.ScheduleWorkflowAction)) {
	w.t.Helper()
	handle := w.temporal.ScheduleClient().GetHandle(w.t.Context(), scheduleID)
	require.NoError(w.t, handle.Update(w.t.Context(), client.ScheduleUpdateOptions{DoUpdate: func(i client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		action, ok := i.Description.Schedule.Action.(*client.ScheduleWorkflowAction)
		require.True(w.t, ok)
		change(action)
		return &client.ScheduleUpdate{Schedule: &i.Description.Schedule}, nil
	}}))
}
