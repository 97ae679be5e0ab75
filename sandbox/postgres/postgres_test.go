package postgres_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const password = "pa55-of-the-test"

// postgresBin is the folder with PostgreSQL's programs. Debian keeps them out of the PATH, one folder for each version.
func postgresBin(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs PostgreSQL: make check")
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NoError(t, err)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		initdb, err = filepath.EvalSymlinks(initdb)
		require.NoError(t, err)
		return filepath.Dir(initdb)
	}
	if os.Getenv("REQUIRE_POSTGRES") != "" {
		require.FailNow(t, "no PostgreSQL on this machine, and REQUIRE_POSTGRES is set")
	}
	t.Skip("no PostgreSQL on this machine: apt-get install postgresql")
	return ""
}

// database is a running PostgreSQL.
type database struct {
	bin, port, passwordFile string
}

// startDatabase makes and starts a PostgreSQL of the test's own, with the user and password of docker-compose.yml's.
func startDatabase(t *testing.T, compose service) *database {
	t.Helper()
	bin, dir := postgresBin(t), t.TempDir()
	d := &database{bin: bin, port: freePort(t), passwordFile: filepath.Join(t.TempDir(), "postgres-password")}
	require.NoError(t, os.WriteFile(d.passwordFile, []byte(password), 0o644))
	credential := unprivileged(t, dir, filepath.Dir(d.passwordFile))
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) *exec.Cmd {
		// Not the test's context: that ends before the cleanups, and would kill it.
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, name), args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGQUIT}
		return cmd
	}
	said, err := run("initdb", "--pgdata", data, "--username", compose.Environment["POSTGRES_USER"], "--pwfile", d.passwordFile,
		"--auth", "scram-sha-256", "--no-sync").CombinedOutput()
	require.NoError(t, err, "%s", said)

	server := run("postgres", "-D", data, "-p", d.port, "-k", dir, "-h", "127.0.0.1", "-F")
	// An interrupt is the fast way to stop: it cuts connections, and writes what is to be written.
	require.True(t, start(t, server, os.Interrupt).await(t, d.health(t, compose)), "PostgreSQL ended")
	return d
}

// health is the container's own check, for the port of this machine.
func (d *database) health(t *testing.T, compose service) func() error {
	t.Helper()
	check := compose.Healthcheck.Test
	require.Equal(t, "CMD", check[0])
	return func() error {
		cmd := exec.CommandContext(t.Context(), filepath.Join(d.bin, check[1]), check[2:]...)
		cmd.Env = []string{"PGPORT=" + d.port}
		return cmd.Run()
	}
}

// query runs a statement and returns what psql prints, without decoration.
func (d *database) query(t *testing.T, name, statement string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(d.bin, "psql"), "--host=127.0.0.1", "--port="+d.port, "--username=temporal",
		"--dbname="+name, "--no-psqlrc", "--tuples-only", "--no-align", "--command="+statement)
	cmd.Env = []string{"PGPASSWORD=" + password}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", statement, errs.String())
	return string(bytes.TrimSpace(out))
}

// unprivileged is a user for PostgreSQL, which refuses to run as root, with folders that this user may use. Nil means
// the one that runs the tests.
func unprivileged(t *testing.T, dirs ...string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	require.NoError(t, err)
	uid, err := strconv.Atoi(who.Uid)
	require.NoError(t, err)
	gid, err := strconv.Atoi(who.Gid)
	require.NoError(t, err)
	for _, dir := range dirs {
		require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
		require.NoError(t, os.Chown(dir, uid, gid))
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
