package journal_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
)

var update = flag.Bool("update", false, "rewrite golden files")

// awkward are values that spreadsheets or parsers of CSV spoil if they are let.
func awkward() []string {
	return []string{
		`ООО "Ёлка; и ко"`, "=1+1", "+7 (000) 000-00-01", "-5", "@SUM(A1)", "\tindented", "＝1", "0012345673", "001201001", "1000000000010", "300000000000018",
		"12345678901234567890", " 0012 ", "две\nстроки", "a\r\nb", `"`, `""`, `a,b;c`, "007а", "12", "1e5", "2026-01-02", "", "'0012", "мир\u00a0труд",
		"7714E0001", "01.11", "10.11", "1-2", "12/5", "мар.24", "1,5", "10:30", "5 %", "ЛОЖЬ",
	}
}

func table(t *testing.T, separator rune) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := journal.NewTable(&b, separator)
	require.NoError(t, err)
	for _, value := range awkward() {
		require.NoError(t, w.Write(journal.Entry{Time: noon, Pass: "counterparty-sync-main-2026-03-02T12:00:00Z", INN: "0012345673", KPP: "001201001",
			NodeOutcome: counterparty.NodeOutcome{NodeID: "11111111-2222-3333-4444-555555555555", Outcome: counterparty.Updated, Changes: []counterparty.Change{
				{Attribute: "idocs:okpo", Was: nil, Became: value, Source: "req"}}}}))
	}
	require.NoError(t, w.Write(journal.Entry{Time: noon, OGRN: "1000000000010", NodeOutcome: counterparty.NodeOutcome{NodeID: "b", Outcome: counterparty.Ambiguous, Reason: "=2 компании"}, Hint: "what to do"}))
	require.NoError(t, w.Write(journal.Entry{Time: noon, NodeOutcome: counterparty.NodeOutcome{NodeID: "c", Unsure: true, Outcome: counterparty.Updated,
		Changes:  []counterparty.Change{{Attribute: "a:list", Was: []any{"x", "y;z"}, Became: 12345678901234567.0}, {Attribute: "a:bool", Was: true, Became: nil}},
		Reported: []counterparty.Change{{Attribute: "a:kept", Was: "mine", Became: "theirs", Reason: counterparty.KeptByHand}}}}))
	require.NoError(t, w.Write(journal.Entry{Time: noon, Planned: true, NodeOutcome: updated("d", "new")}))
	require.NoError(t, w.Write(journal.Entry{Time: noon, NodeOutcome: counterparty.NodeOutcome{NodeID: "e", Outcome: counterparty.Updated, Untold: &counterparty.Untold{Changes: 3},
		Changes: []counterparty.Change{{Attribute: "a:long", Was: counterparty.Told(strings.Repeat("7", 5000)), Became: "short"}}}}))
	require.NoError(t, w.Flush())
	return b.Bytes()
}

func TestTable_isTheGoldenFile(t *testing.T) {
	t.Parallel()
	const file = "testdata/awkward.csv"
	got := table(t, ';')
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestTable_comesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, separator := range []rune{';', ',', '\t'} {
		data, ok := strings.CutPrefix(string(table(t, separator)), "\ufeff")
		require.True(t, ok, "Excel reads Cyrillic only with a byte order mark")
		reader := csv.NewReader(strings.NewReader(data))
		reader.Comma = separator
		rows, err := reader.ReadAll()
		require.NoError(t, err)
		require.Equal(t, journal.Columns(), rows[0])
		for i, value := range awkward() {
			row := rows[i+1]
			// encoding/csv reads CR LF in a quoted cell as LF.
			require.Equal(t, strings.ReplaceAll(value, "\r\n", "\n"), unguard(row[9]), "%q", value)
			require.Equal(t, noon.Format(time.RFC3339), row[0])
			require.Equal(t, "0012345673", unguard(row[3]))
			require.Equal(t, "yes", row[11])
		}
		rest := rows[len(awkward())+1:]
		require.Equal(t, []string{"no", "\t=2 компании", "what to do"}, rest[0][11:])
		require.Equal(t, []string{`["x","y;z"]`, "\t12345678901234568", "", "unsure"}, rest[1][8:12])
		require.Equal(t, []string{"\ttrue", "", "", "unsure"}, rest[2][8:12])
		require.Equal(t, []string{"mine", "theirs", "", "no", counterparty.KeptByHand}, rest[3][8:13])
		require.Equal(t, "planned", rest[4][11])
	}
}

// unguard is what a reader does who takes the cells for more than text.
func unguard(cell string) string { return strings.TrimPrefix(cell, "\t") }
