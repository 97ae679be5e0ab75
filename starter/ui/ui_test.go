package ui_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/ui"
)

func TestPrint(t *testing.T) {
	t.Parallel()
	value := map[string]string{"name": "R & D"}
	tests := []struct {
		name   string
		asJSON bool
		give   any
		want   string
	}{
		{"for people", false, value, "first\nA    LONG\nbbb  2\nlast\n"},
		{"as JSON", true, value, `{"name":"R \u0026 D"}` + "\n"},
		{"as JSON with its signs", true, ui.Literal{Value: value}, `{"name":"R & D"}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, ui.Print(&out, tt.asJSON, tt.give, func(text *ui.Text) {
				text.Line("%s", "first")
				text.Row("A", "LONG")
				text.Row("bbb", 2)
				text.Line("last")
			}))
			require.Equal(t, tt.want, out.String())
		})
	}
}

func TestTablesKeepTheirColumnsApart(t *testing.T) {
	t.Parallel()
	var text ui.Text
	text.Row("a very long cell", 1)
	text.Line("a line ends a table; a\ttab in it stays")
	text.Row("a", 1)
	require.Equal(t, "a very long cell  1\na line ends a table; a\ttab in it stays\na  1\n", text.String())
}

// What is shown can't turn the line around, or steer the terminal.
func TestWhatNobodySeesIsShown(t *testing.T) {
	t.Parallel()
	const give, want = "a\u202eb\u200bc\x1b[31m", `a\u202eb\u200bc\u001b[31m`
	var text ui.Text
	text.Row("1", give, "2")
	text.Row("1", want, "2")
	text.Line("%s\n%s", give, "line")
	text.Add(give)
	require.Equal(t, "1  "+want+"  2\n1  "+want+"  2\n"+want+"\nline\n"+want, text.String())

	var out bytes.Buffer
	(&ui.Progress{Err: &out}).Say(give)
	(&ui.Progress{Err: &out, Terminal: true}).Draw(give)
	require.Equal(t, want+"\n\r\033[K"+want, out.String())

	asJSON, err := ui.Render(true, give, nil)
	require.NoError(t, err)
	require.Equal(t, "\"a\u202eb\u200bc\\u001b[31m\"\n", asJSON, "machines get the value itself")
}

func TestProgressIntoAPipe(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	p := &ui.Progress{Err: &out, Now: func() time.Time { return now }}
	for _, step := range []struct {
		after       time.Duration
		topic, line string
	}{
		{0, "", "the first line of no topic says nothing"}, {59 * time.Second, "", "not yet"}, {time.Second, "", "a minute later"},
		{time.Second, "new", "a new topic"}, {time.Second, "new", "the same"}, {time.Minute, "new", "a minute later again"},
	} {
		now = now.Add(step.after)
		p.Show(step.topic, step.line)
	}
	p.Draw("on a terminal only")
	p.Say("one", "two")
	p.Clear()
	require.Equal(t, "a minute later\na new topic\na minute later again\none\ntwo\n", out.String())
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &ui.Progress{Err: &out, Terminal: true}
	p.Show("", strings.Repeat("я", 200))
	p.Say("into a pipe only")
	p.Clear()
	p.Clear()
	require.Equal(t, "\r\033[K"+strings.Repeat("я", ui.Width-1)+"…\r\033[K", out.String())
}

func TestProgressThatIsQuiet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, terminal := range []bool{true, false} {
		p := &ui.Progress{Err: &out, Terminal: terminal, Quiet: true, Now: time.Now}
		p.Show("topic", "line")
		p.Say("line")
		p.Clear()
	}
	require.Empty(t, out.String())
}
