package journal_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
)

// TestDocsFindNodesWithTheDataOfAnotherCompany runs the program of docs/changes.md over what starter changes prints.
func TestDocsFindNodesWithTheDataOfAnotherCompany(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/changes.md")
	require.NoError(t, err)
	program := regexp.MustCompile(`(?s)-o json \| jq -rs '(.*?)'`).FindSubmatch(text)
	require.NotNil(t, program)
	query, err := gojq.Parse(string(program[1]))
	require.NoError(t, err)

	const name = "idocs:fullOrganizationName"
	entry := func(pass int, node, inn, ogrn string, changes ...counterparty.Change) journal.Entry {
		return journal.Entry{Time: noon.Add(time.Duration(pass) * time.Hour), Pass: []string{"bad", "good"}[pass], INN: inn, OGRN: ogrn,
			NodeOutcome: counterparty.NodeOutcome{NodeID: node, Outcome: counterparty.Updated, Changes: changes}}
	}
	var entries []any
	for _, e := range []journal.Entry{
		entry(0, "changed", "0012345673", "", counterparty.Change{Attribute: name, Was: "Ель", Became: "Сосна"}, counterparty.Change{Attribute: "idocs:kpp", Became: "001201001"}),
		entry(0, "new", "", "1000000000010", counterparty.Change{Attribute: name, Became: "Сосна"}),
		entry(0, "renamed", "0012345698", "", counterparty.Change{Attribute: name, Was: "Клён", Became: "Ясень"}),
		entry(0, "okpo", "0012345680", "", counterparty.Change{Attribute: "idocs:okpo", Became: "1"}),
		entry(1, "changed", "0012345673", "", counterparty.Change{Attribute: name, Was: "Сосна", Became: "Ель"}),
		entry(1, "new", "", "1000000000010", counterparty.Change{Attribute: name, Was: "Сосна", Became: "Ива"}),
		entry(1, "okpo", "0012345680", "", counterparty.Change{Attribute: "idocs:okpo", Became: "2"}),
		{Time: noon, NodeOutcome: counterparty.NodeOutcome{NodeID: "nobody", Outcome: counterparty.NotFound}},
	} {
		data, err := json.Marshal(e)
		require.NoError(t, err)
		var line any
		require.NoError(t, json.Unmarshal(data, &line))
		entries = append(entries, line)
	}
	var got []string
	for output := query.Run(entries); ; {
		line, ok := output.Next()
		if !ok {
			break
		}
		require.IsType(t, "", line)
		got = append(got, strings.ReplaceAll(line.(string), "\t", " "))
	}
	require.Equal(t, []string{
		"changed 0012345673 2026-03-02T12:00:00Z bad Ель Сосна", "changed 0012345673 2026-03-02T13:00:00Z good Сосна Ель",
		"new 1000000000010 2026-03-02T12:00:00Z bad  Сосна", "new 1000000000010 2026-03-02T13:00:00Z good Сосна Ива",
	}, got)
}
