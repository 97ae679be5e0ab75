package workflows_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recordings is where the histories of all releases are. The README there says how they come to be.
const recordings = "testdata/replay"

// scenarios are what every release has to have recorded, each with the first release that did.
var scenarios = map[string]string{
	"a-key-of-its-own":            "v1.0.0",
	"a-key-that-nobody-holds":     "v1.0.0",
	"approved":                    "v1.0.0",
	"batch-that-fails":            "v1.0.0",
	"by-hand":                     "v1.0.0",
	"by-ogrn":                     "v1.0.0",
	"called-off":                  "v1.0.0",
	"changed-by-another-tool":     "v1.0.0",
	"company-that-fails":          "v1.0.0",
	"configuration-changed":       "v1.0.0",
	"first-pass":                  "v1.0.0",
	"forgotten":                   "v1.0.0",
	"from-the-checkpoint":         "v1.0.0",
	"gave-up":                     "v1.0.0",
	"gave-up-at-once":             "v1.0.0",
	"half-written":                "v1.0.0",
	"held-again":                  "v1.0.0",
	"held-and-waiting":            "v1.0.0",
	"invalid-configuration":       "v1.0.0",
	"many-segments":               "v1.0.0",
	"no-nodes":                    "v1.0.0",
	"no-nodes-any-more":           "v1.0.0",
	"nobody-known":                "v1.0.0",
	"nobody-known-yet":            "v1.0.0",
	"node-that-cant-be-read":      "v1.0.0",
	"not-found-before":            "v1.0.0",
	"nothing-to-do":               "v1.0.0",
	"open-at-the-end":             "v1.0.0",
	"open-batch":                  "v1.0.0",
	"open-write":                  "v1.0.0",
	"per-node-rejects":            "v1.0.0",
	"rate-limited":                "v1.0.0",
	"refused":                     "v1.0.0",
	"rejected-before":             "v1.0.0",
	"rejected-before-and-down":    "v1.0.0",
	"report":                      "v1.0.0",
	"report-cancelled":            "v1.0.0",
	"report-error":                "v1.0.0",
	"report-of-a-foreigner":       "v1.0.0",
	"report-of-a-sole-proprietor": "v1.0.0",
	"report-of-an-unknown-type":   "v1.0.0",
	"report-of-nobody":            "v1.0.0",
	"report-out-of-time":          "v1.0.0",
	"report-rate-limited":         "v1.0.0",
	"report-refresh":              "v1.0.0",
	"report-retried":              "v1.0.0",
	"report-webhook":              "v1.0.0",
	"rest-that-fails":             "v1.0.0",
	"resume-after-error":          "v1.0.0",
	"resume-from-the-memo":        "v1.0.0",
	"retried-at-once":             "v1.0.0",
	"retry-and-recovery":          "v1.0.0",
	"rewound":                     "v1.0.0",
	"segment-lost":                "v1.0.0",
	"source-left-out":             "v1.0.0",
	"stopped":                     "v1.0.0",
	"stopped-while-waiting":       "v1.0.0",
	"waiting":                     "v1.0.0",
	"woken-by-a-worker":           "v1.0.0",
	"worker-lost":                 "v1.0.0",
	"written-ahead":               "v1.0.0",
}

// recordedRelease is a manifest: what was recorded from which commit.
type recordedRelease struct {
	Release string
	Commit  string
	Files   []struct {
		File, Scenario, Type, WorkflowID, RunID, SHA256 string
		Events                                          int
	}
}

// recordedReleases reads all manifests, and fails if there is none: a replay of nothing proves nothing.
func recordedReleases(t *testing.T) []recordedRelease {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(recordings, "*.manifest.json"))
	require.NoError(t, err)
	require.NotEmpty(t, names, "no release is recorded in workflows/%s: nothing would say whether this build can go on with open runs", recordings)
	var all []recordedRelease
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		var r recordedRelease
		require.NoError(t, json.Unmarshal(data, &r))
		require.Equal(t, filepath.Base(name), r.Release+".manifest.json")
		require.NotEmpty(t, r.Files, name)
		all = append(all, r)
	}
	return all
}

