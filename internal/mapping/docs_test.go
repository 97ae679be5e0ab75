package mapping

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/jq"
)

// These tests keep docs/mapping.md equal to the code. They are inside of the package because the documentation tells
// what of it is not exported: entries and policies.

func readDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/mapping.md")
	require.NoError(t, err)
	return string(text)
}

// marked is what stands between <!-- name --> and <!-- /name -->.
func marked(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "<!-- "+name+" -->")
	require.True(t, found, "no marker <!-- %s -->", name)
	inside, _, found := strings.Cut(rest, "<!-- /"+name+" -->")
	require.True(t, found, "no marker <!-- /%s -->", name)
	return inside
}

var (
	entryPattern    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\| `([^`]+)` \\| (.+?) \\| (.+?) \\| (.+?) \\|$")
	outcomePattern  = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ")
	codePattern     = regexp.MustCompile("`([^`]+)`")
	completePattern = regexp.MustCompile("(?ms)^```json complete\n(.*?)^```$")
)

// TestDocsDefaultMapping compares the table of the built-in mapping with its entries, in their order.
func TestDocsDefaultMapping(t *testing.T) {
	t.Parallel()
	m, err := Default()
	require.NoError(t, err)
	var want, told [][]string
	for _, e := range m.entries {
		require.False(t, e.clear, "the documentation says that nothing is cleared by default")
		want = append(want, []string{e.attribute, e.source, string(e.write)})
	}
	for i, row := range entryPattern.FindAllStringSubmatch(marked(t, readDoc(t), "default"), -1) {
		told = append(told, row[1:4])
		if e := m.entries[i]; e.branch != nil {
			require.Contains(t, row[5], "branch's", e.attribute)
		} else {
			require.NotContains(t, row[5], "branch's", e.attribute)
		}
	}
	require.Equal(t, want, told)
}

// TestDocsExamplesCompile compiles every mapping that the documentation calls complete.
func TestDocsExamplesCompile(t *testing.T) {
	t.Parallel()
	blocks := completePattern.FindAllStringSubmatch(readDoc(t), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		_, err := Parse([]byte(block[1]))
		require.NoError(t, err)
	}
}

// TestDocsKeepEdits runs the command that makes a mapping of the built-in one.
func TestDocsKeepEdits(t *testing.T) {
	t.Parallel()
	match := regexp.MustCompile(`(?m)^jq '(.+)' default-mapping-attributes\.json > mapping\.json$`).FindStringSubmatch(readDoc(t))
	require.NotNil(t, match)
	filter, err := jq.Compile(match[1], jq.Definitions{})
	require.NoError(t, err)
	var file any
	require.NoError(t, json.Unmarshal(defaultMapping, &file))
	made, err := filter.First(file)
	require.NoError(t, err)
	text, err := jq.Encode(made)
	require.NoError(t, err)
	m, err := Parse(text)
	require.NoError(t, err)
	require.Equal(t, "cm:dcsource", m.Memory())
	plain, err := Default()
	require.NoError(t, err)
	for i, e := range m.entries {
		want := plain.entries[i].write
		if want == always {
			want = ifOurs
		}
		require.Equal(t, want, e.write, e.attribute)
	}
}

// TestDocsForbidden compares the list of forbidden functions.
func TestDocsForbidden(t *testing.T) {
	t.Parallel()
	var told []string
	for _, match := range codePattern.FindAllStringSubmatch(marked(t, readDoc(t), "forbidden"), -1) {
		told = append(told, match[1])
	}
	require.Equal(t, jq.Forbidden(), told)
}

// TestDocsOutcomes counts each outcome of the table once: an outcome that is none would panic.
func TestDocsOutcomes(t *testing.T) {
	t.Parallel()
	var counts counterparty.Counts
	for _, match := range outcomePattern.FindAllStringSubmatch(marked(t, readDoc(t), "outcomes"), -1) {
		counts.Add(counterparty.Outcome(match[1]))
	}
	for i := range reflect.TypeFor[counterparty.Counts]().NumField() {
		require.EqualValues(t, 1, reflect.ValueOf(counts).Field(i).Int(), reflect.TypeFor[counterparty.Counts]().Field(i).Name)
	}
}

// TestDocsFields looks for every field of the file and of an entry.
func TestDocsFields(t *testing.T) {
	t.Parallel()
	text := readDoc(t)
	for _, field := range strings.Split(fileFields+", "+entryFields, ", ") {
		require.Contains(t, text, "\n| `"+field+"` | ")
	}
}
