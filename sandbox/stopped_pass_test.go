package main

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/connect"
	"counterparty-sync/starter/cli"
)

// watcher hands text on and calls back once, when a word appears in it.
type watcher struct {
	io.Writer
	word string
	seen func()
}

func (w *watcher) Write(data []byte) (int, error) {
	if w.seen != nil && strings.Contains(string(data), w.word) {
		seen := w.seen
		w.seen = nil
		seen()
	}
	return w.Writer.Write(data)
}

// portOfItsOwn is a free port below those that the system gives away by itself: other servers of these tests take them at any
// moment.
func portOfItsOwn(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if listener, err := net.Listen("tcp", local(port)); err == nil {
			require.NoError(t, listener.Close())
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func TestPassThatSomebodyStopsIsTriggeredAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	port := portOfItsOwn(t)
	file := filepath.Join(t.TempDir(), "sync.yaml")
	require.NoError(t, os.WriteFile(file, bytes.Replace(syncYAML, []byte("batchSize: 100"), []byte("batchSize: 50"), 1), 0o600))
	apply := func() {
		var said bytes.Buffer
		status := cli.Run(ctx, []string{"apply", "-f", file}, cli.IO{In: strings.NewReader(""), Out: &said, Err: &said, ReadFile: os.ReadFile, Now: time.Now,
			Env: connect.Variables{"TEMPORAL_ADDRESS": local(port)}})
		if status != cli.Done {
			t.Error(said.String())
		}
	}
	var out, errs bytes.Buffer
	// The first progress is shown while the pass runs: a change of the sync stops it and starts another.
	progress := &watcher{Writer: &errs, word: "IN_PROGRESS", seen: apply}
	status := run(ctx, anywhere(t, "--once", "--no-ui", "--temporal-port", strconv.Itoa(port), "--count", "500", "--kontur-latency", "300ms"),
		cli.IO{In: strings.NewReader(""), Out: &out, Err: progress, Env: connect.Variables{}, ReadFile: os.ReadFile, Now: time.Now})
	require.Equal(t, cli.Done, status, out.String()+errs.String())
	require.Contains(t, out.String(), "STOPPED in")
	require.Contains(t, out.String(), "second pass: 0 writes\nall is well\n")
}
