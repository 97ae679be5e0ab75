package report_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// These tests keep docs/reports.md equal to the code. Its links are followed by the tests in docs.

var (
	codePattern     = regexp.MustCompile("`([^`]*)`")
	completePattern = regexp.MustCompile("(?ms)^```yaml complete\n(.*?)^```$")
)

func readDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/reports.md")
	require.NoError(t, err)
	return string(text)
}

// docRows are the cells of the table between <!-- name --> and <!-- /name -->, without its head.
func docRows(t *testing.T, name string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(readDoc(t), "<!-- "+name+" -->\n")
	require.True(t, found, "no marker <!-- %s -->", name)
	table, _, found := strings.Cut(rest, "<!-- /"+name+" -->")
	require.True(t, found, "no marker <!-- /%s -->", name)
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

// code is the first text in backquotes, empty if there is none.
func code(cell string) string {
	if match := codePattern.FindStringSubmatch(cell); match != nil {
		return match[1]
	}
	return ""
}

func TestDocsExampleLoads(t *testing.T) {
	t.Parallel()
	blocks := completePattern.FindAllStringSubmatch(readDoc(t), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		_, err := report.ParseTypes([]byte(block[1]))
		require.NoError(t, err)
	}
	for _, field := range append(fileFields[report.Type](), fileFields[report.TypeSource]()...) {
		require.Regexp(t, `(?m)^[ -]*`+field+":", blocks[0][1], "the first example has every field")
	}
}

func TestDocsFields(t *testing.T) {
	t.Parallel()
	types, err := report.ParseTypes([]byte("types: [{id: a, sources: [{id: src, method: req}]}]"))
	require.NoError(t, err)
	source := types.List()[0].Sources[0]
	defaults := map[string]string{
		"appliesTo": "[UL, IP]", "timeLimit": source.TimeLimit.String(), "optional": strconv.FormatBool(source.Optional), "content": source.Content,
	}
	require.Equal(t, []report.Kind{"UL", "IP"}, source.AppliesTo)
	tests := []struct {
		table string
		want  []string
	}{
		{"type", fileFields[report.Type]()},
		{"source", fileFields[report.TypeSource]()},
	}
	for _, tt := range tests {
		var names []string
		for _, cells := range docRows(t, tt.table) {
			names = append(names, code(cells[0]))
			require.Equal(t, defaults[code(cells[0])], code(cells[1]), cells[0])
		}
		require.Equal(t, tt.want, names)
	}
}

func TestDocsDefaultTypes(t *testing.T) {
	t.Parallel()
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	var want [][]string
	for _, each := range types.List() {
		for _, s := range each.Sources {
			optional := "no"
			if s.Optional {
				optional = "yes"
			}
			want = append(want, []string{each.ID, s.ID, s.Method, s.Needs, s.TimeLimit.String(), optional})
		}
	}
	var told [][]string
	for _, cells := range docRows(t, "default") {
		row := cells
		for i := range 5 {
			row[i] = code(cells[i])
		}
		told = append(told, row)
	}
	require.Equal(t, want, told)
}

func TestDocsStates(t *testing.T) {
	t.Parallel()
	var told []sourcestate.State
	for _, cells := range docRows(t, "states") {
		state := sourcestate.State(code(cells[0]))
		told = append(told, state)
		sources, err := sourcestate.New("kontur.req")
		require.NoError(t, err)
		if state != sourcestate.NotStarted {
			require.NoError(t, sources.Set("kontur.req", state, ""))
		}
		entity, vehicle := sourcestate.Entity(sources), sourcestate.Vehicle(sources)
		require.Equal(t, entity.Counters, vehicle.Counters)
		require.Equal(t, entity.State.Sources[0].State, code(cells[1]), cells[0])
		require.Equal(t, vehicle.State.Sources[0].State, code(cells[2]), cells[0])
		require.Equal(t, vehicle.State.Sources[0].ExtendedState, code(cells[3]), cells[0])
		want := map[sourcestate.Counters]string{{OK: 1}: "ok", {Wait: 1}: "wait", {Error: 1}: "error"}[entity.Counters]
		require.Equal(t, want, cells[4], cells[0])
	}
	require.ElementsMatch(t, []sourcestate.State{
		sourcestate.NotStarted, sourcestate.Waiting, sourcestate.Asking, sourcestate.Delayed, sourcestate.Answered,
		sourcestate.Skipped, sourcestate.Cancelled, sourcestate.Failed, sourcestate.FailedInternally,
	}, told)
}

// TestDocsFailures looks for each type of failure that only reports have.
func TestDocsFailures(t *testing.T) {
	t.Parallel()
	var told []string
	for _, cells := range docRows(t, "failures") {
		told = append(told, code(cells[0]))
	}
	file, err := parser.ParseFile(token.NewFileSet(), "report.go", nil, 0)
	require.NoError(t, err)
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Failure") {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		want = append(want, text)
		return true
	})
	require.ElementsMatch(t, want, told)
}

// fileFields are the fields of T, which files name as JSON does.
func fileFields[T any]() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
