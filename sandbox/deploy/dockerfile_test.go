package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// instruction is a line of a Dockerfile: "COPY" and what stands behind it.
type instruction struct {
	name, rest string
}

// stage is what stands between one FROM and the next.
type stage struct {
	base, name   string
	instructions []instruction
}

// values are what follows an instruction's name, for each such instruction of the stage.
func (s stage) values(name string) []string {
	var all []string
	for _, i := range s.instructions {
		if i.name == name {
			all = append(all, i.rest)
		}
	}
	return all
}

// stages reads the Dockerfile: comments go, continued lines become one.
func stages(t *testing.T) []stage {
	t.Helper()
	content, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	var lines []string
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	text := strings.ReplaceAll(strings.Join(lines, ""), "\\\n", " ")
	var all []stage
	for line := range strings.Lines(text) {
		name, rest, found := strings.Cut(strings.TrimSpace(line), " ")
		if !found {
			continue
		}
		rest = strings.Join(strings.Fields(rest), " ")
		if name == "FROM" {
			base, as, _ := strings.Cut(rest, " AS ")
			all = append(all, stage{base: base, name: as})
			continue
		}
		require.NotEmpty(t, all, "%s stands before the first FROM", name)
		last := &all[len(all)-1]
		last.instructions = append(last.instructions, instruction{name, rest})
	}
	return all
}

func stageNamed(t *testing.T, name string) stage {
	t.Helper()
	for _, s := range stages(t) {
		if s.name == name {
			return s
		}
	}
	require.FailNow(t, "no stage of the Dockerfile", name)
	return stage{}
}

var mounts = regexp.MustCompile(`--mount=\S+ ?`)

// buildCommands are the go commands that fill /out in a stage and in those that it begins with, for the shell.
func buildCommands(t *testing.T, name string) []string {
	t.Helper()
	s := stageNamed(t, name)
	var commands []string
	for _, base := range stages(t) {
		if base.name == s.base {
			commands = buildCommands(t, base.name)
		}
	}
	for _, run := range s.values("RUN") {
		if command := mounts.ReplaceAllString(run, ""); strings.HasPrefix(command, "go build") {
			commands = append(commands, command)
		}
	}
	return commands
}

// copied is what an image takes from another stage: the path there and the path here.
type copied struct {
	stage, from, to string
}

func copies(t *testing.T, s stage) []copied {
	t.Helper()
	var all []copied
	for _, rest := range s.values("COPY") {
		fields := strings.Fields(rest)
		require.Len(t, fields, 3, "COPY %s", rest)
		all = append(all, copied{strings.TrimPrefix(fields[0], "--from="), fields[1], fields[2]})
	}
	return all
}

func TestDockerfileEndsWithTheWorker(t *testing.T) {
	t.Parallel()
	all := stages(t)
	require.Equal(t, "worker", all[len(all)-1].name, "docker build without --target makes the last stage")
}

func TestImagesHaveNoShellAndNoRoot(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"worker", "sandbox"} {
		s := stageNamed(t, name)
		require.Equal(t, "scratch", s.base, name)
		require.Empty(t, s.values("RUN"), name)
		require.Equal(t, []string{"65532:65532"}, s.values("USER"), name)
		for _, exec := range append(s.values("ENTRYPOINT"), s.values("HEALTHCHECK")...) {
			require.Regexp(t, `\["/\w+".*\]$`, exec, "%s: the exec form, because there is no shell", name)
		}
		require.Len(t, s.values("HEALTHCHECK"), 1, name)
	}
}

// A worker listens on loopback unless it is told otherwise, and nobody reaches the loopback of a container.
func TestImageListensWhereItSays(t *testing.T) {
	t.Parallel()
	s := stageNamed(t, "worker")
	exposed := s.values("EXPOSE")
	require.Len(t, exposed, 1)
	require.Contains(t, s.values("ENV"), "HTTP_ADDR=:"+exposed[0])
}

func TestDockerfileTakesWhatTheRepositoryHas(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile("../.dockerignore")
	require.NoError(t, err)
	for _, name := range []string{"build", "build-sandbox"} {
		for _, rest := range stageNamed(t, name).values("COPY") {
			fields := strings.Fields(rest)
			for _, source := range fields[:len(fields)-1] {
				_, err := os.Stat(filepath.Join("..", source))
				require.NoError(t, err)
				require.NotContains(t, strings.Fields(string(ignored)), source, ".dockerignore keeps it from the build")
			}
		}
	}
}

func TestDockerfileBuildsWithTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(string(module))
	require.NotNil(t, version)
	require.Equal(t, fmt.Sprintf("golang:%s-bookworm", version[1]), stageNamed(t, "build").base)
}
