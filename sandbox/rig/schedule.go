package rig

import (
	"context"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
)

// ChangeInput changes the input of a sync's schedule as tools other than the starter do: it becomes these fields, and no others.
func ChangeInput(ctx context.Context, c client.Client, syncID string, fields map[string]any) error {
	handle := c.ScheduleClient().GetHandle(ctx, pass.ScheduleID(syncID))
	return handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		updated.Action.(*client.ScheduleWorkflowAction).Args = []any{fields}
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
}
