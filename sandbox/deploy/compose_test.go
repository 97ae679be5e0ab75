package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/kontur/konturtest"
)

// stacks are the profiles that docker-compose.yml offers, with the services that run on in each.
var stacks = map[string][]string{
	"":         {"postgres", "temporal", "ui"},
	"worker":   {"postgres", "temporal", "ui", "worker"},
	"sandbox":  {"postgres", "simulators", "temporal", "ui", "worker-sandbox"},
	"alfresco": {"activemq", "alfresco", "alfresco-db", "kontur", "postgres", "solr", "temporal", "ui", "worker-alfresco"},
}

// project is the compose file as docker compose would see it with a profile and without any variable of the machine.
// worker.env, which everybody makes for themselves, is left unread.
func project(t *testing.T, profile string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithProfiles([]string{profile}), cli.WithoutEnvironmentResolution)
	require.NoError(t, err)
	p, err := o.LoadProject(t.Context())
	require.NoError(t, err)
	return p
}

// forEachService runs a check on every service of every stack.
func forEachService(t *testing.T, check func(t *testing.T, p *types.Project, s types.ServiceConfig)) {
	t.Helper()
	for profile := range stacks {
		p := project(t, profile)
		for name, s := range p.Services {
			t.Run(strings.TrimPrefix(profile+"/"+name, "/"), func(t *testing.T) { check(t, p, s) })
		}
	}
}

// isJob: it does its work and ends.
func isJob(s types.ServiceConfig) bool { return strings.HasPrefix(s.Restart, "on-failure") }

func TestEachProfileIsAWholeStack(t *testing.T) {
	t.Parallel()
	for profile, want := range stacks {
		var got []string
		for name, s := range project(t, profile).Services {
			if !isJob(s) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		require.Equal(t, want, got, "profile %q", profile)
	}
}

func TestServicesAreJobsOrCheckedAndRestarted(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if isJob(s) {
			require.True(t, s.HealthCheck == nil || s.HealthCheck.Disable, "a job has no health")
			return
		}
		require.Equal(t, "unless-stopped", s.Restart)
		require.NotNil(t, s.HealthCheck)
		require.Greater(t, len(s.HealthCheck.Test), 1)
		require.NotNil(t, s.HealthCheck.Timeout)
		require.NotZero(t, s.MemLimit, "what it may need at most")
	})
}

// digits, as in 17.9 or 1.32.1 or 6.2.6-jre17-rockylinux8: a tag that is not moved to other contents.
var pinned = regexp.MustCompile(`^(docker\.io/)?[a-z0-9./-]+:\d+\.\d+(\.\d+)*(-[a-z0-9-]+)?$`)

func TestImagesArePinnedOrBuiltHere(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if s.Build == nil {
			require.Regexp(t, pinned, s.Image)
			return
		}
		require.Equal(t, "scratch", stageNamed(t, s.Build.Target).base)
		require.True(t, strings.HasSuffix(s.Image, ":local"), "without VERSION: %s", s.Image)
		for arg := range s.Build.Args {
			require.Contains(t, stageNamed(t, s.Build.Target).values("ARG"), arg+"=unknown")
		}
	})
}

func TestServicesWaitForWhatCanBeWaitedFor(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, p *types.Project, s types.ServiceConfig) {
		for name, d := range s.DependsOn {
			on, found := p.Services[name]
			require.True(t, found, "%s is not part of this stack", name)
			if isJob(on) {
				require.Equal(t, types.ServiceConditionCompletedSuccessfully, d.Condition, name)
			} else {
				require.Equal(t, types.ServiceConditionHealthy, d.Condition, name)
			}
		}
	})
}

func TestNothingIsPublishedBeyondThisMachine(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		require.NotEqual(t, "host", s.NetworkMode)
		require.NotEmpty(t, s.Networks)
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, port.Published)
		}
	})
}

func TestTemporalHasOneNetwork(t *testing.T) {
	t.Parallel()
	require.Len(t, project(t, "").Services["temporal"].Networks, 1, "its image can't choose between two addresses")
}

func TestOurOwnContainersMayDoNothingButTheirWork(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if s.Build == nil {
			return
		}
		require.True(t, s.ReadOnly)
		require.Equal(t, []string{"ALL"}, s.CapDrop)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt)
		require.Empty(t, s.User, "the image has a user")
	})
}

