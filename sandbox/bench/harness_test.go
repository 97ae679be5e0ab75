package bench

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// taskQueue is the worker's default.
const taskQueue = "counterparty-sync"

// world is a Temporal server, simulators that take no time of their own, and as many nodes as companies.
type world struct {
	nodes    int
	server   *temporalserver.Server
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	manager  *syncs.Manager
	round    int
}

// setting is what a world is made with.
type setting struct {
	nodes    int
	alfresco []alfrescotest.Option
	kontur   []konturtest.Option
	// company changes the i-th company, which has identifiers and names.
	company func(c *konturtest.Company, i int)
}

func newWorld(b *testing.B, set setting) *world {
	w := &world{
		nodes: set.nodes, server: rig.Temporal(b, temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName())}),
		alfresco: alfrescotest.NewServer(b, set.alfresco...), kontur: konturtest.NewServer(b, set.kontur...),
	}
	i := 0
	rig.Fill(w.alfresco, w.kontur, set.nodes, func(c *konturtest.Company) {
		*c = konturtest.Company{INN: c.INN, OGRN: c.OGRN, KPP: "001201001", ShortName: name(i, 0), RegistrationDate: c.RegistrationDate}
		if set.company != nil {
			set.company(c, i)
		}
		i++
	})
	w.manager = &syncs.Manager{Temporal: rig.Dial(b, w.server.FrontendAddress()), TaskQueue: taskQueue, Now: time.Now}
	return w
}

// startWorker starts a worker with the default limits, but for more. The returned function stops it; at the end of the
// benchmark it is stopped anyway.
func (w *world) startWorker(b *testing.B, more map[string]string) (stop func()) {
	env := rig.Settings("", taskQueue, w.alfresco, w.kontur)
	delete(env, "TEMPORAL_ADDRESS") // there is a connection
	delete(env, "KONTUR_RPS")
	maps.Copy(env, more)
	stop, err := rig.RunWorker(w.manager.Temporal, env)
	require.NoError(b, err)
	b.Cleanup(stop)
	return stop
}

func (w *world) apply(b *testing.B, sync pass.Sync) {
	spec, err := schedule.Parse("", "")
	require.NoError(b, err)
	_, err = w.manager.Apply(b.Context(), sync, spec, false)
	require.NoError(b, err)
}

func name(i, round int) string { return fmt.Sprintf("ООО \"Пример %d-%d\"", i, round) }

// rename gives every n-th company a new name.
func (w *world) rename(n int) {
	w.round++
	for i := 0; i < w.nodes; i += n {
		w.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = name(i, w.round) })
	}
}

// pass runs a pass to its end.
func (w *world) pass(b *testing.B) syncs.Status {
	_, _, err := w.manager.Trigger(b.Context(), "bench", false)
	require.NoError(b, err)
	for {
		status, err := w.manager.Status(b.Context(), "bench")
		require.NoError(b, err)
		if status.Pass.FinishedAt != nil {
			require.Equal(b, "COMPLETED", status.Pass.Ended, fmt.Sprint(status.State.Error))
			require.EqualValues(b, w.nodes, status.State.CountProcessedNodes)
			return status
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// refused reports how many requests Kontur.Focus has refused.
func (w *world) refused() int {
	n := 0
	for _, r := range w.kontur.Requests() {
		if r.Status != 200 {
			n++
		}
	}
	return n
}
