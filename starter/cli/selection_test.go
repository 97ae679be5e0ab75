package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/starter/cli"
)

// Behind the first end of a line nothing is lost: a wrong value there is refused, with the number of its line.
func TestListOfIdentifiersNamesTheLineOfAWrongOne(t *testing.T) {
	t.Parallel()
	const allowed = "INNs with their check digits, separated by commas, blanks or ends of lines; it has "
	good := konturtest.INN(1)
	requireUsage(t, starter(t, nil, "", "trigger", "main", "--inn", good+"\n123\n"), "line 2: "+notAllowed("--inn", "123", allowed+"3 digits instead of 10 or 12"))
	requireUsage(t, starter(t, nil, "\ufeff"+good+"\r\n\r\nИНН\r\n", "plan", "main", "--inn", "-"),
		"standard input:3: "+notAllowed("--inn", "ИНН", allowed+"characters other than the digits 0 to 9"))
	file := filepath.Join(t.TempDir(), "inns.txt")
	require.NoError(t, os.WriteFile(file, []byte(good+"; "+good+"\n"+strings.Repeat("x", 100)), 0o600))
	requireUsage(t, starter(t, nil, "", "trigger", "main", "--inn", "@"+file),
		file+":2: "+notAllowed("--inn", strings.Repeat("x", 80)+"…", allowed+"characters other than the digits 0 to 9"))
	requireUsage(t, starter(t, nil, "", "changes", "main", "--node", "a\nb@"),
		"line 2: "+notAllowed("--node", "b@", "ids of nodes, such as 7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e, separated by commas, blanks or ends of lines"))
	requireUsage(t, starter(t, nil, "", "replay", "--type", "pass lost"), notAllowed("--type", "lost", "pass, report or segment"))
}

func TestListOfIdentifiersSaysHowLongItMayBe(t *testing.T) {
	t.Parallel()
	var column strings.Builder
	for n := 1; n <= 1001; n++ {
		fmt.Fprintln(&column, konturtest.INN(n))
	}
	requireUsage(t, starter(t, nil, column.String(), "trigger", "main", "--inn", "-"),
		notAllowed("--only, --inn, --ogrn", "1001 of them", "at most 1000 in all; the next pass of the schedule walks all nodes anyway"))
	got := starter(t, nil, column.String()[:1000*len("0012345673\n")], "trigger", "main", "--inn", "-")
	require.Equal(t, cli.Failed, got.status, got.stderr)
	require.Contains(t, got.stderr, "Temporal at ", "as many as there may be get as far as Temporal")
}

func TestWatchRemoveTakesAPastedColumn(t *testing.T) {
	t.Parallel()
	_, env := watched(t, 5)
	shown := starter(t, env, "", "watch", "remove", konturtest.OGRN(2)+"\r\n"+konturtest.OGRN(3)+"\r\n")
	require.Equal(t, cli.Done, shown.status, shown.stderr)
	require.Contains(t, shown.stdout, "would have 3")
	require.Contains(t, shown.stderr, "starter watch remove "+konturtest.OGRN(2)+","+konturtest.OGRN(3)+" --yes --size 5")
	wrong := starter(t, env, "", "watch", "remove", konturtest.OGRN(2)+"\n123")
	require.Equal(t, cli.Usage, wrong.status)
	require.Contains(t, wrong.stderr, `line 2: OGRN: "123" is not allowed`)
}
