package mapping_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

// Alfresco stores by the type of the property, and the two APIs show numbers differently.
func TestMemory_knowsAValueInWhateverFormItComesBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		wrote, comesBack any
		ours             bool
	}{
		{name: "a text", wrote: "a b", comesBack: "a b", ours: true},
		{name: "a text in a list of one", wrote: "a b", comesBack: []any{"a  b"}, ours: true},
		{name: "a number as itself", wrote: 5.1, comesBack: 5.1, ours: true},
		{name: "a number as json.Number", wrote: 5.0, comesBack: json.Number("5"), ours: true},
		{name: "a number as a text", wrote: 5.0, comesBack: "5", ours: true},
		{name: "a large number as Java spells it", wrote: 1e21, comesBack: "1.0E21", ours: true},
		{name: "digits in a numeric property", wrote: "144", comesBack: 144.0, ours: true},
		{name: "a boolean as itself", wrote: true, comesBack: true, ours: true},
		{name: "a boolean as a text", wrote: false, comesBack: "false", ours: true},
		{name: "a list", wrote: []any{"a", "b"}, comesBack: []any{"a", " b "}, ours: true},
		{name: "a list of numbers as texts", wrote: []any{1.0, 2.5}, comesBack: []any{"1", "2.5"}, ours: true},
		{name: "a list of this and that", wrote: []any{"a", 1.0, true}, comesBack: []any{"a", "1", "true"}, ours: true},
		{name: "a date as a time of the day", wrote: "2002-07-19", comesBack: "2002-07-19T00:00:00.000+0000", ours: true},
		{name: "a date of Moscow", wrote: "2002-07-19", comesBack: "2002-07-18T21:00:00Z", ours: true},
		{name: "a date of Honolulu", wrote: "2002-07-19", comesBack: "2002-07-19T10:00:00Z", ours: true},
		{name: "a date in a text property", wrote: "2002-07-19", comesBack: "2002-07-19", ours: true},
		{name: "dates of Moscow", wrote: []any{"2002-07-19", "2003-01-01"}, comesBack: []any{"2002-07-18T20:00:00Z", "2002-12-31T21:00:00Z"}, ours: true},
		{name: "a time in another zone", wrote: "2002-07-19T15:00:00+03:00", comesBack: "2002-07-19T12:00:00.000+0000", ours: true},
		{name: "a time in a text property", wrote: "2002-07-19T15:00:00+03:00", comesBack: "2002-07-19T15:00:00+03:00", ours: true},

		{name: "noon of the day before", wrote: "2002-07-19", comesBack: "2002-07-18T12:00:00Z"},
		{name: "the day after", wrote: "2002-07-19", comesBack: "2002-07-20T00:00:00.000+0000"},
		{name: "the day before", wrote: "2002-07-19", comesBack: "2002-07-17T21:00:00Z"},
		{name: "another time", wrote: "2002-07-19T15:00:00+03:00", comesBack: "2002-07-19T15:00:00.000+0000"},
		{name: "case", wrote: "ООО", comesBack: "Ооо"},
		{name: "a leading zero", wrote: "0012345", comesBack: "12345"},
		{name: "another leading zero", wrote: "12345", comesBack: "012345"},
		{name: "another number", wrote: 5.1, comesBack: 5.2},
		{name: "the other boolean", wrote: true, comesBack: "false"},
		{name: "another order", wrote: []any{"a", "b"}, comesBack: []any{"b", "a"}},
		{name: "one item more", wrote: []any{"a"}, comesBack: []any{"a", "b"}},
		{name: "items that run together", wrote: []any{"a", "b"}, comesBack: "a b"},
		{name: "an object", wrote: "a", comesBack: object{"a": "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := remembering(t, false, "ifOurs")
			node := written(nil, m.Diff(nodeID, nil, head, "", register(tt.wrote)))
			node["idocs:a"] = tt.comesBack
			r := m.Diff(nodeID, node, head, "", register("new"))
			require.Equal(t, tt.ours, len(r.Changes) == 1, "%+v", r)
			require.Equal(t, !tt.ours, len(r.Reported) == 1)
		})
	}
}

func TestMemory_belongsToOneNodeAndOneAttribute(t *testing.T) {
	t.Parallel()
	m := remembering(t, false, "ifOurs", "ifOurs")
	original := written(nil, m.Diff(nodeID, nil, head, "", register("x", "y")))
	require.Len(t, m.Diff(nodeID, original, head, "", register("new", "new")).Changes, 2)

	r := m.Diff("00000000-0000-4000-8000-000000000102", original, head, "", register("new", "new"))
	require.Empty(t, r.Write, "a copy of the node has nothing of ours")
	require.Len(t, r.Reported, 2)
	require.Empty(t, r.Notes)

	swapped := maps.Clone(original)
	swapped["idocs:a"], swapped["idocs:b"] = original["idocs:b"], original["idocs:a"]
	require.Empty(t, m.Diff(nodeID, swapped, head, "", register("new", "new")).Write, "a person has swapped them")
}

