package docs_test

import (
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the rooms and arrows of architecture.md, and keep its sentences")

const (
	module       = "counterparty-sync"
	architecture = "architecture.md"
)

// TestArchitecture compares the rooms and arrows of architecture.md with the packages of the root module and what these import,
// tests apart. -update rewrites them. It is not parallel, because others read the page.
func TestArchitecture(t *testing.T) {
	have := read(t, architecture)
	want := redraw(t, have, source(t))
	if *update && have != want {
		require.NoError(t, os.WriteFile(architecture, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, have, "go test ./docs -update draws the arrows; the sentences are yours")
}

// TestArchitectureRules looks for rooms that reach what they must not, by however many arrows.
func TestArchitectureRules(t *testing.T) {
	t.Parallel()
	rooms := source(t)
	for _, cells := range table(t, read(t, architecture), "rules") {
		t.Run(cells[2], func(t *testing.T) {
			t.Parallel()
			seen := 0
			for _, name := range slices.Sorted(maps.Keys(rooms)) {
				if !matches(codes(cells[0]), name) {
					continue
				}
				seen++
				for reached, way := range reach(rooms, name) {
					require.False(t, matches(codes(cells[1]), reached), strings.Join(way, " imports "))
				}
			}
			require.Positive(t, seen, "rooms called %s", cells[0])
		})
	}
}

// room is a package of the root module. It goes by the path of its folder.
type room struct {
	purpose string   // the beginning of its own comment
	imports []string // rooms by their folders, all else by its import path
}

// source reads the root module. `go list` would leave out what is built for other systems only.
func source(t *testing.T) map[string]room {
	t.Helper()
	rooms := map[string]room{}
	for _, path := range files(t) {
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || nested(path) || strings.Contains(path, "/testdata/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		require.NoError(t, err)
		folder := strings.TrimPrefix(filepath.Dir(path), root+"/")
		rooms[folder] = rooms[folder].with(file)
	}
	require.Greater(t, len(rooms), 20)
	return rooms
}

// nested reports whether a file belongs to another module than the root.
func nested(path string) bool {
	for folder := filepath.Dir(path); folder != root; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return true
		}
	}
	return false
}

// with is the room after one more of its files.
func (r room) with(file *ast.File) room {
	if file.Doc != nil {
		r.purpose = new(doc.Package).Synopsis(file.Doc.Text())
	}
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if target = strings.TrimPrefix(target, module+"/"); err == nil && !slices.Contains(r.imports, target) {
			r.imports = append(r.imports, target)
		}
	}
	return r
}

// row is a line of the page that is about a room: its folder, its sentence, and the rooms that it imports.
var row = regexp.MustCompile("^\\| `([a-z0-9/]+)` \\| ([^|]+) \\|(?: `[a-z0-9/]+`)*(?: –)? \\|$")

// redraw is the page with the rooms and arrows of the source. A room that is new comes behind the one before it in the alphabet.
func redraw(t *testing.T, text string, rooms map[string]room) string {
	t.Helper()
	drawn := map[string]bool{}
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		cells := row.FindStringSubmatch(line)
		if cells == nil {
			lines = append(lines, line)
			continue
		}
		name := cells[1]
		if _, is := rooms[name]; !is {
			continue
		}
		require.False(t, drawn[name], "%s stands on the page twice", name)
		drawn[name] = true
		lines = append(lines, rowOf(name, cells[2], rooms))
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if drawn[name] {
			continue
		}
		at, before := len(lines), ""
		for i, line := range lines {
			if cells := row.FindStringSubmatch(line); cells != nil && cells[1] < name && cells[1] > before {
				at, before = i+1, cells[1]
			}
		}
		lines = slices.Insert(lines, at, rowOf(name, rooms[name].purpose, rooms))
	}
	return strings.Join(lines, "\n")
}

// rowOf is the line of a room, with its arrows.
func rowOf(name, sentence string, rooms map[string]room) string {
	var arrows []string
	for _, target := range slices.Sorted(slices.Values(rooms[name].imports)) {
		if _, is := rooms[target]; is {
			arrows = append(arrows, "`"+strings.TrimPrefix(target, "internal/")+"`")
		}
	}
	if len(arrows) == 0 {
		arrows = []string{"–"}
	}
	return "| `" + name + "` | " + sentence + " | " + strings.Join(arrows, " ") + " |"
}

// reach are the packages that a room imports, directly or through other rooms, each with the way there.
func reach(rooms map[string]room, name string) map[string][]string {
	ways := map[string][]string{}
	var follow func(way []string)
	follow = func(way []string) {
		for _, target := range rooms[way[len(way)-1]].imports {
			if ways[target] == nil {
				ways[target] = append(slices.Clone(way), target)
				follow(ways[target])
			}
		}
	}
	follow([]string{name})
	return ways
}

// matches reports whether one of the patterns means the package: its name, or with /... all that is below as well.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, tree := strings.CutSuffix(pattern, "/...")
		return name == folder || tree && strings.HasPrefix(name, folder+"/")
	})
}

// table are the cells of the table between <!-- name --> and <!-- /name -->, without its head.
func table(t *testing.T, text, name string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(text, "<!-- "+name+" -->\n")
	require.True(t, found, "no marker <!-- %s -->", name)
	inside, _, found := strings.Cut(rest, "<!-- /"+name+" -->")
	require.True(t, found, "no marker <!-- /%s -->", name)
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSpace(inside), "\n")[2:] {
		rows = append(rows, cells(line))
	}
	require.NotEmpty(t, rows)
	return rows
}
