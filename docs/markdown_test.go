package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = ".."

// files are those of the project, by their paths from here, without folders that are hidden and what is built into bin.
func files(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			all = append(all, path)
		case path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "bin"):
			return filepath.SkipDir
		}
		return nil
	})
	require.NoError(t, err)
	return all
}

// read is the text of a page, by its path from here.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// cells are those of a line of a table.
func cells(line string) []string {
	all := strings.Split(strings.Trim(line, "|"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

var codePattern = regexp.MustCompile("`([^`]*)`")

// codes are the texts in backquotes.
func codes(text string) []string {
	var found []string
	for _, match := range codePattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
