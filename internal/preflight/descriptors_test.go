package preflight_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/secret"
)

// crowded marks the process of the test below that has no file descriptors left.
const crowded = "PREFLIGHT_TEST_CROWDED"

// A process without descriptors is at fault itself: the addresses of the three systems are not.
func TestRunSaysThatNoDescriptorsAreLeft(t *testing.T) {
	t.Parallel()
	if os.Getenv(crowded) != "" {
		lookCrowded(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), crowded+"=1")
	said, err := cmd.Output()
	require.NoError(t, err, "%s", said)
	var findings []preflight.Finding
	require.NoError(t, json.NewDecoder(bytes.NewReader(said)).Decode(&findings), "%s", said)
	require.Len(t, findings, 3)
	for _, f := range findings {
		require.False(t, f.OK)
		require.Contains(t, f.Text, "too many open files", f.Name)
		require.Contains(t, f.Hint, "LimitNOFILE", f.Name)
	}
}

// lookCrowded takes every descriptor that this process may have, and prints what is found then.
func lookCrowded(t *testing.T) {
	const nobody = "127.0.0.1:1"
	options := client.Options{HostPort: nobody, Namespace: "default"}
	temporal, err := client.NewLazyClient(options)
	require.NoError(t, err)
	repository, err := alfresco.New(alfresco.Options{BaseURL: "http://" + nobody + "/alfresco", User: "sync", Password: secret.New("pa55-of-the-test")})
	require.NoError(t, err)
	register, err := kontur.New(kontur.Options{BaseURL: "http://" + nobody, Key: secret.New("k3y-of-the-test")})
	require.NoError(t, err)
	m, err := mapping.Default()
	require.NoError(t, err)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: 64}))
	for err == nil {
		_, err = syscall.Dup(int(os.Stdin.Fd()))
	}
	require.True(t, errors.Is(err, syscall.EMFILE), err)
	findings := preflight.Run(t.Context(), preflight.Subject{Temporal: temporal, TemporalOptions: options,
		World: outside.World{Alfresco: repository, Kontur: register, Mapping: m}, NodeType: "idocs:contractor", Sources: []string{"req"}})
	require.NoError(t, json.NewEncoder(os.Stdout).Encode(findings[:3]))
}
