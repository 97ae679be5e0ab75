package postgres_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/cli"
)

// nodes is enough for some of every kind of sample counterparty.
const nodes = 500

// TestComposeStack goes the way of docker compose --profile sandbox up, service by service.
func TestComposeStack(t *testing.T) {
	all := services(t)
	db := startDatabase(t, all["postgres"])

	schema := all["temporal-schema"]
	tool := program(t, "temporal-sql-tool", "go.temporal.io/server/cmd/tools/sql")
	runSchema(t, db, schema, tool)
	version := db.query(t, "temporal", "SELECT curr_version FROM schema_version")
	runSchema(t, db, schema, tool)
	require.Equal(t, version, db.query(t, "temporal", "SELECT curr_version FROM schema_version"), "it runs at every start")
	require.NotEqual(t, "0.0", version)
	require.NotEqual(t, "0.0", db.query(t, "temporal_visibility", "SELECT curr_version FROM schema_version"))

	binary := program(t, "temporal-server", "go.temporal.io/server/cmd/server")
	temporal := startTemporal(t, db, all["temporal"], binary)

	namespace := all["namespace"]
	require.Contains(t, starter(t, temporal, namespace, namespace.Command...), "namespace default created; ended passes are kept for 720h")
	require.Contains(t, starter(t, temporal, namespace, namespace.Command...), "namespace default unchanged")
	require.Contains(t, starter(t, temporal, namespace, "namespace", "--retention", "48h", "-o", "json"),
		`{"name":"default","result":"changed","retention":"48h0m0s"}`)
	attributes := all["search-attributes"]
	require.Contains(t, starter(t, temporal, attributes, attributes.Command...), "added")
	require.Contains(t, starter(t, temporal, attributes, attributes.Command...), "ready")

	worker := startWorker(t, temporal, all["worker-sandbox"])
	sync := all["sync"]
	require.Contains(t, starter(t, temporal, sync, sync.Command...), "counterparty-sync-main created")
	require.Contains(t, starter(t, temporal, sync, "trigger", "main", "--wait"), fmt.Sprintf("%d nodes processed", nodes))
	require.Regexp(t, `COMPLETED in .*: 500 nodes processed: 0 updated`, starter(t, temporal, sync, "trigger", "main", "--wait"))
	t.Logf("peak memory after two passes over %d nodes: worker %d MB, Temporal %d MB", nodes, worker.PeakMemory()/1e6, temporal.PeakMemory()/1e6)

	// What is in PostgreSQL outlives the server.
	temporal.stop()
	temporal = startTemporal(t, db, all["temporal"], binary)
	// Its services look for those of the server before until they see that these are gone, which takes some seconds.
	require.True(t, temporal.await(t, func() error {
		status, said := tryStarter(t, temporal, sync, "status", "main")
		if status != cli.Done || !strings.Contains(said, "500") {
			return errors.New(said)
		}
		return nil
	}), "Temporal ended")
}

// runSchema runs the schema job with the tool of the server's own module.
func runSchema(t *testing.T, db *database, s service, tool string) {
	t.Helper()
	env := s.with(t, rig.Environment{"SQL_HOST": "127.0.0.1", "SQL_PORT": db.port, "SQL_PASSWORD_FILE": db.passwordFile},
		rig.Environment{"PATH": filepath.Dir(tool) + ":/usr/bin:/bin"})
	command := s.localised(t, append(s.Entrypoint, s.Command...))
	said, err := run(t, env, command[0], command[1:]...)
	require.NoError(t, err, "%s", said)
	require.Contains(t, said, "schema is ready")
	require.NotContains(t, said, password)
}

// temporalServer is Temporal's server as a process of its own.
type temporalServer struct {
	*process
	address string
}

// portNames are the variables of deploy/temporal/server.yaml that say where the services listen.
var portNames = []string{
	"FRONTEND_GRPC_PORT", "FRONTEND_HTTP_PORT", "FRONTEND_MEMBERSHIP_PORT", "HISTORY_GRPC_PORT", "HISTORY_MEMBERSHIP_PORT",
	"MATCHING_GRPC_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_GRPC_PORT", "WORKER_MEMBERSHIP_PORT", "PROMETHEUS_PORT",
}

