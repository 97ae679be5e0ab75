package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
)

// The first day of an installation: the sync is there and starts nothing, the deep check takes it from Temporal and writes
// nothing, a narrowed plan and pass follow.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 12)
	s.apply("enabled: false\nsources: [req, contacts]\nmaxChanged: 100\nmaxEmptied: 0")
	file := filepath.Join(t.TempDir(), "deep.jsonl")
	var facts []fact.Fact
	require.NoError(t, json.Unmarshal([]byte(s.must("", "check", "--deep", s.id, "--identifiers", "3", "--record", file, "-o", "json")), &facts))
	asked := map[string]bool{}
	for _, f := range facts {
		require.NotEqual(t, fact.Differs, f.Verdict, "%+v", f)
		asked[f.About] = true
	}
	require.True(t, asked["req"])
	require.True(t, asked["contacts"], "the sources are the sync's")
	require.Empty(t, s.alfresco.Writes())
	require.Equal(t, 3, s.kontur.Spent("req"))
	recorded, err := os.ReadFile(file)
	require.NoError(t, err)
	node := s.alfresco.Nodes("idocs:contractor")[0]
	require.NotContains(t, string(recorded), node.ID)
	require.NotContains(t, string(recorded), node.Properties["idocs:inn"])

	inn := node.Properties["idocs:inn"].(string)
	require.Len(t, s.plan("--first", "5"), 5)
	require.Len(t, s.plan("--inn", inn), 1)
	require.Empty(t, s.alfresco.Writes())
	require.Equal(t, string(pass.Completed), s.trigger("--inn", inn).Pass.Ended)
	require.Len(t, s.alfresco.Writes(), 1)
	require.Equal(t, 4, s.trigger("--first", "5").Pass.Counts.Updated, "the first one was done")
	require.Len(t, s.alfresco.Writes(), 5)
	require.Equal(t, 12, s.trigger().Pass.Counts.Total())
}

func TestDeepCheckOfASyncThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	status, stdout, stderr := s.starter("", "check", "--deep", "nobody")
	require.Equal(t, cli.Failed, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "nobody")
	require.Zero(t, s.alfresco.Count()+s.kontur.Count())
}
