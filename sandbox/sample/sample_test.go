package sample

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

func TestFillMakesEveryKind(t *testing.T) {
	t.Parallel()
	_, _, s := fill(t, 2000, 1)
	require.Equal(t, 2000, s.Nodes)
	require.Len(t, s.Kinds, len(kinds()))
	total := 0
	for i, k := range s.Kinds {
		total += k.Nodes
		require.NotEmpty(t, k.Example, k.Name)
		if want := kinds()[i]; want.perMille > 0 {
			require.GreaterOrEqual(t, k.Nodes, 2000*want.perMille/1000, k.Name)
		}
	}
	require.Equal(t, 2000, total)
	require.Equal(t, len(publicCompanies), s.Count("public company"))
	require.Equal(t, 2000, s.Matched()+s.Expected(counterparty.Ambiguous)+s.Expected(counterparty.NotFound)+
		s.Expected(counterparty.InvalidID)+s.Expected(counterparty.Rejected))
	conditions := 0
	for _, condition := range []Condition{Equal, Bare, Outdated, OwnPostAddress} {
		require.NotZero(t, s.Conditions[condition], condition)
		conditions += s.Conditions[condition]
	}
	require.Equal(t, s.Matched(), conditions)
}

func TestFillMakesAsManyNodesAsAsked(t *testing.T) {
	t.Parallel()
	for _, count := range []int{0, 1, 30, 500, 1001} {
		a, _, s := fill(t, count, 5)
		require.Equal(t, count, s.Nodes)
		require.Len(t, a.Nodes(nodeType), count)
	}
	_, _, s := fill(t, 500, 5)
	require.Len(t, s.Kinds, len(kinds()), "500 nodes are enough for all kinds")
}

func TestFillFollowsFromTheSeed(t *testing.T) {
	t.Parallel()
	first, _, s1 := fill(t, 700, 42)
	again, _, s2 := fill(t, 700, 42)
	other, _, _ := fill(t, 700, 43)
	require.Equal(t, s1, s2)
	require.Equal(t, first.Nodes(nodeType), again.Nodes(nodeType))
	require.NotEqual(t, first.Nodes(nodeType), other.Nodes(nodeType))
}

// TestIdentifiers: what counterparty.ParseID says of a node's INN is what the kind promises.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	b := built(3000, 7)
	for _, n := range b.nodes {
		k := kinds()[n.kind]
		inn := strings.TrimSpace(text(n.node.Properties["idocs:inn"]))
		id, err := counterparty.ParseID(counterparty.INN, inn)
		if k.outcome == counterparty.InvalidID {
			require.Error(t, err, "%s: %q", k.name, inn)
			continue
		}
		require.NoError(t, err, "%s: %q", k.name, inn)
		require.Equal(t, k.name == "foreign INN", id.IsForeign(), k.name)
		for _, name := range []string{"idocs:ogrn", "idocs:psrnsp"} {
			if ogrn := text(n.node.Properties[name]); ogrn != "" {
				wellFormed(t, counterparty.OGRN, ogrn)
			}
		}
		if kpp := text(n.node.Properties["idocs:kpp"]); kpp != "" {
			require.NoError(t, counterparty.CheckKPP(kpp), k.name)
		}
	}
}

func wellFormed(t *testing.T, kind counterparty.IDKind, text string) {
	t.Helper()
	_, err := counterparty.ParseID(kind, text)
	require.NoError(t, err, text)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	b := built(3000, 7)
	ogrns := map[string]bool{}
	for _, c := range b.companies {
		wellFormed(t, counterparty.INN, c.INN)
		wellFormed(t, counterparty.OGRN, c.OGRN)
		require.False(t, ogrns[c.OGRN], "OGRN %s twice", c.OGRN)
		ogrns[c.OGRN] = true
		if c.KPP != "" {
			require.NoError(t, counterparty.CheckKPP(c.KPP))
		}
		for _, branch := range c.Branches {
			if branch.KPP != "" {
				require.NoError(t, counterparty.CheckKPP(branch.KPP))
			}
		}
		for _, head := range c.Heads {
			wellFormed(t, counterparty.INN, head.INN)
		}
	}
}

func TestInventedIdentifiersAreOfNoRegion(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range publicCompanies {
		wellFormed(t, counterparty.INN, p.inn)
		wellFormed(t, counterparty.OGRN, p.ogrn)
		require.False(t, known[p.inn], p.short)
		known[p.inn] = true
	}
	for _, c := range built(3000, 7).companies {
		require.True(t, known[c.INN] || strings.HasPrefix(c.INN, "00"), c.INN)
	}
}

// TestSharedINNs: which kinds have several companies, or several nodes, on one INN.
func TestSharedINNs(t *testing.T) {
	t.Parallel()
	a, k, s := fill(t, 1500, 3)
	companies := map[string][]konturtest.Company{}
	for _, c := range built(1500, 3).companies {
		companies[c.INN] = append(companies[c.INN], c)
	}
	require.Equal(t, k.Len(), s.Companies)
	tests := []struct {
		kind        string
		want, alive int
	}{
		{"sole proprietor, one OGRNIP of three alive", 3, 1},
		{"dissolved namesake", 2, 1},
		{"all dissolved", 2, 0},
		{"two alive", 2, 2},
		{"dissolved", 1, 0},
		{"unknown INN", 0, 0},
		{"legal entity", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			node, ok := a.Get(s.Example(tt.kind))
			require.True(t, ok)
			found := companies[text(node.Properties["idocs:inn"])]
			require.Len(t, found, tt.want)
			alive := 0
			for _, c := range found {
				if !c.Status.Dissolved {
					alive++
				}
			}
			require.Equal(t, tt.alive, alive)
		})
	}
}

func TestDbidsHaveGaps(t *testing.T) {
	t.Parallel()
	a, _, s := fill(t, 1500, 3)
	nodes := a.Nodes(nodeType)
	gaps := 0
	for i := 1; i < len(nodes); i++ {
		require.Greater(t, nodes[i].Dbid, nodes[i-1].Dbid)
		if nodes[i].Dbid > nodes[i-1].Dbid+1 {
			gaps++
		}
	}
	require.Greater(t, gaps, 20)
	require.Equal(t, fewGhosts+manyGhosts+tailGhosts, s.Ghosts)
}

// BenchmarkFill is to stay below two seconds for 20,000 nodes.
func BenchmarkFill(b *testing.B) {
	for b.Loop() {
		Fill(alfrescotest.NewServer(b, alfrescotest.WithCiteckNames()), konturtest.New(), 20_000, 1)
	}
}

func fill(t *testing.T, count int, seed uint64) (*alfrescotest.Server, *konturtest.Server, Summary) {
	t.Helper()
	a, k := alfrescotest.NewServer(t, alfrescotest.WithCiteckNames()), konturtest.New()
	return a, k, Fill(a, k, count, seed)
}

func built(count int, seed uint64) *builder {
	b := newBuilder(seed)
	b.build(count)
	return b
}
