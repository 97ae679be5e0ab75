package cli_test

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/cli"
)

// now is the clock of all commands.
var now = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// environment is a map as the environment of a process.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) { v, ok := e[name]; return v, ok }

func (e environment) Environ() []string {
	var list []string
	for name, value := range e {
		list = append(list, name+"="+value)
	}
	return list
}

// nobody is an address at which nobody listens, so that a command that asks a server fails with status 1.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	return address
}

// result is how a command ended.
type result struct {
	status         int
	stdout, stderr string
}

// starter runs a command; env is added to an environment that leads to nobody.
func starter(t *testing.T, env environment, stdin string, args ...string) result {
	t.Helper()
	whole := environment{"TEMPORAL_ADDRESS": nobody(t), "TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none")}
	for name, value := range env {
		whole[name] = value
	}
	readFile := func(name string) ([]byte, error) {
		if name == "forbidden.yaml" {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		return os.ReadFile(name)
	}
	var out, errs bytes.Buffer
	status := cli.Run(t.Context(), args, cli.IO{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: whole, ReadFile: readFile, Now: func() time.Time { return now },
	})
	return result{status, out.String(), errs.String()}
}

// requireUsage requires that a command was refused as wrong usage with exactly these lines, and did nothing.
func requireUsage(t *testing.T, got result, lines ...string) {
	t.Helper()
	require.Equal(t, strings.Join(lines, "\n")+"\n", got.stderr)
	require.Empty(t, got.stdout)
	require.Equal(t, cli.Usage, got.status)
}
