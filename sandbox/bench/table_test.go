package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"counterparty-sync/sandbox/temporalserver"
)

// results is the table that ends a run.
var results table

// table is what was measured, and what must be.
type table struct {
	setting []string
	rows    []row
}

type row struct {
	name   string
	figure float64
	format string // of the figure
	must   bound
}

// bound is what a figure must keep to; the zero value is none.
type bound struct{ least, most float64 }

func (m bound) String() string {
	switch {
	case m.least > 0:
		return fmt.Sprint("≥ ", m.least)
	case m.most > 0:
		return fmt.Sprint("≤ ", m.most)
	}
	return "–"
}

func (m bound) kept(figure float64) bool {
	return figure >= m.least && (m.most == 0 || figure <= m.most)
}

// note adds a line about the setting.
func (t *table) note(format string, values ...any) {
	t.setting = append(t.setting, fmt.Sprintf(format, values...))
}

func (t *table) add(name, format string, figure float64, must bound) {
	t.rows = append(t.rows, row{name, figure, format, must})
}

func (t *table) print(w io.Writer) {
	if len(t.rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\nTemporal server %s in one process with its defaults: 1 shard, SQLite in a file; %s, GOMAXPROCS %d\n",
		temporalserver.Version, runtime.Version(), runtime.GOMAXPROCS(0))
	for _, line := range t.setting {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "what\tfigure\tmust\t")
	for _, r := range t.rows {
		missed := ""
		if !r.must.kept(r.figure) {
			missed = "missed"
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", r.name, fmt.Sprintf(r.format, r.figure), r.must, missed)
	}
	_ = columns.Flush()
}

// load is how busy the machine has been in the last minute.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
