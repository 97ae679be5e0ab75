package operations_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const pageFile = "../../docs/operations.md"

// command is a fenced block of the page: ```sh TOOL:STEP.
type command struct {
	tool, step string
	script     string
}

var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// readPage finds all fenced blocks, in the page's order. A block that names no tool and no step would never be executed.
func readPage(t *testing.T) []command {
	t.Helper()
	page, err := os.ReadFile(pageFile)
	require.NoError(t, err)
	var commands []command
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		name, isShell := strings.CutPrefix(block[1], "sh ")
		tool, step, named := strings.Cut(name, ":")
		require.True(t, isShell && named, "a block that nothing executes: ```%s\n%s", block[1], block[2])
		commands = append(commands, command{tool, step, block[2]})
	}
	require.NotEmpty(t, commands)
	require.Equal(t, 2*len(commands), strings.Count(string(page), "\n```"), "a fence that is not closed, or indented")
	return commands
}

// outside finds commands beside the blocks, in tables and indented code, where nothing would execute them.
var outside = regexp.MustCompile("`(temporal|tctl) [a-z]+|(?m)^(    |\t)\\S")

func TestNoCommandStandsOutsideOfTheBlocks(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(pageFile)
	require.NoError(t, err)
	require.Empty(t, outside.FindAllString(fence.ReplaceAllString(string(page), ""), -1))
}

func TestEachToolUsesItsOwnCommands(t *testing.T) {
	t.Parallel()
	for _, c := range readPage(t) {
		require.Contains(t, []string{"all", "starter", "temporal", "tctl"}, c.tool)
		if c.tool != "all" {
			require.Regexp(t, `\b`+c.tool+` `, c.script, "%s:%s", c.tool, c.step)
		}
		if c.tool == "tctl" {
			require.NotRegexp(t, `(?m)^\s*(starter|temporal) `, c.script)
		}
	}
}
