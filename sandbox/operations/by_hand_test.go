package operations_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// Whatever tctl leaves out has its default, and apply takes the schedule over: its state stays, and there is no second one.
func TestScheduleMadeByTctlAlone(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := newWorld(t)
	tests := []struct {
		name, schedule, id string
		input              string
		asksBy             string
	}{
		{"an empty object", "counterparty-sync-empty", "empty", "--input '{}'", "inn"},
		{"one field", "counterparty-sync-one", "one", `--input '{"searchParam":"ogrn"}'`, "ogrn"},
		{"no input at all", "counterparty-sync-none", "none", "", "inn"},
		{"an id without the prefix", "plain", "plain", "--input '{}'", "inn"},
		{"another sync's id in the input", "somebodys", "named", `--input '{"id":"named"}'`, "inn"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.of(t)
			w.must("tctl schedule create --sid " + tt.schedule + " --wt CounterpartySync --tq counterparty-sync --cron '0 2 * * *' " + tt.input)
			made := w.status(tt.id)
			require.Equal(t, tt.schedule, made.Schedule.ID)
			require.Equal(t, tt.id, made.ID)
			require.Equal(t, tt.id, w.status(tt.schedule).ID, "it may be named by its schedule as well")
			require.Empty(t, made.Schedule.Problems)
			require.Contains(t, w.must("starter status"), "\n"+tt.id+" ")
			w.must("tctl schedule trigger --sid " + tt.schedule)
			first := w.until(tt.id, "the end", ended("COMPLETED"))
			require.EqualValues(t, nodes, first.State.CountProcessedNodes)

			w.down.Store(true)
			w.must("tctl schedule trigger --sid " + tt.schedule)
			w.until(tt.id, "RETRY_WAITING", isWaiting)
			require.Contains(t, w.must("starter stop "+tt.id), tt.schedule+" stopped")
			w.down.Store(false)

			file := "id: " + tt.id + "\ncron: \"0 2 * * *\"\nsearchParam: " + tt.asksBy + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(w.dir, tt.id+".yaml"), []byte(file), 0o600))
			out := w.must("starter apply -f " + tt.id + ".yaml")
			require.Contains(t, out, tt.schedule+" changed")
			require.Contains(t, out, "schedule.catchupWindow: 8760h → 1h")
			require.NotContains(t, out, "searchParam")
			require.Equal(t, tt.schedule+" unchanged\n", w.must("starter apply -f "+tt.id+".yaml"))
			taken := w.status(tt.id)
			require.Equal(t, "STOPPED", taken.Pass.Ended, "its state stays")
			if tt.schedule != pass.ScheduleID(tt.id) {
				status, _ := w.sh("temporal schedule describe --schedule-id " + pass.ScheduleID(tt.id))
				require.NotZero(t, status, "there is no second schedule")
			}
			require.Contains(t, w.must("starter delete "+tt.id), tt.schedule+" deleted")
		})
	}
}

// A pass that is stuck silently is no secret of a query that one must know.
func TestStatusTellsThatAPassIsStuck(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := newWorld(t)
	w.must("tctl schedule create --sid counterparty-sync-stuck --wt Nobody --tq counterparty-sync --cron '0 2 * * *'")
	w.must("tctl schedule trigger --sid counterparty-sync-stuck")
	s := w.until("stuck", "stuck", func(s syncs.Status) bool { return s.Pass != nil && s.Pass.Stuck != "" })
	require.Contains(t, s.Pass.Stuck, "WorkflowTaskFailed")
	require.Contains(t, w.must("starter status stuck"), "the pass is stuck: ")
}
