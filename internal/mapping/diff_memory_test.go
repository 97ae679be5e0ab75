package mapping_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

const memoryProperty = "cm:dcsource"

// remembering is a mapping with a memory, of idocs:a, idocs:b and so on, each by the policy given: "ifOurs" or
// "always, clear".
func remembering(t *testing.T, adopt bool, policies ...string) *mapping.Mapping {
	t.Helper()
	var entries []string
	for i, p := range policies {
		policy, clear := strings.CutSuffix(p, ", clear")
		absent := "keep"
		if clear {
			absent = "clear"
		}
		name := string(rune('a' + i))
		entries = append(entries, fmt.Sprintf(`{"attribute": "idocs:%s", "source": "req", "value": ".%s", "write": %q, "absent": %q}`, name, name, policy, absent))
	}
	m, err := mapping.Parse(fmt.Appendf(nil, `{%s, "memory": %q, "adopt": %t, "attributes": [%s]}`, goodIdentity, memoryProperty, adopt, strings.Join(entries, ",")))
	require.NoError(t, err)
	return m
}

// register is an answer of the register about idocs:a and so on; nil says that there is no value.
func register(values ...any) answers {
	all := object{}
	for i, value := range values {
		all["idocs:"+string(rune('a'+i))] = value
	}
	return answers{"req": {Values: all}}
}

// written are the properties after the diff was carried out.
func written(properties object, r mapping.Diff) object {
	after := maps.Clone(properties)
	if after == nil {
		after = object{}
	}
	for name, value := range r.Write {
		if value == nil {
			delete(after, name)
			continue
		}
		after[name] = value
	}
	return after
}

// What becomes of a node that a pass has filled once, that a person may have edited, and about which the register then
// says something else.
func TestDiff_policyByMemoryByValue(t *testing.T) {
	t.Parallel()
	const (
		kept      = "kept"
		wrote     = "wrote"
		nothing   = "nothing"
		forgotten = "the memory was lost"
		foreign   = "text of somebody else"
		edited    = "the memory was edited"
	)
	type edits = map[string]any
	tests := []struct {
		name    string
		edit    edits // by hand, between the passes; nil empties
		memory  string
		says    any // what the register says then
		want    map[string]string
		wantWas any
	}{
		{name: "untouched", says: "new", wantWas: "old",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": wrote, "never": kept}},
		{name: "edited by hand", edit: edits{"idocs:a": "mine"}, says: "new", wantWas: "mine",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": kept, "never": kept}},
		{name: "edited in white space only, which nobody sees", edit: edits{"idocs:a": " old\u00a0"}, says: "new", wantWas: " old\u00a0",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": wrote, "never": kept}},
		{name: "emptied by hand", edit: edits{"idocs:a": nil}, says: "new",
			want: map[string]string{"always": wrote, "ifEmpty": wrote, "ifOurs": wrote, "never": kept}},
		{name: "blanked by hand", edit: edits{"idocs:a": " "}, says: "new", wantWas: " ",
			want: map[string]string{"always": wrote, "ifEmpty": wrote, "ifOurs": wrote, "never": kept}},
		{name: "edited by hand to what the register says now", edit: edits{"idocs:a": "new"}, says: "new",
			want: map[string]string{"always": nothing, "ifEmpty": nothing, "ifOurs": nothing, "never": nothing}},
		{name: "the register says nothing new", says: "old",
			want: map[string]string{"always": nothing, "ifEmpty": nothing, "ifOurs": nothing, "never": nothing}},
		{name: "the register has no value any more", says: nil, wantWas: "old",
			want: map[string]string{"always": nothing, "ifEmpty": nothing, "ifOurs": nothing, "never": nothing,
				"always, clear": wrote, "ifOurs, clear": wrote, "never, clear": kept}},
		{name: "edited by hand, and the register has no value any more", edit: edits{"idocs:a": "mine"}, says: nil, wantWas: "mine",
			want: map[string]string{"always": nothing, "ifEmpty": nothing, "ifOurs": nothing, "never": nothing,
				"always, clear": wrote, "ifOurs, clear": kept, "never, clear": kept}},

		{name: "untouched, without a memory", memory: forgotten, says: "new", wantWas: "old",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": kept, "never": kept}},
		{name: "emptied, without a memory", memory: forgotten, edit: edits{"idocs:a": nil}, says: "new",
			want: map[string]string{"always": wrote, "ifEmpty": wrote, "ifOurs": wrote, "never": kept}},
		{name: "untouched, with a text of somebody else", memory: foreign, says: "new", wantWas: "old",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": kept, "never": kept}},
		{name: "emptied, with a text of somebody else", memory: foreign, edit: edits{"idocs:a": nil}, says: "new",
			want: map[string]string{"always": wrote, "ifEmpty": wrote, "ifOurs": wrote, "never": kept}},
		{name: "untouched, with an edited memory", memory: edited, says: "new", wantWas: "old",
			want: map[string]string{"always": wrote, "ifEmpty": nothing, "ifOurs": kept, "never": kept}},
	}
	for _, tt := range tests {
		for policy, want := range tt.want {
			t.Run(tt.name+"/"+policy, func(t *testing.T) {
				t.Parallel()
				// As a pass of an earlier mapping has filled it.
				node := written(nil, remembering(t, false, "always").Diff(nodeID, nil, head, "", register("old")))
				require.Contains(t, node[memoryProperty], "counterparty-sync/1 idocs:a=")
				for name, value := range tt.edit {
					node[name] = value
				}
				switch tt.memory {
				case forgotten:
					delete(node, memoryProperty)
				case foreign, edited:
					node[memoryProperty] = map[string]string{foreign: "ЕГРЮЛ", edited: fmt.Sprint(node[memoryProperty]) + " checked by me"}[tt.memory]
				}
				unusable := tt.memory == foreign || tt.memory == edited
				before := maps.Clone(node)

				says := register(tt.says)
				if tt.says == nil && !strings.HasSuffix(policy, "clear") {
					says = answers{"req": {}} // as Project has it
				}
				r := remembering(t, false, policy).Diff(nodeID, node, head, "", says)

				require.Equal(t, before, node, "the node itself is left alone")
				change := counterparty.Change{Attribute: "idocs:a", Was: tt.wantWas, Became: tt.says, Source: "req"}
				switch want {
				case nothing:
					require.Empty(t, r)
				case kept:
					require.Empty(t, r.Write)
					change.Reason = counterparty.KeptByHand
					if strings.HasPrefix(policy, "never") {
						change.Reason = counterparty.KeptNever
					}
					require.Equal(t, []counterparty.Change{change}, r.Reported)
				case wrote:
					require.Equal(t, []counterparty.Change{change}, r.Changes)
					require.Contains(t, r.Write, "idocs:a")
					require.Equal(t, tt.says, r.Write["idocs:a"])
					memory, remembered := r.Write[memoryProperty]
					require.Equal(t, !unusable, remembered, "what was written is remembered, and no text of somebody else is overwritten")
					require.NotEqual(t, node[memoryProperty], memory)
					if !unusable && tt.says != nil {
						require.Contains(t, memory, "counterparty-sync/1 idocs:a=")
					}
				}
				if unusable && (want == wrote || want == kept && strings.HasPrefix(policy, "ifOurs")) {
					require.Len(t, r.Notes, 1)
					require.Contains(t, r.Notes[0], "cm:dcsource: holds a text that this program did not write, or that was edited")
				} else {
					require.Empty(t, r.Notes)
				}
				require.Empty(t, remembering(t, false, policy).Diff(nodeID, written(node, r), head, "", says).Write, "a pass after it writes nothing")
			})
		}
	}
}
