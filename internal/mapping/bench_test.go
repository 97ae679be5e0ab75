package mapping_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/mapping"
)

// BenchmarkProject cuts down an answer of req about 100 companies with 70 branches each. The built-in mapping has to stay
// well below the 20 ms that Kontur.Focus takes at best for such an answer.
func BenchmarkProject(b *testing.B) {
	m := builtIn(b)
	o := company(b, "legal entity", "req")
	ul := o["UL"].(object)
	branches := ul["branches"].([]any)
	for i := len(branches); i < 70; i++ {
		branches = append(branches, object{"kpp": "0012" + strconv.Itoa(43100+i), "name": "ФИЛИАЛ"})
	}
	ul["branches"] = branches
	for b.Loop() {
		for range 100 {
			if _, err := m.Project("req", "0012345673", "1000000000010", o, []string{"001243001", "001201001"}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkDiff compares 100 nodes that need nothing.
func BenchmarkDiff(b *testing.B) {
	m := builtIn(b)
	p := project(b, m, "req", company(b, "legal entity", "req"))
	for b.Loop() {
		for range 100 {
			if r := m.Diff(nodeID, p.Values, 1, "001201001", answers{"req": p}); r.Write != nil {
				b.Fatal(r.Write)
			}
		}
	}
}

// BenchmarkDiffWithMemory compares 100 nodes that need nothing and remember every attribute.
func BenchmarkDiffWithMemory(b *testing.B) {
	m := keepingEdits(b)
	p := project(b, m, "req", company(b, "legal entity", "req"))
	node := written(nil, m.Diff(nodeID, nil, head, "001201001", answers{"req": p}))
	for b.Loop() {
		for range 100 {
			if r := m.Diff(nodeID, node, head, "001201001", answers{"req": p}); r.Write != nil {
				b.Fatal(r.Write)
			}
		}
	}
}

// keepingEdits is the built-in mapping with a memory.
func keepingEdits(tb testing.TB) *mapping.Mapping {
	tb.Helper()
	text, err := os.ReadFile("default-mapping-attributes.json")
	require.NoError(tb, err)
	m, err := mapping.Parse([]byte(strings.NewReplacer(`"identity": {`, `"memory": "cm:dcsource", "identity": {`, `"write": "always"`, `"write": "ifOurs"`).Replace(string(text))))
	require.NoError(tb, err)
	return m
}
