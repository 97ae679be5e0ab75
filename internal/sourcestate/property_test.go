package sourcestate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
)

// The official table, apart from the code's own.
var stateOfExtended = map[string]string{
	"NONE": "PROGRESS", "WAITING": "PROGRESS", "DELAYED": "PROGRESS", "PROGRESS": "PROGRESS",
	"SKIP": "OK", "OK": "OK", "INTERNAL_ERROR": "ERROR", "CANCEL": "ERROR", "ERROR": "ERROR",
}

// The counting rule of the entity dialect, apart from the code's own.
var (
	entityOK    = []string{"OK", "SKIP", "REJECT"}
	entityWait  = []string{"PROGRESS", "DELAYED", "WAITING"}
	entityError = []string{"ERROR", "CANCEL", "INTERNAL_ERROR", "NONE"}
)

// TestReport_keepsItsPromisesWhateverHappens walks reports of 0 to 6 sources through random lives.
func TestReport_keepsItsPromisesWhateverHappens(t *testing.T) {
	t.Parallel()
	const lives, steps = 200, 40
	for seed := range uint64(lives) {
		random := rand.New(rand.NewPCG(seed, 0))
		names := make([]string, random.IntN(7))
		for i := range names {
			names[i] = fmt.Sprintf("source.%d", random.IntN(1000)*10+i)
		}
		r, err := ss.New(names...)
		require.NoError(t, err)
		for step := range steps {
			before := r.Sources()
			change := live(t, random, names, &r)
			where := fmt.Sprintf("seed %d, step %d: %s", seed, step, change)
			requireList(t, names, r, where)
			requireAllowed(t, change, before, r.Sources(), where)
			requireDocuments(t, r, where)
			requireRoundTrips(t, r, where)
		}
	}
}

// live does one random thing to the report and says which.
func live(t *testing.T, random *rand.Rand, names []string, r *ss.Sources) string {
	switch n := random.IntN(20); {
	case n == 0:
		r.Refresh()
		return "refresh"
	case n == 1:
		bad := []ss.State{ss.Failed, ss.FailedInternally, ss.Cancelled}
		require.NoError(t, r.Finish(ss.Ending{Interrupted: bad[random.IntN(3)], InterruptedReason: "interrupted"}))
		return "finish"
	case len(names) > 0:
		reasons := []string{"", "because", "<&>\" \u2028 причина"}
		id, state, reason := names[random.IntN(len(names))], all[random.IntN(len(all))], reasons[random.IntN(3)]
		before, _ := r.Source(id)
		err := r.Set(id, state, reason)
		same := before == ss.Source{ID: id, State: state, Reason: reason}
		require.Equal(t, same || before.State.CanBecome(state), err == nil, "set %s from %s to %s: %v", id, before.State, state, err)
	}
	return "set"
}

func requireList(t *testing.T, names []string, r ss.Sources, where string) {
	got := []string{}
	for _, s := range r.Sources() {
		got = append(got, s.ID)
	}
	require.Equal(t, append([]string{}, names...), got, "%s: the list never grows, shrinks or reorders", where)
}

func requireAllowed(t *testing.T, change string, before, after []ss.Source, where string) {
	for i := range after {
		if was, is := before[i].State, after[i].State; change == "refresh" {
			require.Equal(t, ss.NotStarted, is, where)
		} else if was != is {
			require.True(t, was.CanBecome(is), "%s: %s became %s", where, was, is)
		}
		if change == "finish" {
			require.True(t, after[i].State.Ended(), where)
		}
	}
}

func requireDocuments(t *testing.T, r ss.Sources, where string) {
	vehicle, entity := ss.Vehicle(r), ss.Entity(r)
	var byVehicle, byEntity ss.Counters
	for _, s := range vehicle.State.Sources {
		require.Contains(t, stateOfExtended, s.ExtendedState, where)
		require.Equal(t, stateOfExtended[s.ExtendedState], s.State, where)
		tally(&byVehicle, s.State == "OK", s.State == "PROGRESS", s.State == "ERROR")
	}
	for _, s := range entity.State.Sources {
		require.NotContains(t, []string{"REJECT", "NONE"}, s.State, where)
		tally(&byEntity, slices.Contains(entityOK, s.State), slices.Contains(entityWait, s.State), slices.Contains(entityError, s.State))
	}
	require.Equal(t, byVehicle, vehicle.Counters, where)
	require.Equal(t, byEntity, entity.Counters, where)
	require.Equal(t, vehicle.Counters, entity.Counters, "%s: the dialects agree", where)
	require.Equal(t, r.Counts(), entity.Counters, where)

	c, n := r.Counts(), len(r.Sources())
	require.Equal(t, n, c.OK+c.Wait+c.Error, where)
	waits := slices.ContainsFunc(r.Sources(), func(s ss.Source) bool { return s.State.Waits() })
	require.Equal(t, !waits, r.Complete(), where)
	require.Equal(t, c.OK+c.Error >= n, r.Complete(), "%s: the other test of completeness that readers use", where)
}

// requireRoundTrips checks that what is rendered is read without a remark and means what it meant.
func requireRoundTrips(t *testing.T, r ss.Sources, where string) {
	wire, err := json.Marshal(r)
	require.NoError(t, err, where)
	var again ss.Sources
	require.NoError(t, json.Unmarshal(wire, &again), where)
	require.Equal(t, r, again, where)

	for d, rendered := range map[ss.Dialect]any{ss.VehicleDialect: ss.Vehicle(r), ss.EntityDialect: ss.Entity(r)} {
		document, err := json.Marshal(rendered)
		require.NoError(t, err, where)
		parsed, err := sourcestatetest.Parse(document)
		require.NoError(t, err, where)
		require.Empty(t, parsed.Remarks, where)
		require.Equal(t, d, parsed.Dialect, where)
		require.Equal(t, sourcestatetest.WrittenCounters{OK: &parsed.Recount.OK, Wait: &parsed.Recount.Wait, Error: &parsed.Recount.Error}, parsed.Written, where)
		read, err := parsed.Report()
		require.NoError(t, err, where)
		for i, want := range r.Sources() {
			if d == ss.VehicleDialect {
				want.Reason = "" // it has no room for reasons
			} else if want.State == ss.NotStarted {
				want.State = ss.Waiting // it has no word for it
			}
			require.Equal(t, want, read.Sources()[i], where)
		}
	}
}

func tally(c *ss.Counters, ok, wait, failed bool) {
	for _, add := range []struct {
		yes bool
		to  *int
	}{{ok, &c.OK}, {wait, &c.Wait}, {failed, &c.Error}} {
		if add.yes {
			*add.to++
		}
	}
}
