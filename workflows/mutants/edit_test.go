package mutants

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the root of the module.
const root = "../.."

// change is a deliberate change of the code.
type change struct {
	name  string
	edits []edit
}

// edit replaces a text that a file holds exactly once.
type edit struct{ file, old, new string }

// in makes an edit of a file of package workflows.
func in(file, old, new string) edit { return edit{"workflows/" + file, old, new} }

// apply is the content of the changed files. An edit whose text is not there exactly once is an error: it would change
// nothing, or more than its name says.
func (c change) apply() (map[string]string, error) {
	pairs := map[string][]string{}
	original := map[string]string{}
	for _, e := range c.edits {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.file)))
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(data), e.old); n != 1 {
			return nil, fmt.Errorf("%s: %s holds the text %d times, not once; adapt the change to the code:\n%s", c.name, e.file, n, e.old)
		}
		original[e.file] = string(data)
		pairs[e.file] = append(pairs[e.file], e.old, e.new)
	}
	changed := map[string]string{}
	for file, replace := range pairs {
		changed[file] = strings.NewReplacer(replace...).Replace(original[file])
		if changed[file] == original[file] {
			return nil, fmt.Errorf("%s: changes nothing in %s", c.name, file)
		}
	}
	return changed, nil
}

// overlay writes the changed files beside each other, and the file that tells the compiler of them.
func (c change) overlay(t *testing.T) string {
	t.Helper()
	changed, err := c.apply()
	require.NoError(t, err)
	dir := t.TempDir()
	replace := map[string]string{}
	for file, content := range changed {
		path, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(file)))
		require.NoError(t, err)
		replace[path] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		require.NoError(t, os.WriteFile(replace[path], []byte(content), 0o600))
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	path := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// TestEveryChangeApplies is the quick half, which runs with all tests: the code has not moved away from the changes.
func TestEveryChangeApplies(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(mutations()), 20)
	names := map[string]bool{}
	var moved []error
	for _, c := range append(mutations(), controls()...) {
		_, err := c.apply()
		moved = append(moved, err)
		require.False(t, names[c.name], "two changes are called %s", c.name)
		names[c.name] = true
	}
	require.NoError(t, errors.Join(moved...))
}

func TestAnEditThatIsNotUniqueIsRefused(t *testing.T) {
	t.Parallel()
	for _, e := range []edit{in("end.go", "p.publish(ctx)", ""), in("sync.go", "no such text", ""), in("sync.go", "func CounterpartySync(", "func CounterpartySync(")} {
		_, err := change{"a change", []edit{e}}.apply()
		require.ErrorContains(t, err, "a change: ")
	}
	_, err := change{"a change", []edit{in("none.go", "", "")}}.apply()
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestDocsControls keeps the list of safe changes equal to those that are proved.
func TestDocsControls(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "replay.md"))
	require.NoError(t, err)
	_, list, found := strings.Cut(string(text), "<!-- controls -->\n")
	require.True(t, found)
	list, _, found = strings.Cut(list, "<!-- /controls -->")
	require.True(t, found)
	var want strings.Builder
	for _, c := range controls() {
		want.WriteString("- " + c.name + "\n")
	}
	require.Equal(t, want.String(), list)
}
