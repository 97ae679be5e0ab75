package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
)

const unitFile = "systemd/counterparty-sync-worker.service"

// exposure is what systemd-analyze security may say at most, in tenths: 0 is locked away, 100 is open.
const exposure = "20"

// unit are the values of each key of the unit, in order.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	content, err := os.ReadFile(unitFile)
	require.NoError(t, err)
	all := map[string][]string{}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(line, "#") {
			all[key] = append(all[key], value)
		}
	}
	return all
}

func TestUnitNamesSettingsOfTheWorker(t *testing.T) {
	t.Parallel()
	environment := map[string]string{}
	var credentials []string
	for _, line := range unit(t)["LoadCredential"] {
		name, _, _ := strings.Cut(line, ":")
		credentials = append(credentials, name)
	}
	for _, line := range unit(t)["Environment"] {
		name, value, _ := strings.Cut(line, "=")
		environment[name] = value
		if name == goMemory {
			continue
		}
		require.Contains(t, credentials, strings.TrimPrefix(value, "%d/"), name)
	}
	checkSettings(t, environment)
	for _, s := range config.Settings() {
		if s.Secret && s.Required {
			require.Contains(t, environment, s.FileName())
		}
	}
}

func TestUnitStopsLaterThanTheWorkerDoes(t *testing.T) {
	t.Parallel()
	unitStops, err := time.ParseDuration(unit(t)["TimeoutStopSec"][0])
	require.NoError(t, err)
	for _, s := range config.Settings() {
		if s.Name == "STOP_TIMEOUT" {
			workerStops, err := time.ParseDuration(s.Default)
			require.NoError(t, err)
			require.GreaterOrEqual(t, unitStops, workerStops+5*time.Second)
			return
		}
	}
	require.Fail(t, "there is no STOP_TIMEOUT")
}

func TestUnitIsGoodForSystemd(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze on this machine")
	}
	// The program need not be installed here.
	content, err := os.ReadFile(unitFile)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), filepath.Base(unitFile))
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(content), unit(t)["ExecStart"][0], "/bin/true")), 0o600))

	// Some versions complain and exit with 0 all the same, so it has to say nothing about the unit.
	said, err := exec.CommandContext(t.Context(), analyze, "verify", file).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.NotContains(t, string(said), filepath.Base(unitFile))

	said, err = exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=yes", "--threshold="+exposure, file).CombinedOutput()
	if strings.Contains(string(said), "unrecognized option") {
		t.Skip("this systemd-analyze can't look at a file's security")
	}
	require.NoError(t, err, "%s", said)
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	t.Log(lines[len(lines)-1])
}