// An attribute that a person gives back goes with the register again.
func TestMemory_ofAnAttributeThatIsGivenBack(t *testing.T) {
	t.Parallel()
	m := remembering(t, false, "ifOurs", "always")
	node := written(nil, m.Diff(nodeID, nil, head, "", register("ours", "b")))
	node["idocs:a"] = "mine"
	node = written(node, m.Diff(nodeID, node, head, "", register("new", "other b")))
	require.Equal(t, "mine", node["idocs:a"])

	backAgain := maps.Clone(node)
	backAgain["idocs:a"] = "ours"
	require.Equal(t, "new", m.Diff(nodeID, backAgain, head, "", register("new", "other b")).Write["idocs:a"], "what was written before was typed in again")

	node["idocs:a"] = nil
	node = written(node, m.Diff(nodeID, node, head, "", register("new", "other b")))
	require.Equal(t, "newer", m.Diff(nodeID, node, head, "", register("newer", "other b")).Write["idocs:a"], "emptied and filled again")
}

func TestMemory_isNeverTheReasonOfAWrite(t *testing.T) {
	t.Parallel()
	for _, adopt := range []bool{false, true} {
		m := remembering(t, adopt, "always", "ifEmpty", "ifOurs", "ifOurs, clear", "never")
		same := object{"idocs:a": "a", "idocs:b": "b", "idocs:c": "c", "idocs:d": "d", "idocs:e": "e"}
		require.Empty(t, m.Diff(nodeID, same, head, "", register("a", "b", "c", "d", "e")))
	}
}

func TestMemory_adopts(t *testing.T) {
	t.Parallel()
	filled := object{"idocs:a": "same", "idocs:b": "typed", "idocs:c": "old", "idocs:d": "same"}
	says := register("same", "register", "new", "same")
	policies := []string{"ifOurs", "ifOurs", "always", "never"}

	adopting := remembering(t, true, policies...)
	node := written(filled, adopting.Diff(nodeID, filled, head, "", says))
	r := adopting.Diff(nodeID, node, head, "", register("new a", "new b", "new", "new d"))
	require.Equal(t, []string{"idocs:a"}, attributes(r.Changes), "it agreed when the node was written for another reason")
	require.Equal(t, []string{"idocs:b", "idocs:d"}, attributes(r.Reported))
	require.NotContains(t, node[memoryProperty], "idocs:d=", "what is never written adopts nothing, for the day when it is")

	strict := remembering(t, false, policies...)
	node = written(filled, strict.Diff(nodeID, filled, head, "", says))
	r = strict.Diff(nodeID, node, head, "", register("new a", "new b", "new", "new d"))
	require.Empty(t, r.Changes, "without adopt it is nobody's but a person's")

	r = adopting.Diff(nodeID, filled, head, "", register("new a", "register", "old", "same"))
	require.Empty(t, r.Changes, "the register changed it before the node was ever written")
	require.Equal(t, []string{"idocs:a", "idocs:b"}, attributes(r.Reported))
}

func attributes(changes []counterparty.Change) []string {
	var names []string
	for _, c := range changes {
		names = append(names, c.Attribute)
	}
	return names
}

func TestMemory_isSentOnlyIfItChanges(t *testing.T) {
	t.Parallel()
	r := remembering(t, false, "always, clear").Diff(nodeID, object{"idocs:a": "typed"}, head, "", register(nil))
	require.Equal(t, object{"idocs:a": nil}, r.Write)
}

func TestMemory_goesWithTheLastClearedAttribute(t *testing.T) {
	t.Parallel()
	m := remembering(t, false, "ifOurs, clear")
	node := written(nil, m.Diff(nodeID, nil, head, "", register("a")))
	r := m.Diff(nodeID, node, head, "", register(nil))
	require.Equal(t, object{"idocs:a": nil, memoryProperty: nil}, r.Write)
	require.Empty(t, written(node, r))
}

