package pass

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMissingIsWhatWasChosenAndNotMet(t *testing.T) {
	t.Parallel()
	chosen := &Selection{Nodes: []string{"a", "b", FailedNode{Dbid: 7}.ID()}, IDs: []string{"1", "2", "3"}}
	tests := []struct {
		name   string
		met    Selection
		before *Missing
		want   *Missing
		text   string
	}{
		{"nothing", *chosen, nil, nil, ""},
		{"some", Selection{Nodes: []string{"b"}, IDs: []string{"3", "1"}}, nil, &Missing{Count: 2, Nodes: []string{"a"}, IDs: []string{"2"}},
			"2 asked for and not found: a, 2"},
		{"nothing more", *chosen, &Missing{Count: 1, Nodes: []string{"x"}}, &Missing{Count: 1, Nodes: []string{"x"}}, "1 asked for and not found: x"},
		{"all, and some before", Selection{}, &Missing{Count: 30, Nodes: make([]string, 18)},
			&Missing{Count: 35, Nodes: append(make([]string, 18), "a", "b")}, "35 asked for and not found: , , , , , , , , , , , , , , , , , , a, b and 15 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := chosen.Missing(tt.met, tt.before)
			require.Equal(t, tt.want, got)
			if got != nil {
				require.Equal(t, tt.text, got.String())
			}
		})
	}
}

func TestMissingSaysWhy(t *testing.T) {
	t.Parallel()
	require.NotContains(t, (&Missing{Count: 1, Nodes: []string{"a"}}).Why(), "ALFRESCO_LANGUAGES", "ids have no language")
	require.Contains(t, (&Missing{Count: 1, IDs: []string{"1"}}).Why(), "ALFRESCO_LANGUAGES")
}

func TestMemoNamesAsManyMissingOnesAsFit(t *testing.T) {
	t.Parallel()
	m := &Missing{Count: 1000}
	for n := range MaxMissing {
		m.Nodes = append(m.Nodes, fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
	}
	require.Greater(t, len(Result{Missing: m, Sources: NewSources([]string{"req"})}.ForMemo().Missing.Nodes), 10, "a pass without trouble has room")
	r := largest(t, "ж")
	r.Missing, r.Untried = m, *r.Error
	kept := r.ForMemo()
	data, err := json.Marshal(kept)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), MaxMemo)
	require.Equal(t, 1000, kept.Missing.Count)
	require.Less(t, len(kept.Missing.Nodes), 10)
	require.NotEmpty(t, kept.Untried, "the next pass goes by it")
	require.NotEmpty(t, *kept.Error)
	require.Len(t, r.Missing.Nodes, MaxMissing, "the result itself keeps all")
}

func TestWhatIsAskedForTwiceIsMissingOnce(t *testing.T) {
	t.Parallel()
	asked := Selection{Nodes: []string{"a", "b", "a"}, IDs: []string{"1", "1"}}
	require.Equal(t, &Missing{Count: 2, Nodes: []string{"a"}, IDs: []string{"1"}}, asked.Missing(Selection{Nodes: []string{"b"}}, nil))
}
