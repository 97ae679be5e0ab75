package operations_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireEnv makes tools that can't be built a failure.
const requireEnv = "REQUIRE_CLI_TOOLS"

// project is the root module's folder, where the page's first command builds its tools into bin/.
const project = "../.."

var (
	// tools is the folder of starter, temporal and tctl; toolsErr says why they could not be built.
	tools    string
	toolsErr error
	// workerFile is the worker's binary.
	workerFile string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "operations")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	workerFile = filepath.Join(dir, "worker")
	if out, err := in(project, "go", "build", "-o", workerFile, "./worker"); err != nil {
		panic(fmt.Sprintf("build the worker: %v\n%s", err, out))
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
	case toolsErr == nil:
	case os.Getenv(requireEnv) == "1":
		require.NoError(t, toolsErr)
	default:
		t.Skipf("the real tctl and temporal can't be built here (%s=1 makes that a failure): %v", requireEnv, toolsErr)
	}
}
