package temporalserver_test

import (
	"context"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/sandbox/temporalserver"
)

func TestStartRefusesPortsInUse(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // a defer would not wait for the parallel tests below
	taken := listener.Addr().(*net.TCPAddr).Port
	tests := []struct {
		name string
		give temporalserver.Options
		want string
	}{
		{name: "frontend", give: temporalserver.Options{FrontendPort: taken}, want: "FrontendPort"},
		{name: "UI", give: temporalserver.Options{UI: true, UIPort: taken}, want: "UIPort"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.give.File = filepath.Join(t.TempDir(), "folder", "file.db")
			_, err := temporalserver.Start(t.Context(), tt.give)
			var portError *temporalserver.PortError
			require.ErrorAs(t, err, &portError)
			require.Equal(t, tt.want, portError.Field)
			require.Equal(t, taken, portError.Port)
			require.ErrorContains(t, err, tt.want+" "+strconv.Itoa(taken)+": can't listen on 127.0.0.1:")
			require.NotContains(t, err.Error(), "\n")
			require.NoDirExists(t, filepath.Dir(tt.give.File), "nothing is made by a start that fails")
		})
	}
}

func TestStartIgnoresTheUIPortWithoutUI(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	s := start(t, temporalserver.Options{UIPort: listener.Addr().(*net.TCPAddr).Port})
	require.Empty(t, s.UIURL())
}

func TestStartRefusesFilesOfOthers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give string // SQL that makes the file; empty: a text file
		want string
	}{
		{
			name: "other server version",
			give: "CREATE TABLE executions (a); PRAGMA application_id = 1668313976; PRAGMA user_version = 1031004",
			want: "was made by Temporal server 1.31.4, this is " + temporalserver.Version,
		},
		{name: "other program", give: "CREATE TABLE executions (a)", want: "was made by another program\nhint: choose another file"},
		{name: "no database", want: "is not a SQLite file\nhint: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "file.db")
			if tt.give == "" {
				require.NoError(t, os.WriteFile(file, []byte("a text that is a little longer than the mark of such a file"), 0o600))
			} else {
				execute(t, file, tt.give)
			}
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = temporalserver.Start(t.Context(), temporalserver.Options{File: file})
			var fileError *temporalserver.FileError
			require.ErrorAs(t, err, &fileError)
			require.ErrorContains(t, err, tt.want)
			after, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, before, after, "a file of others is not touched")
		})
	}
}

func TestStartTakesAnEmptyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "100% of it?.db") // characters that mean something in SQLite's URIs
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	s := start(t, temporalserver.Options{File: file})
	require.NoError(t, s.Stop())
	require.NotZero(t, size(t, file))
}

func TestOneServerPerFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file.db")
	first := start(t, temporalserver.Options{File: file})
	_, err := temporalserver.Start(t.Context(), temporalserver.Options{File: file})
	require.ErrorContains(t, err, "is in use by another server\nhint: ")
	require.NoError(t, first.Stop())
	start(t, temporalserver.Options{File: file})
}

// TestServersSideBySide starts several at once: they share the process and nothing else.
func TestServersSideBySide(t *testing.T) {
	t.Parallel()
	const n = 4
	servers := make([]*temporalserver.Server, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			servers[i], errs[i] = temporalserver.Start(t.Context(), temporalserver.Options{
				Namespace: "namespace-" + strconv.Itoa(i), CHASMSchedules: i%2 == 0, UI: true,
			})
		})
	}
	wg.Wait()
	for i := range n {
		require.NoError(t, errs[i])
		defer servers[i].Stop()
	}
	for i, s := range servers {
		c := dial(t, s, s.Namespace())
		defer c.Close()
		answer, err := c.WorkflowService().ListNamespaces(t.Context(), &workflowservice.ListNamespacesRequest{})
		require.NoError(t, err)
		var names []string
		for _, ns := range answer.Namespaces {
			names = append(names, ns.NamespaceInfo.Name)
		}
		require.ElementsMatch(t, []string{"temporal-system", "namespace-" + strconv.Itoa(i)}, names)
	}
	c := dial(t, servers[1], servers[1].Namespace())
	defer c.Close()
	require.NoError(t, servers[0].Stop())
	_, err := c.WorkflowService().ListNamespaces(t.Context(), &workflowservice.ListNamespacesRequest{})
	require.NoError(t, err, "one that stops leaves the others alone")
}

func TestStopSealsTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file.db")
	s := start(t, temporalserver.Options{File: file, UI: true, Retention: 2 * time.Hour})
	require.NotZero(t, size(t, file+"-wal"), "the server writes ahead")
	ui, frontend := s.UIURL(), s.FrontendAddress()
	require.NoError(t, s.Stop())
	require.NoError(t, s.Stop(), "a second stop does nothing")
	require.Zero(t, size(t, file+"-wal"), "the file alone is the whole database")
	for _, address := range []string{frontend, ui[len("http://"):]} {
		_, err := net.Dial("tcp", address)
		require.Error(t, err, "nothing listens any more")
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "file.db")
	_, err := temporalserver.Start(ctx, temporalserver.Options{File: file})
	require.ErrorIs(t, err, context.Canceled)
	start(t, temporalserver.Options{File: file}) // nothing is left locked
}

func TestRetentionIsThatOfTheFirstStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file.db")
	for _, give := range []time.Duration{0, 48 * time.Hour} {
		s := start(t, temporalserver.Options{File: file, Retention: give})
		c := dial(t, s, "default")
		answer, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
		require.NoError(t, err)
		require.Equal(t, 7*24*time.Hour, answer.Config.WorkflowExecutionRetentionTtl.AsDuration())
		c.Close()
		require.NoError(t, s.Stop())
	}
}

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give temporalserver.Options
		want string
	}{
		{name: "zero value", give: temporalserver.Options{}},
		{name: "port too large", give: temporalserver.Options{FrontendPort: 65536}, want: "FrontendPort"},
		{name: "port below zero", give: temporalserver.Options{UIPort: -1}, want: "UIPort"},
		{name: "same port twice", give: temporalserver.Options{FrontendPort: 7233, UIPort: 7233, UI: true}, want: "another port than FrontendPort"},
		{name: "same port without UI", give: temporalserver.Options{FrontendPort: 7233, UIPort: 7233}},
		{name: "short retention", give: temporalserver.Options{Retention: time.Minute}, want: "1h or more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.give.Validate()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.True(t, invalid.Is(err))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func execute(t *testing.T, file, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statements)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	return info.Size()
}
