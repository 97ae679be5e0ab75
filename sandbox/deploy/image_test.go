package deploy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	imageUser = 65532
	// maxImageBytes is some room above the 55 MB of November 2026: an image that grows beyond it has something in it that
	// somebody ought to know about.
	maxImageBytes = 64 << 20
	version       = "v1.2.3-test"
)

// build runs the commands of a stage of the Dockerfile here, and returns the folder that stands for /out.
func build(t *testing.T, stage string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it compiles all anew, as an image is built: make check")
	}
	out := t.TempDir()
	for _, command := range buildCommands(t, stage) {
		command = strings.ReplaceAll(command, "/out/", out+"/")
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", command)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "VERSION="+version)
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", command, said)
	}
	return out
}

// image is a folder with what the worker's image holds, and nothing else.
func image(t *testing.T) string {
	t.Helper()
	out, root := build(t, "build"), t.TempDir()
	for _, c := range copies(t, stageNamed(t, "worker")) {
		from := c.from // the certificates of the base image; this machine's stand for them
		if rest, found := strings.CutPrefix(c.from, "/out/"); found {
			from = filepath.Join(out, rest)
		}
		copyFile(t, from, filepath.Join(root, c.to))
	}
	return root
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(from, ".crt") {
		content, err = []byte("no certificates on this machine\n"), nil
	}
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, content, 0o755))
}

func TestImage(t *testing.T) {
	t.Parallel()
	root := image(t)
	var total int64
	for _, name := range []string{"worker", "starter"} {
		file := filepath.Join(root, name)
		info, err := os.Stat(file)
		require.NoError(t, err)
		t.Logf("/%s: %.1f MB", name, float64(info.Size())/1e6)
		total += info.Size()

		requireStatic(t, file)
		built, err := buildinfo.ReadFile(file)
		require.NoError(t, err)
		settings := map[string]string{}
		for _, s := range built.Settings {
			settings[s.Key] = s.Value
			require.False(t, strings.HasPrefix(s.Key, "vcs"), "%s: %s would differ from checkout to checkout", name, s.Key)
		}
		require.Equal(t, "timetzdata", settings["-tags"], "%s has no time zones: the image has no zone data", name)
		require.Equal(t, "0", settings["CGO_ENABLED"], name)
		require.Equal(t, "true", settings["-trimpath"], name)
	}
	t.Logf("both: %.1f MB", float64(total)/1e6)
	require.Less(t, total, int64(maxImageBytes))

	t.Run("is the same when it is built again", func(t *testing.T) {
		again := build(t, "build")
		for _, name := range []string{"worker", "starter"} {
			require.Equal(t, digest(t, filepath.Join(root, name)), digest(t, filepath.Join(again, name)), name)
		}
	})
	t.Run("runs with nothing else around it", func(t *testing.T) { runsAlone(t, root) })
}

func TestSandboxImage(t *testing.T) {
	t.Parallel()
	out := build(t, "build-sandbox")
	for _, c := range copies(t, stageNamed(t, "sandbox")) {
		file := filepath.Join(out, strings.TrimPrefix(c.from, "/out/"))
		info, err := os.Stat(file)
		require.NoError(t, err)
		t.Logf("%s: %.1f MB", c.to, float64(info.Size())/1e6)
		requireStatic(t, file)
	}
}

// requireStatic: an image without libraries can run it.
func requireStatic(t *testing.T, file string) {
	t.Helper()
	binary, err := elf.Open(file)
	require.NoError(t, err)
	defer binary.Close()
	for _, p := range binary.Progs {
		require.NotContains(t, []elf.ProgType{elf.PT_INTERP, elf.PT_DYNAMIC}, p.Type, "%s is linked to libraries that the image lacks", file)
	}
}

func digest(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return fmt.Sprintf("%x", sha256.Sum256(content))
}

// runsAlone runs the image's programs as the image's user, with the image as the whole file system.
func runsAlone(t *testing.T, root string) {
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder of a process")
	}
	port := freePort(t)
	env := []string{
		"HOME=/", "PATH=/bin", "HTTP_ADDR=:" + port, "TEMPORAL_ADDRESS=127.0.0.1:1", "ALFRESCO_URL=http://127.0.0.1:1/alfresco",
		"ALFRESCO_USER=sync", "ALFRESCO_PASSWORD=x", "KONTUR_KEY=x", "KONTUR_URL=http://127.0.0.1:1",
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
		return cmd
	}

	said, err := inside("/starter", "--help").CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("this machine does not let root change the root folder of a process")
	}
	require.NoError(t, err, "%s", said)
	said, err = inside("/worker", "--version").CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Equal(t, "worker "+version+"\n", string(said))

	worker := inside("/worker")
	var log bytes.Buffer
	worker.Stderr = &log
	require.NoError(t, worker.Start())
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		response, err := http.Get("http://127.0.0.1:" + port + "/healthz")
		require.NoError(c, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(c, err)
		require.Equal(c, "ok\n", string(body))
	}, 30*time.Second, 20*time.Millisecond)

	said, err = inside("/worker", "--healthcheck").CombinedOutput()
	require.Error(t, err, "Temporal is not there")
	require.Equal(t, "not ready: the worker is not started\n", string(said))

	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.NoError(t, worker.Wait(), "%s", log.String())
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}
