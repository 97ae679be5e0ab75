package config_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	_ "time/tzdata" // the examples name time zones

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

const docs = "../../docs"

func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, name))
	require.NoError(t, err)
	return string(text)
}

// section is what stands between <!-- name --> and <!-- /name -->.
func section(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "<!-- "+name+" -->\n")
	require.True(t, found, "no marker <!-- %s -->", name)
	inside, _, found := strings.Cut(rest, "<!-- /"+name+" -->")
	require.True(t, found, "no marker <!-- /%s -->", name)
	return inside
}

// rows are the cells of a table, without its head.
func rows(t *testing.T, table string) [][]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	require.Greater(t, len(lines), 2, "a table with a head and rows")
	var all [][]string
	for _, line := range lines[2:] {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, cells)
	}
	return all
}

var codePattern = regexp.MustCompile("`([^`]*)`")

// codes are the texts in backquotes.
func codes(cell string) []string {
	var found []string
	for _, match := range codePattern.FindAllStringSubmatch(cell, -1) {
		found = append(found, match[1])
	}
	return found
}

var completePattern = regexp.MustCompile("(?ms)^```yaml complete\n(.*?)^```$")

// TestDocsExamplesLoad loads every block of YAML that the documentation calls complete, and the file of the sandbox.
func TestDocsExamplesLoad(t *testing.T) {
	t.Parallel()
	blocks := completePattern.FindAllStringSubmatch(readDoc(t, "configuration.md"), -1)
	require.NotEmpty(t, blocks)
	sandbox, err := os.ReadFile("../../sandbox/sync.yaml")
	require.NoError(t, err)
	for i, block := range append(blocks, []string{"", string(sandbox)}) {
		sync, err := config.LoadSync(strings.NewReader(block[1]), fmt.Sprintf("example %d", i+1))
		require.NoError(t, err)
		_, err = schedule.Parse(sync.Cron, sync.TimeZone)
		require.NoError(t, err)
	}
	for _, field := range fieldNames() {
		require.Regexp(t, "(?m)^(# )?"+field+": ", blocks[0][1], "the first example has every field; what does not go with the others in a comment")
	}
}

// fieldNames are the fields of a sync's YAML.
func fieldNames() []string {
	var names []string
	for _, field := range pass.Fields() {
		names = append(names, field.Name)
	}
	return names
}

// TestDocsTables keeps the tables of fields and of the environment equal to what declares them; -update rewrites them. It is
// not parallel, because the others read the file.
func TestDocsTables(t *testing.T) {
	for name, want := range map[string]string{"fields": config.SyncMarkdown(), "environment": config.Markdown()} {
		text := readDoc(t, "configuration.md")
		have := section(t, text, name)
		if *update && have != want {
			opening, closing := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
			text = strings.Replace(text, opening+have+closing, opening+want+closing, 1)
			require.NoError(t, os.WriteFile(filepath.Join(docs, "configuration.md"), []byte(text), 0o644))
			continue
		}
		require.Equal(t, want, have)
	}
}

// TestDocsCron reads every text as the documentation says that it is read.
func TestDocsCron(t *testing.T) {
	t.Parallel()
	text := readDoc(t, "configuration.md")
	for _, cells := range rows(t, section(t, text, "cron")) {
		spec, err := schedule.Parse(codes(cells[0])[0], "")
		require.NoError(t, err)
		require.Equal(t, spec.Describe(), cells[1], cells[0])
	}
	for _, cells := range rows(t, section(t, text, "refused")) {
		for _, cron := range codes(cells[0]) {
			_, err := schedule.Parse(cron, "")
			require.Error(t, err, cron)
		}
		for _, cron := range codes(cells[2]) {
			_, err := schedule.Parse(cron, "")
			require.NoError(t, err, cron)
		}
	}
}

// TestDocsFailures looks for each type of failure in the table of how-it-works.md.
func TestDocsFailures(t *testing.T) {
	t.Parallel()
	var told []string
	for _, cells := range rows(t, section(t, readDoc(t, "how-it-works.md"), "failures")) {
		told = append(told, codes(cells[0])[0])
	}
	require.ElementsMatch(t, constants(t, "../pass/names.go", "Failure"), told)
}

// constants are the texts of the constants of a file whose names have the prefix.
func constants(t *testing.T, path, prefix string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		found = append(found, text)
		return true
	})
	return found
}

// TestDocsStates finds the state of a sync that never ran, and every status.
func TestDocsStates(t *testing.T) {
	t.Parallel()
	text := readDoc(t, "how-it-works.md")
	for _, status := range []pass.Status{pass.TriggerWaiting, pass.InProgress, pass.RetryWaiting, pass.Error} {
		require.Contains(t, text, "\n| `"+string(status)+"` | ")
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[pass.State]()) {
		require.Contains(t, text, "\n| `"+field.Tag.Get("json")+"` | ")
	}
}

// TestDocsVersions keeps the versions in the documentation equal to those that are built.
func TestDocsVersions(t *testing.T) {
	t.Parallel()
	tests := []struct{ doc, before, goMod, module string }{
		{"how-it-works.md", "Go SDK ", "../../go.mod", "go.temporal.io/sdk"},
		{"how-it-works.md", "Server ", "../../sandbox/go.mod", "go.temporal.io/server"},
		{"configuration.md", "(server ", "../../sandbox/go.mod", "go.temporal.io/server"},
		{"mapping.md", "gojq ", "../../go.mod", "github.com/itchyny/gojq"},
	}
	for _, tt := range tests {
		t.Run(tt.doc+" "+tt.module, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(tt.goMod)
			require.NoError(t, err)
			version := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(tt.module) + ` v(\S+)`).FindSubmatch(text)
			require.NotNil(t, version)
			require.Contains(t, readDoc(t, tt.doc), tt.before+string(version[1]))
		})
	}
}
