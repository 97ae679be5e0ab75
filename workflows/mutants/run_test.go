package mutants

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// all: each change is compiled and replayed, which takes minutes.
var all = flag.Bool("mutants", false, "replay the recorded histories against every change of the code")

// replayTest is what has to fail, and patience how long it may take with its compilation: a replay takes a second.
const (
	replayTest = "TestRecordedRunsGoOnUnderThisBuild"
	patience   = 5 * time.Minute
)

// caught is a recording that refused a change, and why.
type caught struct{ recording, why string }

var (
	failLine = regexp.MustCompile(`^\s*--- FAIL: ` + replayTest + `/(\S+)`)
	whyLine  = regexp.MustCompile(`^\s+\S+ .*(event \d+: .*|input of .* \(event \d+\): .*|(?:result|failure) \(event \d+\): .*|this build has no workflow.*)`)
)

// replay replays the recordings against the code under an overlay.
func replay(t *testing.T, overlay string) (refused []caught, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", "^"+replayTest+"$", "./workflows")
	command.Dir = root
	out, err := command.CombinedOutput()
	output = string(out)
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if match := failLine.FindStringSubmatch(line); match != nil {
			refused = append(refused, caught{recording: match[1]})
		} else if match := whyLine.FindStringSubmatch(line); match != nil && len(refused) > 0 {
			last := &refused[len(refused)-1]
			last.why = cmp.Or(last.why, match[1])
		}
	}
	if err != nil && len(refused) == 0 {
		require.NoError(t, err, "the replay test did not run:\n%s", output)
	}
	return refused, output
}

// table collects what came of the changes, which are replayed in any order.
type table struct {
	mu    sync.Mutex
	lines map[string]string
}

func (b *table) set(name, line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[name] = line
}

func (b *table) String(changes []change) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for i, c := range changes {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\n", i+1, c.name, b.lines[c.name])
	}
	_ = w.Flush()
	return text.String()
}

func TestEveryMutationIsCaught(t *testing.T) {
	if !*all {
		t.Skip("takes minutes: make mutants")
	}
	b := &table{lines: map[string]string{}}
	t.Run("mutation", func(t *testing.T) {
		for _, c := range mutations() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				b.set(c.name, "SURVIVED")
				refused, output := replay(t, c.overlay(t))
				require.NotEmpty(t, refused, "no recording notices; record a scenario that does:\n%s", output)
				slices.SortFunc(refused, func(a, b caught) int { return strings.Compare(a.recording, b.recording) })
				first := refused[0]
				require.NotEmpty(t, first.why, "%s says no reason:\n%s", first.recording, output)
				b.set(c.name, fmt.Sprintf("caught by %d\t%s\t%s", len(refused), first.recording, short(first.why)))
			})
		}
	})
	t.Logf("%d mutations\n%s", len(mutations()), b.String(mutations()))
}

func TestEveryControlPasses(t *testing.T) {
	if !*all {
		t.Skip("takes minutes: make mutants")
	}
	b := &table{lines: map[string]string{}}
	t.Run("control", func(t *testing.T) {
		for _, c := range controls() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				b.set(c.name, "REFUSED")
				refused, output := replay(t, c.overlay(t))
				require.Empty(t, refused, "a change that open runs don't notice is refused:\n%s", output)
				b.set(c.name, "passes")
			})
		}
	})
	t.Logf("%d controls\n%s", len(controls()), b.String(controls()))
}

// short keeps a line of the table on one line of a screen.
func short(text string) string {
	const most = 150
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
