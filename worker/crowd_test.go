package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/contrib/envconfig"
)

// crowded marks the process that is the worker of the test below.
const crowded = "WORKER_TEST_CROWDED"

var openDescriptors = regexp.MustCompile(`(?m)^process_open_fds (\d+)$`)

// A worker with 400 descriptors works on while 420 callers hold their connections to the health port and say nothing.
func TestIdleCallersLeaveTheWorkerItsDescriptors(t *testing.T) {
	t.Parallel()
	if os.Getenv(crowded) != "" {
		workCrowded(t)
		return
	}
	env := settings(t, nil)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(env.Environ(), crowded+"=1", "HTTP_ADDR="+address)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
	})
	ask := func(path string) (int, string) {
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}).Get("http://" + address + path)
		if err != nil {
			return 0, ""
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(body)
	}
	require.Eventually(t, func() bool { status, _ := ask("/healthz"); return status == http.StatusOK }, 30*time.Second, 20*time.Millisecond)
	for range 420 {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: worker\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	status, metrics := ask("/metrics")
	require.Equal(t, http.StatusOK, status)
	open := openDescriptors.FindStringSubmatch(metrics)
	require.NotNil(t, open)
	n, err := strconv.Atoi(open[1])
	require.NoError(t, err)
	t.Logf("%d descriptors are open", n)
	require.Less(t, n, 200, "of 400")
}

// workCrowded is main with 400 descriptors.
func workCrowded(t *testing.T) {
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 400, Max: 400}))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	require.Zero(t, run(ctx, nil, process{stdout: os.Stdout, stderr: os.Stderr, env: envconfig.EnvLookupOS, readFile: os.ReadFile}))
}
