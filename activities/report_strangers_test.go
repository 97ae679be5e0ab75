package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report"
)

// An answer may lack, repeat or mix up identifiers: no content about another company gets into a report.
func TestAskReportSource_takesNothingOfAStranger(t *testing.T) {
	t.Parallel()
	inn, other := konturtest.INN(1), konturtest.INN(2)
	ogrnA, ogrnB := konturtest.OGRN(1), konturtest.OGRN(2)
	item := func(inn, ogrn, content string) kontur.Item {
		return kontur.Item{INN: inn, OGRN: ogrn, Object: map[string]any{"content": content, "UL": map[string]any{"status": map[string]any{}}}}
	}
	const nameless = "an item of the answer has no OGRN, so it is not known which company of INN 0000000018 it is about"
	tests := []struct {
		name   string
		method string // default sites
		by     counterparty.IDKind
		ogrn   string
		give   []kontur.Item
		want   string
		reason string
	}{
		{name: "no OGRN", give: []kontur.Item{item(inn, "", "whose?")}, reason: nameless},
		{name: "two without OGRN", give: []kontur.Item{item(inn, "", "whose?"), item(inn, "", "whose too?")}, reason: nameless},
		{name: "one of two without OGRN", give: []kontur.Item{item(inn, ogrnA, "a"), item(inn, "", "whose?")}, reason: nameless},
		{name: "one of two without OGRN, which is known", ogrn: ogrnA, give: []kontur.Item{item(inn, "", "whose?"), item(inn, ogrnA, "a")}, want: "a"},
		{name: "no OGRN, which is known", ogrn: ogrnA, give: []kontur.Item{item(inn, "", "whose?")}, reason: nameless},
		{name: "another INN", give: []kontur.Item{item(other, ogrnB, "b")}, reason: "no company is known by INN 0000000018"},
		{name: "another INN with our OGRN", ogrn: ogrnA, give: []kontur.Item{item(other, ogrnA, "b")}, reason: "no company is known by INN 0000000018"},
		{name: "twice the same", give: []kontur.Item{item(inn, ogrnA, "a"), item(inn, ogrnA, "a")}, want: "a"},
		{name: "twice, and not the same", give: []kontur.Item{item(inn, ogrnA, "a"), item(inn, ogrnA, "b")}, reason: "the answer contradicts itself about OGRN 1000000000010"},
		{name: "by OGRN without OGRN", by: counterparty.OGRN, ogrn: ogrnA, give: []kontur.Item{item(inn, "", "whose?")}, reason: "no company is known by OGRN 1000000000010"},
		{name: "by OGRN with two INNs", by: counterparty.OGRN, ogrn: ogrnA, give: []kontur.Item{item(inn, ogrnA, "a"), item(other, ogrnA, "b")},
			reason: "the answer contradicts itself about OGRN 1000000000010"},

		{name: "req: no OGRN", method: "req", give: []kontur.Item{item(inn, "", "a"), item(other, "", "b")}, want: "a"},
		{name: "req: two without OGRN", method: "req", give: []kontur.Item{item(inn, "", "a"), item(inn, "", "b")}, reason: "several companies have INN 0000000018: OGRN unknown"},
		{name: "req: twice, and not the same", method: "req", give: []kontur.Item{item(inn, ogrnA, "a"), item(inn, ogrnA, "b")}, reason: "the answer contradicts itself about OGRN 1000000000010"},
		{name: "req: one OGRN on two INNs", method: "req", give: []kontur.Item{item(inn, ogrnA, "a"), item(other, ogrnA, "b")}, reason: "the answer contradicts itself about OGRN 1000000000010"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.register = fakeRegister(tt.give)
			method, by, id := tt.method, tt.by, inn
			if method == "" {
				method = "sites"
			}
			if by == "" {
				by = counterparty.INN
			} else {
				id = ogrnA
			}
			result, err := w.ask(t, method, by, id, content(".content"), func(r *report.AskRequest) { r.OGRN = tt.ogrn })
			require.NoError(t, err)
			require.Equal(t, tt.reason, result.Reason)
			if tt.want == "" {
				require.Empty(t, result.Data)
				require.Nil(t, result.Company)
				return
			}
			require.Equal(t, `"`+tt.want+`"`, string(result.Data))
			require.Equal(t, inn, result.INN)
		})
	}
}
