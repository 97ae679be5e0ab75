package deploy

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goMemory tells Go how much memory it may have before it collects garbage in earnest.
const goMemory = "GOMEMLIMIT"

// requireShare: Go has 90 % of what the process may have, in MiB. The rest is for what Go does not count.
func requireShare(t *testing.T, share string, all int64) {
	t.Helper()
	mib, err := strconv.ParseInt(strings.TrimSuffix(share, "MiB"), 10, 64)
	require.NoError(t, err, share)
	require.Equal(t, all*9/10>>20, mib)
}

func TestGoKnowsTheLimitOfTheWorkersMemory(t *testing.T) {
	t.Parallel()
	workers := 0
	for profile := range stacks {
		for name, s := range project(t, profile).Services {
			if isJob(s) || !strings.HasPrefix(name, "worker") {
				continue
			}
			workers++
			share := s.Environment[goMemory]
			require.NotNil(t, share, name)
			requireShare(t, *share, int64(s.MemLimit))
		}
	}
	require.Equal(t, 3, workers)

	var image string
	for _, env := range stageNamed(t, "worker").values("ENV") {
		if value, found := strings.CutPrefix(env, goMemory+"="); found {
			image = value
		}
	}
	requireShare(t, image, int64(project(t, "worker").Services["worker"].MemLimit))

	limit := regexp.MustCompile(`^(\d+)M$`).FindStringSubmatch(unit(t)["MemoryMax"][0])
	require.NotNil(t, limit)
	mib, err := strconv.ParseInt(limit[1], 10, 64)
	require.NoError(t, err)
	for _, line := range unit(t)["Environment"] {
		if share, found := strings.CutPrefix(line, goMemory+"="); found {
			requireShare(t, share, mib<<20)
			return
		}
	}
	require.Fail(t, "the unit does not set "+goMemory)
}