func TestMountsAreFilesOfTheRepository(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, p *types.Project, s types.ServiceConfig) {
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeVolume {
				require.Contains(t, p.Volumes, v.Source)
				continue
			}
			require.FileExists(t, v.Source, "docker would make a folder of that name")
			require.True(t, v.ReadOnly, v.Source)
		}
	})
}

// secretsMade are the files that deploy/secrets.sh makes, or asks for.
var secretsMade = regexp.MustCompile(`(?m)^(?:random |\[ -s secrets/)(\S+)`)

func TestSecretsAreFilesThatTheScriptMakes(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("secrets.sh")
	require.NoError(t, err)
	var made []string
	for _, match := range secretsMade.FindAllStringSubmatch(string(script), -1) {
		made = append(made, match[1])
	}
	known, err := filepath.Abs("../secrets")
	require.NoError(t, err)
	forEachService(t, func(t *testing.T, p *types.Project, s types.ServiceConfig) {
		for _, used := range s.Secrets {
			file := p.Secrets[used.Source].File
			if filepath.Dir(file) == known {
				require.Contains(t, made, filepath.Base(file))
				continue
			}
			require.FileExists(t, file)
		}
		for name, value := range s.Environment {
			if !strings.HasSuffix(name, "_FILE") || value == nil {
				continue
			}
			require.True(t, slices.ContainsFunc(s.Secrets, func(used types.ServiceSecretConfig) bool {
				target := used.Target
				if target == "" {
					target = used.Source
				}
				return *value == target || *value == "/run/secrets/"+filepath.Base(target)
			}), "%s names %s, which is not mounted", name, *value)
		}
	})
}

func TestModelIsMountedWhereItsContextLooks(t *testing.T) {
	t.Parallel()
	mounted := map[string]string{}
	for _, v := range project(t, "alfresco").Services["alfresco"].Volumes {
		mounted[filepath.Base(v.Source)] = v.Target
	}
	// The repository reads alfresco/extension/*-context.xml on its class path.
	const extension = "/usr/local/tomcat/shared/classes/alfresco/extension/"
	require.Equal(t, extension+"idocs-context.xml", mounted["idocs-context.xml"])
	require.Equal(t, extension+"idocs-model.xml", mounted["idocs-model.xml"])
}

func TestSampleNodesAndRegisterAreOfOneSample(t *testing.T) {
	t.Parallel()
	services := project(t, "alfresco").Services
	counts := regexp.MustCompile(`--count[= ](\d+)`)
	nodes := counts.FindStringSubmatch(strings.Join(services["sample-nodes"].Command, " "))
	companies := counts.FindStringSubmatch(strings.Join(services["kontur"].Command, " "))
	require.NotNil(t, nodes)
	require.Equal(t, nodes[1], companies[1], "the companies of a sample depend on its size")
}

func TestSandboxSecretsAreTheSimulators(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{"alfresco-password": alfrescotest.DefaultPassword, "kontur-key": konturtest.DefaultKey} {
		got, err := os.ReadFile(filepath.Join("sandbox", file))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestWorkersKnowTheirSettings(t *testing.T) {
	t.Parallel()
	forEachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if s.Build == nil || s.Build.Target != "worker" {
			return
		}
		require.Equal(t, "temporal:7233", *s.Environment["TEMPORAL_ADDRESS"])
		require.Equal(t, "default", *s.Environment["TEMPORAL_NAMESPACE"])
		checkSettings(t, s.Environment.ToMapping())
		if isJob(s) {
			return
		}
		require.Equal(t, fmt.Sprintf(":%d", s.Ports[0].Target), *s.Environment["HTTP_ADDR"], "the port that is published")
		if s.Name == "worker" {
			return // its own settings are in worker.env
		}
		environment := connect.Variables{}
		for name, value := range s.Environment {
			environment[name] = *value
		}
		_, err := config.LoadWorker(environment, func(string) ([]byte, error) { return []byte("secret"), nil })
		require.NoError(t, err)
		require.Greater(t, s.StopGracePeriod.String(), "25s")
	})
}

// checkSettings refuses names that a worker would not know.
func checkSettings(t *testing.T, environment map[string]string) {
	t.Helper()
	known := []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", goMemory, connect.EnvPayloadKeys, connect.EnvPayloadCompression}
	for _, s := range config.Settings() {
		known = append(known, s.Name)
		if s.Secret {
			known = append(known, s.FileName())
		}
	}
	for name := range environment {
		require.True(t, slices.Contains(known, name) || strings.HasPrefix(name, "TEMPORAL_"), "%s is no setting", name)
	}
}
