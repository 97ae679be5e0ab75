package postgres_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"counterparty-sync/sandbox/rig"
)

// root is the folder of docker-compose.yml.
const root = rig.Root

// service is what a service of docker-compose.yml says about its process.
type service struct {
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

func services(t *testing.T) map[string]service {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	require.NoError(t, err)
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	require.NoError(t, yaml.Unmarshal(content, &file))
	return file.Services
}

// onHost is the file of the repository that a container sees at a path.
func (s service) onHost(t *testing.T, path string) string {
	t.Helper()
	for _, v := range s.Volumes {
		parts := strings.Split(v, ":")
		if len(parts) > 1 && parts[1] == path {
			file, err := filepath.Abs(filepath.Join(root, parts[0]))
			require.NoError(t, err)
			return file
		}
	}
	require.FailNow(t, "nothing is mounted", path)
	return ""
}

// localised are arguments in which the paths of mounts are those of this machine.
func (s service) localised(t *testing.T, args []string) []string {
	t.Helper()
	local := make([]string, len(args))
	for i, arg := range args {
		if local[i] = arg; strings.HasPrefix(arg, "/") && filepath.Ext(arg) != "" {
			local[i] = s.onHost(t, arg)
		}
	}
	return local
}

// with is the environment of a service with other values; a name that the service does not have is a mistake here,
// unless it is in addition.
func (s service) with(t *testing.T, others, additional rig.Environment) rig.Environment {
	t.Helper()
	all := rig.Environment(maps.Clone(s.Environment))
	for name, value := range others {
		require.Contains(t, all, name, "docker-compose.yml does not set it")
		all[name] = value
	}
	maps.Copy(all, additional)
	return all
}
