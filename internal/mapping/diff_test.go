package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

type answers = map[string]counterparty.Projection

const (
	head, branch, otherUnit = counterparty.HeadOffice, counterparty.Branch, counterparty.OtherUnit
	headKPP, branchKPP      = "001201001", "001243001"
	nodeID                  = "00000000-0000-4000-8000-000000000101"
)

// answer is one that gives a value for idocs:a.
func answer(value any) counterparty.Projection {
	return counterparty.Projection{Values: object{"idocs:a": value}}
}

func TestDiff_policies(t *testing.T) {
	t.Parallel()
	changed := func(was, became any) []counterparty.Change {
		return []counterparty.Change{{Attribute: "idocs:a", Was: was, Became: became, Source: "req"}}
	}
	never := func(was, became any) []counterparty.Change {
		return []counterparty.Change{{Attribute: "idocs:a", Was: was, Became: became, Source: "req", Reason: counterparty.KeptNever}}
	}
	tests := []struct {
		name     string
		entry    string // what comes after the expression
		property any    // nil: not there
		answers  answers
		want     mapping.Diff
	}{
		{name: "always writes what differs", entry: `"write": "always"`, property: "old", answers: answers{"req": answer("new")},
			want: mapping.Diff{Write: object{"idocs:a": "new"}, Changes: changed("old", "new")}},
		{name: "always fills", entry: `"write": "always"`, answers: answers{"req": answer("new")},
			want: mapping.Diff{Write: object{"idocs:a": "new"}, Changes: changed(nil, "new")}},
		{name: "nothing differs, nothing is written", entry: `"write": "always"`, property: "same", answers: answers{"req": answer("same")}},
		{name: "ifEmpty keeps", entry: `"write": "ifEmpty"`, property: "old", answers: answers{"req": answer("new")}},
		{name: "ifEmpty fills", entry: `"write": "ifEmpty"`, answers: answers{"req": answer("new")},
			want: mapping.Diff{Write: object{"idocs:a": "new"}, Changes: changed(nil, "new")}},
		{name: "ifEmpty fills a blank", entry: `"write": "ifEmpty"`, property: " ", answers: answers{"req": answer("new")},
			want: mapping.Diff{Write: object{"idocs:a": "new"}, Changes: changed(" ", "new")}},
		{name: "never reports", entry: `"write": "never"`, property: "old", answers: answers{"req": answer("new")},
			want: mapping.Diff{Reported: never("old", "new")}},
		{name: "never has nothing to report", entry: `"write": "never"`, property: "same", answers: answers{"req": answer("same")}},

		{name: "absent value never clears", entry: `"write": "always"`, property: "old", answers: answers{"req": {}}},
		{name: "absent answer never clears", entry: `"write": "always", "absent": "clear"`, property: "old", answers: answers{"contacts": answer("new")}},
		{name: "clear unsets", entry: `"write": "always", "absent": "clear"`, property: "old", answers: answers{"req": answer(nil)},
			want: mapping.Diff{Write: object{"idocs:a": nil}, Changes: changed("old", nil)}},
		{name: "clear has nothing to unset", entry: `"write": "always", "absent": "clear"`, property: "", answers: answers{"req": answer(nil)}},
		{name: "clear under never reports", entry: `"write": "never", "absent": "clear"`, property: "old", answers: answers{"req": answer(nil)},
			want: mapping.Diff{Reported: never("old", nil)}},
		{name: "what could not be read never clears", entry: `"write": "always", "absent": "clear"`, property: "old",
			answers: answers{"req": {Values: object{"idocs:a": nil}, Notes: map[string]string{"idocs:a": "jq expression fails"}}},
			want:    mapping.Diff{Notes: []string{"idocs:a: req: jq expression fails"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := parsed(t, `{"attribute": "idocs:a", "source": "req", "value": ".a", `+tt.entry+`}`)
			properties := object{"idocs:b": "untouched"}
			if tt.property != nil {
				properties["idocs:a"] = tt.property
			}
			require.Equal(t, tt.want, m.Diff(nodeID, properties, head, "", tt.answers))
		})
	}
}

func TestDiff_severalSources(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "egrDetails", "value": ".a", "write": "never", "absent": "clear"},
		{"attribute": "idocs:b", "source": "req", "value": ".b", "write": "always"},
		{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "always"}`)
	old := object{"idocs:a": "old"}

	r := m.Diff(nodeID, old, head, "", answers{"egrDetails": answer("first"), "req": answer("second")})
	require.Equal(t, []counterparty.Change{{Attribute: "idocs:a", Was: "old", Became: "first", Source: "egrDetails", Reason: counterparty.KeptNever}}, r.Reported, "the first entry wins, with its own policy")
	require.Empty(t, r.Write)

	r = m.Diff(nodeID, old, head, "", answers{"egrDetails": answer(nil), "req": answer("second")})
	require.Equal(t, object{"idocs:a": "second"}, r.Write, "a value comes before clearing")

	r = m.Diff(nodeID, old, head, "", answers{"egrDetails": answer(nil), "req": {Notes: map[string]string{"idocs:a": "jq expression fails"}}})
	require.Equal(t, mapping.Diff{Notes: []string{"idocs:a: req: jq expression fails"}}, r, "another source might have had a value")

	r = m.Diff(nodeID, object{}, head, "", answers{"req": {Values: object{"idocs:b": "b", "idocs:a": "a"}}})
	require.Equal(t, []counterparty.Change{
		{Attribute: "idocs:a", Became: "a", Source: "req"}, {Attribute: "idocs:b", Became: "b", Source: "req"},
	}, r.Changes, "in the order of the mapping")
}

// A source that was left out must not let the second choice overwrite, or clear, what it has told before.
func TestDiff_withoutASource(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "contacts", "value": ".a", "write": "always"},
		{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "always", "absent": "clear"},
		{"attribute": "idocs:b", "source": "req", "value": ".b", "write": "always", "absent": "clear"},
		{"attribute": "idocs:b", "source": "contacts", "value": ".b", "write": "always"}`)
	told := object{"idocs:a": "told by contacts", "idocs:b": "told by contacts"}
	full := answers{"req": {Values: object{"idocs:a": "second choice", "idocs:b": "first choice"}}}
	empty := answers{"req": {Values: object{"idocs:a": nil, "idocs:b": nil}}}

	without := m.Without([]string{"contacts"})
	require.Equal(t, object{"idocs:b": "first choice"}, without.Diff(nodeID, told, head, "", full).Write)
	require.Empty(t, without.Diff(nodeID, told, head, "", empty))
	require.Equal(t, object{"idocs:a": "second choice", "idocs:b": "first choice"}, m.Diff(nodeID, told, head, "", full).Write, "the mapping itself is as it was")
	require.Same(t, m, m.Without(nil))
}

