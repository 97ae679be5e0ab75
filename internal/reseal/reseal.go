// Package reseal keeps schedules readable when keys are turned. What passes and reports leave behind ends with its retention, but
// the input and the memo of a schedule stay as they were encoded: one whose key is gone starts nothing any more.
//
// Words: to reseal a schedule is to write it anew as it is, so that it is encoded with the first key.
package reseal

import (
	"context"
	"fmt"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// Schedule is one of a sync.
type Schedule struct {
	ID string `json:"id"`
	// Keys are the ids of the keys that its input and its memo are encrypted with, each once; empty for what is not encrypted.
	Keys []string `json:"keys"`
}

// Look finds the schedules of syncs whose passes run on the task queue.
func Look(ctx context.Context, c client.Client, taskQueue string) ([]Schedule, error) {
	var found []Schedule
	for entry, err := range runs.Schedules(ctx, c) {
		if err != nil {
			return nil, err
		}
		if _, ours := pass.SyncID(entry.ID); !ours {
			continue
		}
		description, err := c.ScheduleClient().GetHandle(ctx, entry.ID).Describe(connect.Encoded(ctx))
		if runs.IsNotFound(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("describe schedule %s: %w", entry.ID, err)
		}
		action, ok := description.Schedule.Action.(*client.ScheduleWorkflowAction)
		if !ok || action.TaskQueue != taskQueue {
			continue
		}
		s := Schedule{ID: entry.ID, Keys: []string{}}
		note := func(value any) {
			payload, ok := value.(*commonpb.Payload)
			if id := codec.KeyID(payload); ok && !slices.Contains(s.Keys, id) {
				s.Keys = append(s.Keys, id)
			}
		}
		for _, arg := range action.Args {
			note(arg)
		}
		for _, value := range action.Memo {
			note(value)
		}
		slices.Sort(s.Keys)
		found = append(found, s)
	}
	return found, nil
}

// Sealed reports whether all of it is encoded as it would be now, first being the id of the key that encrypts; empty if none does.
func (s Schedule) Sealed(first string) bool {
	return !slices.ContainsFunc(s.Keys, func(id string) bool { return id != first })
}

// Unreadable are the keys of it that are not among those given.
func (s Schedule) Unreadable(keys *codec.Keys) []string {
	return slices.DeleteFunc(slices.Clone(s.Keys), func(id string) bool { return id == "" || slices.Contains(keys.IDs(), id) })
}

// Reseal writes a schedule anew as it is. The client has to be one of package connect with these keys.
func Reseal(ctx context.Context, c client.Client, id string) error {
	err := c.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		return &client.ScheduleUpdate{Schedule: &input.Description.Schedule}, nil
	}})
	if err != nil {
		return fmt.Errorf("reseal schedule %s: %w", id, err)
	}
	return nil
}

// All reseals the schedules that need it and can be read. It returns those that it resealed, as they were before, and those that
// can't be read.
func All(ctx context.Context, c client.Client, taskQueue string, keys *codec.Keys) (resealed, unreadable []Schedule, err error) {
	found, err := Look(ctx, c, taskQueue)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range found {
		switch {
		case len(s.Unreadable(keys)) > 0:
			unreadable = append(unreadable, s)
		case !s.Sealed(keys.First()):
			if err := Reseal(ctx, c, s.ID); err != nil {
				return resealed, unreadable, err
			}
			resealed = append(resealed, s)
		}
	}
	return resealed, unreadable, nil
}
