package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/sandbox/temporalserver"
)

// kills is how often TestTenKills kills a worker in all: each costs the pass a heartbeat timeout.
var kills = flag.Int("kills", 10, "how often TestTenKills kills a worker")

// killsSeed makes the moments of the kills; they are never the same twice, because processes are not.
var killsSeed = flag.Uint64("kills-seed", uint64(time.Now().UnixNano()), "seed of the moments at which TestTenKills kills a worker")

// killWorlds is how many passes share the kills, at the same time. Two of them have another accident in place of one.
const killWorlds, otherAccidents = 6, 2

// freshPass is what a fresh pass over the first 600 sample nodes of seed 1 comes to.
var freshPass = counterparty.Counts{Updated: 406, Unchanged: 173, NotFound: 6, Ambiguous: 4, InvalidID: 9, Rejected: 2}

// Whatever is killed, restarted or frozen, and whenever: what the repository saw, what the journal tells and what the pass
// counts are the same, each node was written once, and the log has a line for each write.
func TestTenKills(t *testing.T) {
	t.Parallel()
	t.Logf("-kills-seed %d", *killsSeed)
	for i := range killWorlds {
		name := fmt.Sprint("kills in pass ", i+1)
		switch i {
		case 0:
			name += ", and Temporal restarts"
		case 1:
			name += ", and a worker stands still"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKillWorld(t, i)
			moments := k.moments((*kills + otherAccidents + killWorlds - 1 - i) / killWorlds)
			s := k.stack
			s.apply("batchSize: 100\nretryDelays: [1s, 1s, 1s]")
			worker := s.startWorker(k.slow)
			s.must("", "trigger", s.id)
			for n, moment := range moments {
				k.untilWritten(moment)
				switch {
				case n == 0 && i == 0:
					k.restartTemporal()
				case n == 0 && i == 1:
					worker = k.freeze(worker)
				default:
					worker.Kill()
					worker = s.startWorker(k.slow)
				}
			}
			done := s.until("the end", finished)
			require.Equal(t, "COMPLETED", done.Pass.Ended)
			k.thaw()
			require.Equal(t, freshPass, done.Pass.Counts)
			k.requireAllTold()
		})
	}
}

// killWorld is a stack with sample nodes, in which writes take long enough to be interrupted.
type killWorld struct {
	*stack
	rand   *rand.Rand
	slow   map[string]string
	server temporalserver.Options
	frozen *rig.Process

	mu   sync.Mutex
	puts int
	more chan struct{} // closed at the next write
}

func newKillWorld(t *testing.T, i int) *killWorld {
	t.Helper()
	k := &killWorld{rand: rand.New(rand.NewPCG(*killsSeed, uint64(i))), slow: map[string]string{"ALFRESCO_CONCURRENCY": "4"}, more: make(chan struct{})}
	server := shared
	if i == 0 { // it is restarted
		k.server.File = filepath.Join(t.TempDir(), temporalserver.FileName())
		k.server.FrontendPort = portOf(t, rig.FreeAddress(t))
		var err error
		server, err = temporalserver.Start(t.Context(), k.server)
		require.NoError(t, err)
		t.Cleanup(func() { _ = k.stack.server.Stop() })
	}
	k.stack = newStack(t, server)
	sample.Fill(k.alfresco, k.kontur, 600, 1)
	k.alfresco.SetLatency(alfrescotest.Latency{Get: 2 * time.Millisecond, Put: 10 * time.Millisecond})
	k.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.puts++
			close(k.more)
			k.more = make(chan struct{})
		}
	})
	return k
}

// moments are numbers of writes after which a worker is killed.
func (k *killWorld) moments(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = 1 + k.rand.IntN(freshPass.Updated-20)
	}
	slices.Sort(list)
	return list
}

func (k *killWorld) untilWritten(n int) {
	k.t.Helper()
	deadline := time.After(patience)
	for {
		k.mu.Lock()
		puts, more := k.puts, k.more
		k.mu.Unlock()
		if puts >= n {
			time.Sleep(time.Duration(k.rand.IntN(20)) * time.Millisecond) // anywhere between two requests
			return
		}
		select {
		case <-more:
		case <-deadline:
			require.FailNow(k.t, "no more writes", "%d of %d", puts, n)
		}
	}
}

// restartTemporal stops the server for some seconds, while the worker lives.
func (k *killWorld) restartTemporal() {
	k.t.Helper()
	require.NoError(k.t, k.stack.server.Stop())
	time.Sleep(3 * time.Second)
	server, err := temporalserver.Start(k.t.Context(), k.server)
	require.NoError(k.t, err)
	k.stack.server = server
}

// freeze stops a worker's process, as a snapshot of its machine does, and starts another one.
func (k *killWorld) freeze(worker *rig.Process) *rig.Process {
	k.t.Helper()
	require.NoError(k.t, worker.Signal(syscall.SIGSTOP))
	k.frozen = worker
	return k.startWorker(k.slow)
}

// thaw lets a frozen worker go on when all is done: it must not write anything.
func (k *killWorld) thaw() {
	k.t.Helper()
	if k.frozen == nil {
		return
	}
	require.NoError(k.t, k.frozen.Signal(syscall.SIGCONT))
	time.Sleep(2 * time.Second)
}

// requireAllTold compares the repository's own record of writes with the journal and with the log.
func (k *killWorld) requireAllTold() {
	k.t.Helper()
	saw := map[string]map[string]any{}
	for _, write := range k.alfresco.Writes() {
		require.NotContains(k.t, saw, write.NodeID, "a node is written once")
		saw[write.NodeID] = write.Properties
	}
	told := map[string]map[string]any{}
	for line := range strings.Lines(k.must("", "changes", k.id, "-o", "json")) {
		var e journal.Entry
		require.NoError(k.t, json.Unmarshal([]byte(line), &e))
		if e.Outcome != counterparty.Updated {
			continue
		}
		require.NotContains(k.t, told, e.NodeID, "a write is told once")
		require.False(k.t, e.Unsure, "nobody has edited anything: %s", line)
		told[e.NodeID] = map[string]any{}
		for _, c := range e.Changes {
			told[e.NodeID][c.Attribute] = c.Became
		}
	}
	require.Len(k.t, saw, freshPass.Updated)
	require.Equal(k.t, saw, told)
	logged := map[string]bool{}
	for line := range strings.Lines(k.logged()) {
		var l struct{ Msg, Node, Attribute string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "attribute written" {
			logged[l.Node+" "+l.Attribute] = true
		}
	}
	for node, properties := range saw {
		for attribute := range properties {
			require.True(k.t, logged[node+" "+attribute], "the log has no line for %s of %s", attribute, node)
		}
	}
}
