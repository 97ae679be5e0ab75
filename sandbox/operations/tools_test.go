package operations_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/sandbox/rig"
)

// atOnce is how many tests run at a time, unless -parallel says otherwise: each has a server and tools of its own, and
// waits for both.
const atOnce = "4"

// requireEnv makes tools that can't be built a failure.
const requireEnv = "REQUIRE_CLI_TOOLS"

// project is the root module's folder, where the page's first command builds its tools into bin/.
const project = rig.Root

var (
	// tools is the folder of starter, temporal and tctl; toolsErr says why they could not be built.
	tools    string
	toolsErr error
	// workerFile is the worker's binary.
	workerFile string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if err := rig.AtOnce(atOnce); err != nil {
		panic(err)
	}
	if testing.Short() {
		return m.Run()
	}
	var err error
	if workerFile, err = rig.Binary("worker"); err != nil {
		panic(err)
	}
	if tools, err = filepath.Abs(filepath.Join(project, "bin")); err != nil {
		panic(err)
	}
	toolsErr = buildTools()
	return m.Run()
}

// buildTools executes the page's own command.
func buildTools() error {
	page, err := os.ReadFile(pageFile)
	if err != nil {
		return err
	}
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		if block[1] != "sh all:build" {
			continue
		}
		if out, err := in(project, "bash", "-euc", block[2]+"\nstarter --help && temporal --version && tctl --version"); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
	return errors.New("the page has no block all:build")
}

func in(folder, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = folder
	return cmd.CombinedOutput()
}

// needTools skips a test, or fails it where they are required, without the real temporal and tctl.
func needTools(t *testing.T) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("it needs the real tctl and temporal: make check")
	case toolsErr == nil:
	case os.Getenv(requireEnv) == "1":
		require.NoError(t, toolsErr)
	default:
		t.Skipf("the real tctl and temporal can't be built here (%s=1 makes that a failure): %v", requireEnv, toolsErr)
	}
}