func TestDiff_comparesWhatPeopleSee(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		property, value any
		want            bool
	}{
		{name: "same text", property: "a b", value: "a b", want: true},
		{name: "case differs", property: "ООО", value: "Ооо"},
		{name: "white space at the ends", property: " a b\n", value: "a b", want: true},
		{name: "doubled and unbreakable white space", property: "г.\u00a0Примерск,  дом 1", value: "г. Примерск, дом 1", want: true},
		{name: "white space between is not none", property: "ab", value: "a b"},
		{name: "leading zeros count in texts", property: "12345", value: "0012345"},
		{name: "float64 and int", property: 5, value: 5.0, want: true},
		{name: "json.Number and float64", property: json.Number("5.10"), value: 5.1, want: true},
		{name: "int64 and float64", property: int64(1) << 40, value: float64(1 << 40), want: true},
		{name: "other number", property: json.Number("5.2"), value: 5.1},
		{name: "a text that spells the number", property: "5.10", value: 5.1, want: true},
		{name: "a number that the text spells", property: 7.0, value: "007", want: true},
		{name: "a text that is no number", property: "five", value: 5.0},
		{name: "booleans", property: true, value: true, want: true},
		{name: "other boolean", property: true, value: false},
		{name: "a text that spells the boolean", property: "false", value: false, want: true},
		{name: "a number is no boolean", property: 1.0, value: true},
		{name: "a date as REST shows it", property: "2002-07-19T00:00:00.000+0000", value: "2002-07-19", want: true},
		{name: "a date as Records shows it", property: "2002-07-19T00:00:00Z", value: "2002-07-19", want: true},
		{name: "a date of Moscow", property: "2002-07-18T21:00:00.000+0000", value: "2002-07-19", want: true},
		{name: "a date of Honolulu", property: "2002-07-19T10:00:00Z", value: "2002-07-19", want: true},
		{name: "a date of Magadan", property: "2002-07-18T13:00:00Z", value: "2002-07-19", want: true},
		{name: "noon in Greenwich", property: "2002-07-19T12:00:00Z", value: "2002-07-19", want: true},
		{name: "noon in Greenwich is not the next day", property: "2002-07-18T12:00:00Z", value: "2002-07-19"},
		{name: "noon in Moscow", property: "2002-07-19T09:00:00Z", value: "2002-07-19", want: true},
		{name: "noon in Moscow is not the next day", property: "2002-07-18T09:00:00Z", value: "2002-07-19"},
		{name: "noon in Magadan", property: "2002-07-19T01:00:00Z", value: "2002-07-19", want: true},
		{name: "noon in Magadan is not the next day", property: "2002-07-18T01:00:00Z", value: "2002-07-19"},
		{name: "the day before", property: "2002-07-17T21:00:00.000+0000", value: "2002-07-19"},
		{name: "the day after", property: "2002-07-20T00:00:00Z", value: "2002-07-19"},
		{name: "a time in another zone", property: "2002-07-19T12:00:00.000+0000", value: "2002-07-19T15:00:00+03:00", want: true},
		{name: "another time", property: "2002-07-19T12:00:01.000+0000", value: "2002-07-19T15:00:00+03:00"},
		{name: "a date in a text property", property: "2002-07-18", value: "2002-07-19"},
		{name: "a time where a date stands", property: "2002-07-19", value: "2002-07-19T00:00:00Z"},
		{name: "lists", property: []any{"a", "b"}, value: []any{"a", "b"}, want: true},
		{name: "lists of numbers", property: []any{json.Number("1"), 2}, value: []any{1.0, 2.0}, want: true},
		{name: "order of a list", property: []any{"b", "a"}, value: []any{"a", "b"}},
		{name: "length of a list", property: []any{"a"}, value: []any{"a", "b"}},
		{name: "a list of one and its item", property: []any{"a"}, value: "a", want: true},
		{name: "empty items", property: []any{"a", nil, ""}, value: []any{"a"}, want: true},
		{name: "empty text and nothing to say", property: "", value: nil, want: true},
		{name: "empty list and nothing to say", property: []any{""}, value: nil, want: true},
		{name: "object", property: object{"a": "b"}, value: "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := parsed(t, `{"attribute": "idocs:a", "source": "req", "value": ".a", "write": "always", "absent": "clear"}`)
			r := m.Diff(nodeID, object{"idocs:a": tt.property}, head, "", answers{"req": answer(tt.value)})
			require.Equal(t, tt.want, len(r.Write) == 0, "%v", r.Write)
		})
	}
}

