package operations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever stays with one tool and copies its commands in the page's order gets through from an empty server.
func TestEveryCommandOfThePage(t *testing.T) {
	t.Parallel()
	page := readPage(t)
	all := steps()
	executed := make(map[string]bool)
	for _, c := range page {
		_, known := all[c.step]
		require.True(t, known, "the page's step %s is not executed", c.step)
		executed[c.step] = true
	}
	for name := range all {
		require.True(t, executed[name], "step %s is not on the page", name)
	}
	needTools(t)
	for _, tool := range []string{"starter", "temporal", "tctl"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.serveTLS()
			c := &column{world: w, tool: tool, page: page}
			for _, command := range page {
				if command.tool == tool || command.tool == "all" {
					c.execute(all[command.step], command)
				}
			}
		})
	}
}

// slow is what a step takes that is worth a line.
const slow = 2 * time.Second

// column is the page with one tool.
type column struct {
	*world
	tool string
	page []command
}

// step is what a block of the page needs, says and does.
type step struct {
	// once: it was executed before all columns: see TestMain.
	once bool
	// before makes the situation that the block is for.
	before func(c *column)
	// says are texts of the output, by tool; "" for all tools.
	says map[string][]string
	// after requires the effect.
	after func(c *column, out string)
}

func (c *column) execute(s step, command command) {
	c.t.Helper()
	if s.once {
		return
	}
	began := time.Now()
	defer func() {
		if took := time.Since(began); took > slow {
			c.t.Logf("%s:%s took %s", command.tool, command.step, took.Round(100*time.Millisecond))
		}
	}()
	if s.before != nil {
		s.before(c)
		if strings.Contains(command.script, "$PASS") {
			c.must(c.script("pass")) // as the page says: again after each new pass
		}
	}
	out := c.must(c.text(command))
	for _, text := range slices.Concat(s.says[""], s.says[c.tool]) {
		require.Contains(c.t, out, text, "%s:%s", command.tool, command.step)
	}
	if s.after != nil {
		s.after(c, out)
	}
}

// script is the column's own block of a step.
func (c *column) script(step string) string {
	for _, command := range c.page {
		if command.step == step && command.tool == c.tool {
			return c.text(command)
		}
	}
	require.FailNow(c.t, "no such block", "%s:%s", c.tool, step)
	return ""
}

// text is a block with the addresses of this world.
func (c *column) text(command command) string {
	text := strings.ReplaceAll(command.script, documented, c.server.FrontendAddress())
	text = strings.ReplaceAll(text, documentedCodec, c.codec)
	return strings.ReplaceAll(text, "temporal.example.org:7233", c.tls)
}