func TestRecordingsAreWhatTheirManifestsSay(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, r := range recordedReleases(t) {
		recorded := map[string]bool{}
		for _, f := range r.Files {
			data, err := os.ReadFile(filepath.Join(recordings, f.File))
			require.NoError(t, err, "a recording is deleted only with its whole release, when no run of it can be open any more")
			sum := sha256.Sum256(data)
			require.Equal(t, f.SHA256, hex.EncodeToString(sum[:]), "%s was changed: a recording is never changed, the code is", f.File)
			require.True(t, strings.HasPrefix(f.File, r.Release+"_"+f.Scenario+"."), f.File)
			listed[f.File], recorded[f.Scenario] = true, true
		}
		for name, since := range scenarios {
			if !earlier(t, r.Release, since) {
				require.True(t, recorded[name], "release %s has no recording of %s", r.Release, name)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(recordings, "*.json.gz"))
	require.NoError(t, err)
	for _, name := range files {
		require.True(t, listed[filepath.Base(name)], "%s is in no manifest", name)
	}
}

// earlier compares v1.2.3 with v1.10.0.
func earlier(t *testing.T, a, b string) bool {
	t.Helper()
	return slices.Compare(numbers(t, a), numbers(t, b)) < 0
}

func numbers(t *testing.T, release string) []int {
	t.Helper()
	var n []int
	for _, part := range strings.Split(strings.TrimPrefix(release, "v"), ".") {
		var number int
		require.NoError(t, json.Unmarshal([]byte(part), &number), release)
		n = append(n, number)
	}
	return n
}

// The manifest goes with its files, so a branch could change both. Git can't be fooled: what is on the main line stays.
func TestNoCommitChangesARecording(t *testing.T) {
	t.Parallel()
	if out, err := git("rev-parse", "--is-inside-work-tree"); err != nil {
		t.Skipf("not checked, because git does not answer here: %s %v", out, err)
	}
	head, err := git("rev-parse", "HEAD")
	require.NoError(t, err)
	// M, T: changed; D: deleted; R: renamed. A merge counts with all that it brings to the line that it is merged into.
	changed, err := git("log", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=MTD", "--name-status", "--format=commit %h", head, "--", recordings+"/v*")
	require.NoError(t, err)
	open, err := git("diff", "--no-renames", "--diff-filter=MTD", "--name-status", "HEAD", "--", recordings+"/v*")
	require.NoError(t, err)
	for _, complaint := range append(complaints(changed), complaints("commit of the working tree\n"+open)...) {
		t.Error(complaint)
	}
	if shallow, err := git("rev-parse", "--is-shallow-repository"); err == nil && shallow == "true" {
		count, _ := git("rev-list", "--count", "--first-parent", "HEAD")
		t.Logf("this clone is shallow: only its last %s commits are checked", count)
	}
}

// complaints are what is wrong in a log: a whole release may be deleted, manifest and all, and nothing else.
func complaints(log string) []string {
	var all []string
	var commit string
	gone := map[string]bool{} // releases whose manifest goes in the commit
	for line := range strings.Lines(log) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "commit "); ok {
			commit = rest
			continue
		}
		if status, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && status == "D" && strings.HasSuffix(file, ".manifest.json") {
			gone[commit+" "+releaseOf(file)] = true
		}
	}
	for line := range strings.Lines(log) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "commit "); ok {
			commit = rest
			continue
		}
		if status, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && (status != "D" || !gone[commit+" "+releaseOf(file)]) {
			all = append(all, "commit "+commit+" changes "+file+" ("+status+"): a recording is never changed, the code is")
		}
	}
	return all
}

func releaseOf(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".manifest.json")
	release, _, _ := strings.Cut(name, "_")
	return release
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, log string
		want      int
	}{
		{"nothing", "", 0},
		{"a release that is deleted whole", "commit a1\n\nD\tx/v0.1.0.manifest.json\nD\tx/v0.1.0_first-pass.json.gz\n", 0},
		{"one file of it", "commit a1\n\nD\tx/v0.1.0_first-pass.json.gz\n", 1},
		{"the manifest in one commit, the files in another", "commit a1\n\nD\tx/v0.1.0.manifest.json\ncommit b2\n\nD\tx/v0.1.0_first-pass.json.gz\n", 1},
		{"a change", "commit a1\n\nM\tx/v0.1.0_first-pass.json.gz\nM\tx/v0.1.0.manifest.json\n", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Len(t, complaints(tt.log), tt.want)
		})
	}
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
