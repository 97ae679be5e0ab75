package record_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/replay"
	"counterparty-sync/internal/searchattributes"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

var (
	releaseFlag = flag.String("release", "", "release whose histories to write, such as v1.2.3; without it nothing is written")
	codeFlag    = flag.String("code", "", "commit that the release was made from; default the tag of the release's name")
)

// root is the folder of the root module.
const root = rig.Root

// atOnce is how many scenarios are played at a time, unless -parallel says otherwise: they mostly wait.
const atOnce = "6"

// fewEvents is when the one server suggests to continue as new: in the middle of the second or third batch.
const fewEvents = 60

var (
	played  binaries
	servers = map[server]*temporalserver.Server{}
	// source is the release that is recorded; nil if nothing is written.
	source *release
)

func TestMain(m *testing.M) {
	status, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		status = 1
	}
	os.Exit(status)
}

func runAll(m *testing.M) (status int, err error) {
	if err := rig.AtOnce(atOnce); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "record")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if *releaseFlag != "" {
		if source, err = newRelease(*releaseFlag, *codeFlag); err != nil {
			return 0, err
		}
		code, err := source.checkout(dir)
		if err != nil {
			return 0, err
		}
		if played, err = build(code, dir); err != nil {
			return 0, err
		}
	} else if played, err = ofThisTree(); err != nil {
		return 0, err
	}
	for kind, few := range map[server]int{usual: 0, impatient: fewEvents, bare: 0} {
		started, err := temporalserver.Start(context.Background(), temporalserver.Options{
			File: filepath.Join(dir, fmt.Sprintf("temporal-%d.db", kind)), SuggestContinueAsNew: few,
		})
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, started.Stop()) }()
		if kind != bare {
			if err := register(started); err != nil {
				return 0, err
			}
		}
		servers[kind] = started
	}
	return m.Run(), nil
}

// register registers the search attributes, as an operator does.
func register(s *temporalserver.Server) error {
	c, err := rig.Connect(s.FrontendAddress(), "")
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = searchattributes.Register(context.Background(), c.OperatorService(), s.Namespace())
	return err
}

func TestScenarios(t *testing.T) {
	var mu sync.Mutex
	recorded := map[string][]history{}
	t.Run("play", func(t *testing.T) {
		for _, sc := range scenarios() {
			t.Run(sc.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, sc.name, played, servers[sc.on])
				histories := s.fetch("", sc.play(s))
				for _, c := range sc.shows(histories[0], histories[1:]) {
					require.True(t, c.ok, "%s: %s\n%s", sc.name, c.what, outline(histories))
				}
				for _, h := range histories {
					requireAnonymous(t, s, h)
					if source == nil {
						requireReplays(t, h)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				recorded[sc.name] = histories
			})
		}
	})
	if source == nil || t.Failed() {
		return
	}
	require.NoError(t, source.write(recorded))
	t.Logf("recorded %s from %s: %d scenarios", source.name, source.commit, len(recorded))
}

// requireReplays: the worker that was recorded and this test are of one code.
func requireReplays(t *testing.T, h history) {
	t.Helper()
	read, err := client.HistoryFromJSON(h.read(), client.HistoryJSONOptions{})
	require.NoError(t, err)
	require.Len(t, read.Events, len(h.Events))
	require.NoError(t, replay.Replayer{}.Check(h.workflowID, h.runID, read))
}
