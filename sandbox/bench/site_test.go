package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/sandbox/rig"
)

// site is what a pass is measured on: a Temporal server in this process, and worker and simulators each in one of their own.
type site struct {
	operated
	outside *outside
	worker  *rig.Process
}

// newSite has nodes that agree with their companies, and a worker with default settings but for more.
func newSite(b *testing.B, nodes int, more map[string]string) *site {
	s := &site{operated: newOperated(b, nodes, rig.Environment(more)), outside: startOutside(b, nodes)}
	s.startWorker(b, more)
	s.apply(b, pass.Sync{ID: "bench"})
	return s
}

func (s *site) startWorker(b *testing.B, more map[string]string) {
	env := rig.Environment{
		"TEMPORAL_ADDRESS": s.server.FrontendAddress(), "TEMPORAL_CONFIG_FILE": os.DevNull, "HTTP_ADDR": config.Off, "PATH": os.Getenv("PATH"),
		"ALFRESCO_URL": s.outside.Alfresco, "ALFRESCO_USER": alfrescotest.DefaultUser, "ALFRESCO_PASSWORD": alfrescotest.DefaultPassword,
		"KONTUR_URL": s.outside.Kontur, "KONTUR_KEY": konturtest.DefaultKey,
	}
	for name, value := range more {
		env[name] = value
	}
	binary := os.Args[0]
	if folder := os.Getenv(profileVariable); folder != "" {
		env[roleVariable], env[profileVariable] = roleWorker, folder
	} else {
		binary = workerBinary(b)
	}
	cmd := exec.Command(binary)
	cmd.Env = env.Environ()
	// A line for each node that changes is much for the memory of this process.
	log, err := os.Create(filepath.Join(b.TempDir(), "worker.log"))
	require.NoError(b, err)
	s.worker, err = rig.StartCommand(cmd, log)
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.worker.Stop(); _ = log.Close() })
}

// measured is what became of a pass.
type measured struct {
	took   time.Duration
	counts counterparty.Counts
	asked  Counts
	// histories are those of the pass and of its segments.
	histories     int
	events, bytes int64
	// longest is the most events of one of them, largest the most bytes.
	longest, largest int64
}

// speed is in nodes per second.
func (m measured) speed() float64 { return float64(m.counts.Total()) / m.took.Seconds() }

// perNode is a number of events or bytes for each node.
func (m measured) perNode(n int64) float64 { return float64(n) / float64(m.counts.Total()) }

// measure runs a pass that has to write so many nodes.
func (s *site) measure(b *testing.B, writes int) measured {
	s.outside.call(b, "Forget", false, nil)
	status := s.pass(b)
	m := measured{took: status.Pass.FinishedAt.Sub(status.Pass.StartedAt), counts: status.Pass.Counts, asked: s.outside.counts(b)}
	require.Equal(b, s.nodes, m.counts.Total())
	require.Equal(b, writes, m.counts.Updated)
	require.Equal(b, s.nodes-writes, m.counts.Unchanged)
	require.Equal(b, writes, m.asked.Alfresco[alfrescotest.Put])
	require.Equal(b, s.nodes, m.asked.Companies, "Kontur.Focus was asked about everybody")

	of := runs.Execution{WorkflowID: status.Pass.WorkflowID, RunID: status.Pass.RunID}
	s.addHistory(b, of, &m)
	for event, err := range runs.Events(b.Context(), s.manager.Temporal, of) {
		require.NoError(b, err)
		if child := event.GetChildWorkflowExecutionStartedEventAttributes(); child != nil {
			s.addHistory(b, runs.Of(child.WorkflowExecution), &m)
		}
	}
	return m
}

func (s *site) addHistory(b *testing.B, of runs.Execution, m *measured) {
	described, err := s.manager.Temporal.DescribeWorkflowExecution(b.Context(), of.WorkflowID, of.RunID)
	require.NoError(b, err)
	events, bytes := described.WorkflowExecutionInfo.HistoryLength, described.WorkflowExecutionInfo.HistorySizeBytes
	m.histories++
	m.events, m.longest = m.events+events, max(m.longest, events)
	m.bytes, m.largest = m.bytes+bytes, max(m.largest, bytes)
}

// peak is the most memory that the worker has had, in MiB.
func (s *site) peak() float64 { return float64(s.worker.PeakMemory()) / (1 << 20) }
