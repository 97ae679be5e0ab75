package docs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestHostedCI sees to it that the workflow of the public host runs what CI runs anywhere, may write nothing, and takes actions by
// their major versions.
func TestHostedCI(t *testing.T) {
	t.Parallel()
	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Steps []struct{ Uses, Run string }
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, root+"/.github/workflows/ci.yml")), &workflow))
	require.Equal(t, map[string]string{"contents": "read"}, workflow.Permissions)
	var runs []string
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if step.Uses == "" {
				runs = append(runs, step.Run)
				continue
			}
			require.Regexp(t, `^actions/[a-z-]+@v[0-9]+$`, step.Uses)
		}
	}
	require.Equal(t, []string{".ci/run"}, runs)
}

// TestDependabot sees to it that no module is left out, nor one named that is gone.
func TestDependabot(t *testing.T) {
	t.Parallel()
	var modules []string
	for _, file := range files(t) {
		if filepath.Base(file) == "go.mod" {
			modules = append(modules, filepath.Join("/", strings.TrimPrefix(filepath.Dir(file), root)))
		}
	}
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, root+"/.github/dependabot.yml")), &config))
	require.Equal(t, "gomod", config.Updates[0].Ecosystem)
	require.ElementsMatch(t, modules, config.Updates[0].Directories)
}
