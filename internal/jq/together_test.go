package jq_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/jq"
)

// Whatever expressions are run together, each has the output that it has alone.
func TestTogether_isAsOneByOne(t *testing.T) {
	t.Parallel()
	definitions, err := jq.Define("def twice(f): 2 * f; def first(f): \"not jq's\"; def limit($n; f): \"nor this\";")
	require.NoError(t, err)
	quiet := []string{".", ".a", ".a.b", "empty", "null", ".[]?", "twice(.n)", "$firm.a", ".a # a comment", "(.a, .n)", "[.a, .n]", "first(.a)", "repeat(1)", "1, error(\"late\")",
		"def own: .a; own", "label $out | 1, break $out", ".a as $x | $x", "reduce .list[]? as $i (0; . + 1)", "if .a then 1 else 2 end", ".list | map(tostring)?", ".a //= 3", ".a", "del(.a)?", ".n |= 7", "[.a?, .n?]", "[]", "[[]]"}
	failing := []string{"error(\"no\")", ".a.b.c.d", ".n | keys", "def f: f; f"}
	objects := []any{object{}, object{"a": "x", "n": json.Number("3"), "list": []any{1.0, nil}}, object{"a": object{"b": object{"c": "d"}}, "n": 2.0}, []any{"a"}, nil, "text"}
	of := func(texts []string) []*jq.Expression {
		var all []*jq.Expression
		for _, text := range texts {
			e, err := jq.Compile(text, definitions, "$firm")
			require.NoError(t, err, text)
			all = append(all, e)
		}
		return all
	}
	for name, texts := range map[string][]string{
		"none": nil, "one": {".a"}, "all that go well": quiet, "one that fails": append([]string{failing[0]}, quiet...), "more that fail": append(failing[1:3:3], quiet...),
		"a loop": {".a", failing[3], ".n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each := of(texts)
			together := jq.Join(each...)
			on := objects
			if name == "a loop" { // a second for each look
				on = objects[1:2]
			}
			for i, on := range on {
				outputs := together.First(on, object{"a": "firm's"})
				require.Len(t, outputs, len(each))
				for n, e := range each {
					want, err := e.First(on, object{"a": "firm's"})
					at := fmt.Sprintf("%s on object %d", texts[n], i)
					require.Equal(t, want, outputs[n].Value, at)
					if err == nil {
						require.NoError(t, outputs[n].Err, at)
					} else {
						require.EqualError(t, outputs[n].Err, err.Error(), at)
					}
				}
			}
		})
	}
}
