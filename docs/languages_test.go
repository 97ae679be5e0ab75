package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	english = root + "/README.md"
	russian = root + "/README.ru.md"
)

// TestReadmesSayTheSame holds both READMEs together, section by section: what is not prose is the same in both.
func TestReadmesSayTheSame(t *testing.T) {
	t.Parallel()
	ours, theirs := sections(read(t, english)), sections(read(t, russian))
	require.Len(t, theirs, len(ours), "as many headings")
	for i := range ours {
		heading, _, _ := strings.Cut(ours[i], "\n")
		require.Equal(t, level(ours[i]), level(theirs[i]), heading)
		require.Equal(t, blocks(ours[i]), blocks(theirs[i]), "%s: the same commands and sessions, whatever the comments say", heading)
		require.Equal(t, links(ours[i]), links(theirs[i]), "%s: the same links", heading)
		require.Equal(t, rowCodes(ours[i]), rowCodes(theirs[i]), "%s: the same tables, with the same in code font", heading)
		require.ElementsMatch(t, inlineCodes(ours[i]), inlineCodes(theirs[i]), "%s: the same names in code font", heading)
	}
	require.Contains(t, links(ours[0]), "README.ru.md")
}

var (
	fencePattern   = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	commentPattern = regexp.MustCompile(`(?m)\s+# .*$`)
)

// sections are the parts of a page, each from its heading to the next.
func sections(text string) []string {
	inside := false
	var found []string
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		}
		if len(found) == 0 || !inside && strings.HasPrefix(line, "#") {
			found = append(found, "")
		}
		found[len(found)-1] += line
	}
	return found
}

// level is how many # a section begins with.
func level(section string) int { return len(section) - len(strings.TrimLeft(section, "#")) }

// blocks are the blocks of code of a section; those that people type, without comments, which are in their language.
func blocks(section string) []string {
	var found []string
	for _, match := range fencePattern.FindAllStringSubmatch(section, -1) {
		if match[1] != "text" {
			match[2] = commentPattern.ReplaceAllString(match[2], "")
		}
		found = append(found, match[1]+"\n"+match[2])
	}
	return found
}

// links are where a section leads, but to the same page in the other language.
func links(section string) []string {
	var found []string
	for _, match := range linkPattern.FindAllStringSubmatch(section, -1) {
		found = append(found, strings.Replace(match[1], "README.md", "README.ru.md", 1))
	}
	return found
}

// rowCodes are, for each row of a section's tables, how many cells it has, and what is in code font.
func rowCodes(section string) [][]string {
	var found [][]string
	for _, line := range strings.Split(section, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		var row []string
		for _, cell := range cells(line) {
			row = append(row, strings.Join(codes(cell), " "))
		}
		found = append(found, row)
	}
	return found
}

// inlineCodes are what a section's prose has in code font, each once.
func inlineCodes(section string) []string {
	found := codes(fencePattern.ReplaceAllString(section, ""))
	slices.Sort(found)
	return slices.Compact(found)
}