func TestDiff_units(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	req := project(t, m, "req", company(t, "legal entity", "req"), branchKPP)
	properties := func(kpp string) object {
		return object{"idocs:inn": "0012345673", "idocs:kpp": kpp, "idocs:juridicalAddress": "old address", "idocs:okpo": "00000002"}
	}
	tests := []struct {
		name          string
		unit          counterparty.Unit
		kpp           string
		kppNow        any
		address, post any
	}{
		{name: "head office", unit: head, kpp: headKPP,
			address: req.Values["idocs:juridicalAddress"], post: req.Values["idocs:postAddress"]},
		{name: "head office under a former KPP", unit: head, kpp: "001101001", kppNow: headKPP,
			address: req.Values["idocs:juridicalAddress"], post: req.Values["idocs:postAddress"]},
		{name: "branch", unit: branch, kpp: " " + branchKPP,
			address: "000155, обл. Примерная, г. Образцов, д. 2", post: "000155, обл. Примерная, г. Образцов, д. 2"},
		{name: "branch that was not asked about", unit: branch, kpp: "001243003"},
		{name: "unit that the answer does not list", unit: otherUnit, kpp: "001245001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			write := m.Diff(nodeID, properties(tt.kpp), tt.unit, tt.kpp, answers{"req": req}).Write
			require.Equal(t, tt.kppNow, write["idocs:kpp"])
			require.Equal(t, tt.address, write["idocs:juridicalAddress"])
			require.Equal(t, tt.post, write["idocs:postAddress"])
			require.Equal(t, "00000001", write["idocs:okpo"], "the rest comes from the company")
			require.Equal(t, `ООО "ПРИМЕР"`, write["idocs:shortOrganizationName"])
		})
	}
}

