package record_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

// recordings is where histories are kept, seen from here.
const recordings = root + "/workflows/testdata/replay"

// release is what is recorded: a name and the commit that it was made from.
type release struct{ name, commit string }

// manifest is the file beside a release's recordings; workflows/recordings_test.go reads it.
type manifest struct {
	Release string `json:"release"`
	// Commit is the code that was recorded, Server the Temporal server that it was recorded on.
	Commit string         `json:"commit"`
	Server string         `json:"server"`
	Files  []manifestFile `json:"files"`
}

type manifestFile struct {
	File       string `json:"file"`
	Scenario   string `json:"scenario"`
	Type       string `json:"type"`
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	Events     int    `json:"events"`
	SHA256     string `json:"sha256"`
}

var releaseName = regexp.MustCompile(`^v\d+\.\d+\.\d+$`)

// newRelease finds the code of a release. The working tree plays no part, so that nothing can be recorded from a branch
// that is under way: the code is a commit, and it has to be on the main line.
func newRelease(name, code string) (*release, error) {
	if !releaseName.MatchString(name) {
		return nil, fmt.Errorf("%q is no release; say -release v1.2.3", name)
	}
	if old, _ := filepath.Glob(filepath.Join(recordings, name+"[_.]*")); len(old) > 0 {
		return nil, fmt.Errorf("%s is recorded already (%s); a recording is never overwritten: choose the next release's name", name, filepath.Base(old[0]))
	}
	if code == "" {
		code = "refs/tags/" + name
	}
	commit, err := git("rev-parse", "--verify", "--quiet", code+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("there is no commit %s; tag the release, or say -code COMMIT", code)
	}
	for _, main := range []string{"origin/main", "main"} {
		if _, err := git("rev-parse", "--verify", "--quiet", main); err != nil {
			continue
		}
		if _, err := git("merge-base", "--is-ancestor", commit, main); err != nil {
			return nil, fmt.Errorf("commit %s is not on %s; only released code is recorded", commit, main)
		}
		return &release{name: name, commit: commit}, nil
	}
	return nil, errors.New("there is no main line here (origin/main or main), so nobody can tell whether that commit was released")
}

// checkout unpacks the release's code.
func (r *release) checkout(dir string) (string, error) {
	code, archive := filepath.Join(dir, "code"), filepath.Join(dir, "code.tar")
	if err := os.Mkdir(code, 0o700); err != nil {
		return "", err
	}
	if _, err := git("archive", "--output", archive, r.commit); err != nil {
		return "", err
	}
	return code, command("tar", "-xf", archive, "-C", code)
}

// ofThisTree are those of the working tree.
func ofThisTree() (b binaries, err error) {
	if b.worker, err = rig.Binary("worker"); err != nil {
		return b, err
	}
	b.starter, err = rig.Binary("starter")
	return b, err
}

// build builds worker and starter of a tree.
func build(code, dir string) (binaries, error) {
	b := binaries{worker: filepath.Join(dir, "worker"), starter: filepath.Join(dir, "starter")}
	for binary, pkg := range map[string]string{b.worker: "./worker", b.starter: "./starter"} {
		if err := command("go", "build", "-C", code, "-buildvcs=false", "-o", binary, pkg); err != nil {
			return b, fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return b, nil
}

// write writes the recordings, their manifest last: without it they count for nothing.
func (r *release) write(recorded map[string][]history) error {
	if err := os.MkdirAll(recordings, 0o755); err != nil {
		return err
	}
	m := manifest{Release: r.name, Commit: r.commit, Server: temporalserver.Version}
	for _, scenario := range slices.Sorted(maps.Keys(recorded)) {
		for _, h := range recorded[scenario] {
			name := r.name + "_" + strings.TrimSuffix(scenario+"."+h.part, ".") + ".json.gz"
			data, err := packed(h.json)
			if err != nil {
				return err
			}
			if err := writeNew(name, data); err != nil {
				return err
			}
			sum := sha256.Sum256(data)
			m.Files = append(m.Files, manifestFile{
				File: name, Scenario: scenario, Type: h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName(),
				WorkflowID: h.workflowID, RunID: h.runID, Events: len(h.Events), SHA256: hex.EncodeToString(sum[:]),
			})
		}
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeNew(r.name+".manifest.json", append(data, '\n'))
}

// writeNew writes a file that must not exist.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(filepath.Join(recordings, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func packed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