// What another mapping has written stays ours as long as there is room.
func TestMemory_keepsWhatAnotherMappingWrote(t *testing.T) {
	t.Parallel()
	wide := remembering(t, false, "ifOurs", "ifOurs")
	node := written(nil, wide.Diff(nodeID, nil, head, "", register("a", "b")))
	node = written(node, remembering(t, false, "ifOurs").Diff(nodeID, node, head, "", register("a2")))
	require.Equal(t, []string{"idocs:a", "idocs:b"}, attributes(wide.Diff(nodeID, node, head, "", register("a3", "b3")).Changes))

	long := "counterparty-sync/1"
	for i := range 80 {
		long += fmt.Sprintf(" other:attribute%d=AAAAAAAA", i)
	}
	node = object{memoryProperty: long, "idocs:a": "a"}
	memory := wide.Diff(nodeID, node, head, "", register("a", "b")).Write[memoryProperty].(string)
	require.LessOrEqual(t, len(memory), 1024)
	require.Contains(t, memory, " idocs:b=")
	require.Contains(t, memory, " other:attribute0=AAAAAAAA")
}

// Everything that reads a memory reads these: a change of the format needs a version of its own.
func TestMemory_formatIsForEver(t *testing.T) {
	t.Parallel()
	m := remembering(t, false, "ifOurs", "ifOurs", "ifOurs")
	r := m.Diff(nodeID, nil, head, "", register("ООО \"Пример & <К°>\"\u2028", 144.0, []any{true}))
	require.Equal(t, "counterparty-sync/1 idocs:a=GfA9TNfV idocs:b=L8oo5RHI idocs:c=57SKT1_k", r.Write[memoryProperty])
}

func TestMemory_textOfSomebodyElseIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	m := remembering(t, false, "always")
	for _, text := range []any{
		"ЕГРЮЛ", "counterparty-sync", "counterparty-sync/2 idocs:a=AAAAAAAA", "counterparty-sync/1 idocs:a", "counterparty-sync/1 idocs:a=AAAA",
		"counterparty-sync/1 idocs:a=AAAAAAAA idocs:a=AAAAAAAA", "counterparty-sync/1 idocs:a=AAAAAAAA, checked", "counterparty-sync/1 a=AAAAAAAA",
		"counterparty-sync/1idocs:a=AAAAAAAA", []any{"counterparty-sync/1", "counterparty-sync/1"}, 5.0, true, object{"a": "b"},
	} {
		r := m.Diff(nodeID, object{memoryProperty: text, "idocs:a": "old"}, head, "", register("new"))
		require.Equal(t, object{"idocs:a": "new"}, r.Write, "%v", text)
		require.Len(t, r.Notes, 1, "%v", text)
	}
	for _, text := range []any{nil, "", " ", []any{}, "counterparty-sync/1", " counterparty-sync/1\n", []any{"counterparty-sync/1 idocs:z=AAAAAAAA"}} {
		r := m.Diff(nodeID, object{memoryProperty: text, "idocs:a": "old"}, head, "", register("new"))
		require.Contains(t, r.Write, memoryProperty, "%v", text)
		require.Empty(t, r.Notes, "%v", text)
	}
}

// FuzzMemory: whatever stands in the property, a value that was typed in is never overwritten, no foreign text is, and
// what a pass writes it knows again.
func FuzzMemory(f *testing.F) {
	for _, text := range []string{
		"", "counterparty-sync/1", "counterparty-sync/1 idocs:a=AAAAAAAA", "counterparty-sync/1 idocs:a=AAAAAAAA idocs:b=________", "counterparty-sync/2", "x",
	} {
		f.Add(text, "typed", "new")
	}
	m, err := mapping.Parse([]byte(`{` + goodIdentity + `, "memory": "cm:dcsource", "attributes": [
		{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "ifOurs"},
		{"attribute": "idocs:b", "source": "req", "value": ".b", "write": "always"}]}`))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text, typed, says string) {
		says += "." // neither empty nor what was typed in, not even as a number
		if strings.TrimSpace(typed) == "" || strings.Join(strings.Fields(typed), " ") == strings.Join(strings.Fields(says), " ") {
			return
		}
		node := object{memoryProperty: text, "idocs:a": typed}
		r := m.Diff(nodeID, node, head, "", register(says, "b"))
		require.NotContains(t, r.Write, "idocs:a")
		require.Equal(t, "b", r.Write["idocs:b"])
		node = written(node, r)
		if len(r.Notes) > 0 {
			require.Equal(t, text, node[memoryProperty])
			return
		}
		require.LessOrEqual(t, len(node[memoryProperty].(string)), 1024)
		node["idocs:a"] = nil
		node = written(node, m.Diff(nodeID, node, head, "", register(says, "b")))
		require.Equal(t, "last", m.Diff(nodeID, node, head, "", register("last", "b")).Write["idocs:a"])
	})
}