func TestDiff_branchTakesNothingOfItsCompanyFromAnotherSource(t *testing.T) {
	t.Parallel()
	m := parsed(t, `
		{"attribute": "idocs:a", "source": "req", "value": ".a", "branch": ".a", "write": "always", "absent": "clear"},
		{"attribute": "idocs:a", "source": "egrDetails", "value": ".a", "write": "always"}`)
	given := answers{"req": {Values: object{"idocs:a": nil}, Branches: map[string]map[string]any{branchKPP: {}}}, "egrDetails": answer("company")}
	require.Equal(t, mapping.Diff{}, m.Diff(nodeID, object{"idocs:a": "branch"}, branch, branchKPP, given))
	require.Equal(t, mapping.Diff{}, m.Diff(nodeID, object{"idocs:a": "branch"}, otherUnit, branchKPP, given))
	require.Equal(t, object{"idocs:a": "company"}, m.Diff(nodeID, object{"idocs:a": "branch"}, head, headKPP, given).Write)
}

// TestDiff_settles proves for the built-in mapping that a pass after a pass has nothing to do.
func TestDiff_settles(t *testing.T) {
	t.Parallel()
	m := builtIn(t)
	for _, name := range []string{"legal entity", "sole proprietor", "dissolved sole proprietor", "dissolved legal entity", "led by a company", "address in parts"} {
		given := answers{"req": project(t, m, "req", company(t, name, "req"))}
		properties := object{}
		for attribute, value := range m.Diff(nodeID, properties, head, "", given).Write {
			properties[attribute] = value
		}
		require.NotEmpty(t, properties, name)
		require.Equal(t, mapping.Diff{}, m.Diff(nodeID, properties, head, "", given), name)
	}
}

// What is too long to be told is written whole, and told so that it can be known again.
func TestDiff_tellsLongValuesCut(t *testing.T) {
	t.Parallel()
	m, err := mapping.Parse([]byte(`{"identity": {"inn": ["a:inn"], "ogrn": ["a:ogrn"], "kpp": ["a:kpp"]}, "attributes": [{"attribute": "a:text", "source": "req", "write": "always", "value": ".x"}]}`))
	require.NoError(t, err)
	was, became := strings.Repeat("Ж", 4001), strings.Repeat("Щ ", 3000)+"Щ"
	answers := map[string]counterparty.Projection{"req": {Values: map[string]any{"a:text": became}}}
	got := m.Diff("node", map[string]any{"a:text": was}, counterparty.HeadOffice, "", answers)
	require.Equal(t, map[string]any{"a:text": became}, got.Write)
	require.Len(t, got.Changes, 1)
	require.Equal(t, counterparty.Told(was), got.Changes[0].Was)
	require.Equal(t, counterparty.Told(became), got.Changes[0].Became)
	require.IsType(t, counterparty.Cut{}, got.Changes[0].Became)
}

func TestSame_knowsACutValueByItsDigest(t *testing.T) {
	t.Parallel()
	repeat := func(value any) []any { return slices.Repeat([]any{value}, 1500) }
	tests := []struct {
		name            string
		property, value any
		want            bool
	}{
		{"text", strings.Repeat("Ж ", 3000), strings.Repeat("Ж  ", 3000), true},
		{"another text", strings.Repeat("Ж", 5000), strings.Repeat("Ж", 5001), false},
		{"a list of one", []any{strings.Repeat("Ж", 5000)}, strings.Repeat("Ж", 5000), true},
		{"numbers that texts spell", repeat("12.0"), repeat(12.0), true},
		{"booleans that texts spell", repeat("true"), repeat(true), true},
		{"times", repeat("2026-01-02T03:04:05.000+0000"), repeat("2026-01-02T06:04:05+03:00"), true},
		{"dates that became midnights", repeat("2026-01-01T21:00:00.000+0000"), repeat("2026-01-02"), true},
		{"nothing", nil, strings.Repeat("Ж", 5000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, mapping.Equal(tt.property, tt.value), "whole")
			cut := counterparty.Told(tt.value)
			require.IsType(t, counterparty.Cut{}, cut)
			require.Equal(t, tt.want, mapping.Equal(tt.property, cut), "cut")
		})
	}
}
