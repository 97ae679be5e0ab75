package pass_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestAsideID_tellsItsKindAndIsNoScheduledOne(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 2, 3, 4, 5_000_000, time.FixedZone("", 3*3600))
	require.Equal(t, "counterparty-sync-main/plan-20261121T230304.005Z", pass.AdHocID("counterparty-sync-main", pass.Planned, at))
	require.Equal(t, "counterparty-sync-main/only-20261121T230304.005Z", pass.AdHocID("counterparty-sync-main", pass.Narrowed, at))
	for id, want := range map[string]pass.Kind{
		pass.AdHocID("x", pass.Planned, at): pass.Planned, pass.AdHocID("x", pass.Narrowed, at): pass.Narrowed,
		"counterparty-sync-main-2026-11-22T02:00:00Z": pass.Scheduled, "counterparty-sync-plan-a": pass.Scheduled,
	} {
		require.Equal(t, want, pass.KindOf(id), id)
	}
}

func TestBesideSchedule(t *testing.T) {
	t.Parallel()
	s := pass.Sync{ID: "main", Start: pass.Checkpoint, ResetAt: "mark", MaxChanged: ptr(1)}.WithDefaults()
	plan := s.AsAdHoc(pass.AdHoc{Plan: true})
	require.True(t, plan.Plans())
	require.False(t, plan.CountsOnly())
	require.Equal(t, pass.Planned, plan.Kind())
	require.False(t, plan.HasBrake(), "a plan changes nothing")
	require.Equal(t, pass.Beginning, plan.Start)
	require.NoError(t, plan.Validate())
	require.Nil(t, s.AdHoc)
	require.Equal(t, pass.Kind(""), s.Kind())

	require.Equal(t, pass.Checkpoint, s.AsAdHoc(pass.AdHoc{Plan: true, After: 7}).Start)
	require.True(t, s.AsAdHoc(pass.AdHoc{Plan: true, CostOnly: true}).CountsOnly())
	require.Equal(t, pass.Narrowed, s.AsAdHoc(pass.AdHoc{}).Kind())

	wire, err := json.Marshal(s)
	require.NoError(t, err)
	require.NotContains(t, string(wire), "aside", "passes of the schedule have the input that they always had")
}

func TestAttributeStatus_ofAPlanIsNoPasses(t *testing.T) {
	t.Parallel()
	require.Equal(t, "PLAN_IN_PROGRESS", pass.Result{Kind: pass.Planned, State: pass.State{Status: pass.InProgress}}.AttributeStatus())
	require.Equal(t, "PLAN_COMPLETED", pass.Result{Kind: pass.Planned, Ended: pass.Completed}.AttributeStatus())
	require.Equal(t, "COMPLETED", pass.Result{Kind: pass.Narrowed, Ended: pass.Completed}.AttributeStatus())
}
