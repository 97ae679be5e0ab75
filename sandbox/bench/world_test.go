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

// operated is a Temporal server and the sync that is measured on it.
type operated struct {
	nodes   int
	server  *temporalserver.Server
	manager *syncs.Manager
}

func newOperated(b *testing.B, nodes int, payloads ...rig.Environment) operated {
	server := rig.Temporal(b, temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName()), Untuned: true})
	return operated{nodes, server, &syncs.Manager{Temporal: rig.Dial(b, server.FrontendAddress(), payloads...), TaskQueue: taskQueue, Now: time.Now}}
}

// world is a Temporal server, simulators that take no time of their own, and as many nodes as companies.
type world struct {
	operated
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
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
		operated: newOperated(b, set.nodes),
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

func (o operated) apply(b *testing.B, sync pass.Sync) {
	spec, err := schedule.Parse("", "")
	require.NoError(b, err)
	_, err = o.manager.Apply(b.Context(), sync, spec, false)
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
func (o operated) pass(b *testing.B) syncs.Status {
	workflowID, runID, err := o.manager.Trigger(b.Context(), "bench", false)
	require.NoError(b, err)
	// Asking would take time from what is measured. How it ended is in the status.
	_ = o.manager.Temporal.GetWorkflow(b.Context(), workflowID, runID).Get(b.Context(), nil)
	status, err := o.manager.Status(b.Context(), "bench")
	require.NoError(b, err)
	require.Equal(b, runID, status.Pass.RunID)
	require.Equal(b, "COMPLETED", status.Pass.Ended, fmt.Sprint(status.State.Error))
	require.EqualValues(b, o.nodes, status.State.CountProcessedNodes)
	return status
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