// startTemporal starts the server with the files that compose mounts, and waits for the container's own health check. It
// tries again where another process took one of the ports meanwhile.
func startTemporal(t *testing.T, db *database, s service, binary string) *temporalServer {
	t.Helper()
	// The check of the container: wget of a path of the HTTP port.
	check := regexp.MustCompile(`http://\$\$\(hostname\):7243(/[^"]*)`).FindStringSubmatch(strings.Join(s.Healthcheck.Test, " "))
	require.NotNil(t, check)
	for range 3 {
		env := s.with(t, rig.Environment{
			"TEMPORAL_SERVER_CONFIG_FILE_PATH": s.onHost(t, s.Environment["TEMPORAL_SERVER_CONFIG_FILE_PATH"]),
			"SQL_HOST":                         "127.0.0.1", "SQL_PORT": db.port, "SQL_PASSWORD_FILE": db.passwordFile,
		}, rig.Environment{
			// The image's start script finds the address; the mounts are where the image has them.
			"BIND_ON_IP": "127.0.0.1", "DYNAMIC_CONFIG_FILE_PATH": s.onHost(t, "/etc/temporal/config/dynamic.yaml"), "PATH": "/usr/bin:/bin",
		})
		for i, port := range freePorts(t, len(portNames)) {
			env[portNames[i]] = port
		}
		began := time.Now()
		// Not the test's context: that ends before the cleanups, and would kill it.
		cmd := exec.Command(binary, "start") //nolint:noctx // stop ends it
		cmd.Env = env.Environ()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		server := &temporalServer{process: start(t, cmd, syscall.SIGTERM), address: net.JoinHostPort("127.0.0.1", env["FRONTEND_GRPC_PORT"])}
		if server.await(t, answers("http://"+net.JoinHostPort("127.0.0.1", env["FRONTEND_HTTP_PORT"])+check[1])) {
			t.Logf("Temporal ready after %s", time.Since(began).Round(10*time.Millisecond))
			return server
		}
		require.Contains(t, server.log.String(), "address already in use")
	}
	require.FailNow(t, "others take the ports")
	return nil
}

// answers is a check whether a page is there.
func answers(url string) func() error {
	return func() error {
		response, err := http.Get(url) //nolint:noctx // of this machine
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, response.Status)
		}
		return nil
	}
}

// starter runs a command of the starter in the environment of a service, and returns what it said.
func starter(t *testing.T, temporal *temporalServer, s service, args ...string) string {
	t.Helper()
	status, said := tryStarter(t, temporal, s, args...)
	require.Equal(t, cli.Done, status, "%v: %s", args, said)
	return said
}

// tryStarter is starter for a command that may fail.
func tryStarter(t *testing.T, temporal *temporalServer, s service, args ...string) (status int, output string) {
	t.Helper()
	env := s.with(t, rig.Environment{"TEMPORAL_ADDRESS": temporal.address}, rig.Environment{"TEMPORAL_CONFIG_FILE": os.DevNull})
	status, said, errs := rig.Starter(t.Context(), env, "", s.localised(t, args)...)
	return status, said + errs
}

// startWorker starts a worker as a process of its own, for simulators in this one, and waits for the image's own check.
func startWorker(t *testing.T, temporal *temporalServer, s service) *process {
	t.Helper()
	a := alfrescotest.NewServer(t, alfrescotest.WithCiteckNames())
	k := konturtest.NewServer(t)
	sample.Fill(a, k, nodes, 1)
	secret := func(name, value string) string {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, []byte(value), 0o600))
		return file
	}
	env := s.with(t, rig.Environment{
		"TEMPORAL_ADDRESS": temporal.address, "ALFRESCO_URL": a.URL(), "KONTUR_URL": k.URL(),
		"ALFRESCO_PASSWORD_FILE": secret("alfresco-password", alfrescotest.DefaultPassword), "KONTUR_KEY_FILE": secret("kontur-key", k.Key()),
	}, rig.Environment{"HTTP_ADDR": "127.0.0.1:" + freePort(t), "TEMPORAL_CONFIG_FILE": os.DevNull, "KONTUR_RPS": "100"})
	binary, err := rig.Binary("worker")
	require.NoError(t, err)
	began := time.Now()
	cmd := exec.Command(binary) //nolint:noctx // stop ends it
	cmd.Env = env.Environ()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	worker := start(t, cmd, syscall.SIGTERM)
	require.True(t, worker.await(t, answers("http://"+env["HTTP_ADDR"]+"/readyz")), "the worker ended")
	t.Logf("worker ready after %s", time.Since(began).Round(time.Millisecond))
	check := s.Healthcheck.Test
	require.Equal(t, []string{"CMD", "/worker"}, check[:2])
	said, err := run(t, env, binary, check[2:]...)
	require.NoError(t, err, "%s", said)
	return worker
}
