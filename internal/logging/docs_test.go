package logging_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// event is a line of a log: its level, its message and the keys of its fields.
type event struct{ level, message, fields string }

// TestDocsListEveryLogEvent compares the table of docs/monitoring.md with the calls of loggers in the source.
func TestDocsListEveryLogEvent(t *testing.T) {
	t.Parallel()
	var logged []event
	for _, dir := range []string{"worker", "activities", "workflows", "internal"} {
		logged = append(logged, eventsIn(t, filepath.Join(root, dir))...)
	}
	require.Greater(t, len(logged), 20, "the source logs")
	require.ElementsMatch(t, logged, documentedEvents(t))
}

func documentedEvents(t *testing.T) []event {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "monitoring.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "<!-- log events -->\n")
	require.True(t, found)
	table, _, found := strings.Cut(rest, "<!-- /log events -->")
	require.True(t, found)
	var events []event
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		require.Len(t, cells, 4, line)
		require.NotEmpty(t, strings.TrimSpace(cells[3]), line)
		events = append(events, event{
			strings.TrimSpace(cells[0]), strings.Trim(strings.TrimSpace(cells[1]), "`"), strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", ""),
		})
	}
	return events
}

func eventsIn(t *testing.T, dir string) []event {
	t.Helper()
	var events []event
	given := keysOfLoggers(t, dir)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && logs(call) {
				at := files.Position(call.Pos())
				message, ok := text(call.Args[0])
				require.True(t, ok, "%s: a message is constant", at)
				all := append(slices.Clone(given[loggerMethod(call)]), keys(t, call.Args[1:], at)...)
				events = append(events, event{strings.ToLower(selected(call.Fun)), message, strings.Join(all, ", ")})
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	return events
}

// logs reports whether a call writes to a log: a method for a level, of something that is called a logger.
func logs(call *ast.CallExpr) bool {
	if !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, selected(call.Fun)) || len(call.Args) == 0 {
		return false
	}
	switch receiver := call.Fun.(*ast.SelectorExpr).X.(type) {
	case *ast.Ident:
		return receiver.Name == "log" || receiver.Name == "logger"
	case *ast.SelectorExpr:
		return receiver.Sel.Name == "Log" || receiver.Sel.Name == "log" || receiver.Sel.Name == "logger"
	case *ast.CallExpr:
		return selected(receiver.Fun) == "GetLogger" || loggerMethod(call) != ""
	}
	return false
}

// loggerMethod is the name of the method that returns the logger of a call, where one does: p.log(ctx).Warn(…).
func loggerMethod(call *ast.CallExpr) string {
	if of, ok := call.Fun.(*ast.SelectorExpr).X.(*ast.CallExpr); ok && selected(of.Fun) == "log" {
		return "log"
	}
	return ""
}

// keysOfLoggers are the keys that methods named log give each line of theirs: log.With(logger, "sync", …).
func keysOfLoggers(t *testing.T, dir string) map[string][]string {
	t.Helper()
	given := map[string][]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, path := range paths {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "log" {
				continue
			}
			ast.Inspect(method, func(n ast.Node) bool {
				if with, ok := n.(*ast.CallExpr); ok && selected(with.Fun) == "With" {
					given[method.Name.Name] = keys(t, with.Args[1:], files.Position(with.Pos()))
				}
				return true
			})
		}
	}
	return given
}

func selected(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

// keys are those of zap's fields, or of the pairs that Temporal's loggers take.
func keys(t *testing.T, args []ast.Expr, at token.Position) []string {
	t.Helper()
	var names []string
	pairs := 0
	for _, arg := range args {
		if call, ok := arg.(*ast.CallExpr); ok && pairs%2 == 0 {
			if selected(call.Fun) == "Error" {
				names = append(names, "error")
				continue
			}
			name, ok := text(call.Args[0])
			require.True(t, ok, "%s: a key is constant", at)
			names = append(names, name)
			continue
		}
		if pairs%2 == 0 {
			name, ok := text(arg)
			require.True(t, ok, "%s: a key is constant", at)
			names = append(names, name)
		}
		pairs++
	}
	return names
}
