package docs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// notInAnchor is what GitHub drops when it makes an anchor of a heading.
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// TestLinks follows every link of every page that leads to a file or a heading of the project.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := 0
	for _, file := range files(t) {
		if filepath.Ext(file) != ".md" || strings.Contains(file, "/testdata/") && filepath.Base(file) != "README.md" {
			continue // what is under testdata are golden files
		}
		pages++
		for _, match := range linkPattern.FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(match[1], "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			require.False(t, strings.HasPrefix(target, filepath.Join(root, "..")), "%s links to %s, outside of the project", file, match[1])
			_, err := os.Stat(target)
			require.NoError(t, err, "%s links to %s", file, match[1])
			if anchor != "" {
				require.Contains(t, anchors([]byte(read(t, target))), anchor, "%s links to %s", file, match[1])
			}
		}
	}
	require.Greater(t, pages, 10)
}

// anchors are those of the headings of a text.
func anchors(text []byte) []string {
	var found []string
	for _, match := range headingPattern.FindAllSubmatch(text, -1) {
		heading := notInAnchor.ReplaceAll(bytes.ToLower(match[1]), nil)
		found = append(found, string(bytes.ReplaceAll(heading, []byte(" "), []byte("-"))))
	}
	return found
}

// TestEveryPageIsListed looks for each page in the list by reader.
func TestEveryPageIsListed(t *testing.T) {
	t.Parallel()
	listed := linkPattern.FindAllStringSubmatch(read(t, "README.md"), -1)
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	for _, page := range pages {
		require.True(t, page == "README.md" || slices.ContainsFunc(listed, func(match []string) bool {
			path, _, _ := strings.Cut(match[1], "#")
			return path == page
		}), "README.md lists %s", page)
	}
}
