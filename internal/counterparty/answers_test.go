package counterparty_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	type items = []counterparty.Projection
	said := func(inn, ogrn, value string) counterparty.Projection {
		return counterparty.Projection{INN: inn, OGRN: ogrn, Values: map[string]any{"a": value}}
	}
	company := func(inn, ogrn, value string, dissolved bool) counterparty.Projection {
		p := said(inn, ogrn, value)
		p.Company = &counterparty.Company{Kind: counterparty.LegalEntity, Dissolved: dissolved}
		return p
	}
	our := company(inn, ogrnA, "req", false)
	dead := company(inn, ogrnB, "the dissolved one", true)
	tests := []struct {
		name     string
		node     counterparty.Identity // default: the INN
		by       counterparty.IDKind   // default: INN
		req      items
		contacts items
		sites    items
		// want are the values by source; reason is that of AMBIGUOUS.
		want   map[string]string
		reason string
	}{
		{name: "INN and OGRN", req: items{our}, contacts: items{said(otherINN, ogrnC, "other"), said(inn, ogrnA, "our")}, want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "the dissolved one is another", req: items{dead, our}, contacts: items{said(inn, ogrnB, "dead"), said(inn, ogrnA, "our")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "nothing said about ours", req: items{dead, our}, contacts: items{said(inn, ogrnB, "dead")}, want: map[string]string{"req": "req"}},

		{name: "without OGRN nothing but the INN joins", req: items{company(inn, "", "req", false), company(otherINN, "", "other", false)},
			contacts: items{said(otherINN, "", "other"), said(inn, "", "our")}, want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "an item without OGRN is that of its INN", req: items{our}, contacts: items{said(otherINN, "", "other"), said(inn, "", "our")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "req without OGRN, the other with", req: items{company(inn, "", "req", false)}, contacts: items{said(inn, ogrnA, "our"), said(otherINN, ogrnB, "other")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "req without OGRN, the other with that of another item of req", req: items{company(inn, "", "req", false), company(otherINN, ogrnB, "other", false)},
			contacts: items{said(inn, ogrnB, "whose?")}, want: map[string]string{"req": "req"}},
		{name: "req without OGRN, the others name two", req: items{company(inn, "", "req", false)}, contacts: items{said(inn, ogrnA, "a")}, sites: items{said(inn, ogrnB, "b")},
			reason: "contacts names OGRN 1000000000010 and sites names OGRN 1000000000021"},
		{name: "req without OGRN, the other tells of two", req: items{company(inn, "", "req", false)}, contacts: items{said(inn, ogrnA, "a"), said(inn, ogrnB, "b")},
			reason: "contacts contradicts itself about INN 0012345673"},
		{name: "two without OGRN, one dissolved", req: items{company(inn, "", "req", false), company(inn, "", "dead", true)}, want: map[string]string{"req": "req"}},
		{name: "two without OGRN, one dissolved, and an item without", req: items{company(inn, "", "req", false), company(inn, "", "dead", true)}, contacts: items{said(inn, "", "whose?")},
			reason: "contacts has an item without OGRN, which may be about another company of this INN"},
		{name: "an item without OGRN where req knows two", req: items{our, dead}, contacts: items{said(inn, "", "whose?")},
			reason: "contacts has an item without OGRN, which may be about another company of this INN"},
		{name: "an item without OGRN where its source knows two", req: items{our}, contacts: items{said(inn, "", "whose?"), said(inn, ogrnC, "c")},
			reason: "contacts has an item without OGRN, which may be about another company of this INN"},
		{name: "an item without OGRN beside the right one", req: items{our, dead}, contacts: items{said(inn, "", "whose?"), said(inn, ogrnA, "our")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "even if the node has the OGRN", node: counterparty.Identity{INN: inn, OGRN: ogrnA}, req: items{our, dead}, contacts: items{said(inn, "", "whose?")},
			reason: "contacts has an item without OGRN, which may be about another company of this INN"},

		{name: "an item without the INN that was asked by", req: items{our}, contacts: items{said("", ogrnA, "whose?")}, want: map[string]string{"req": "req"}},
		{name: "our OGRN on another INN", req: items{our}, contacts: items{said(otherINN, ogrnA, "other")},
			reason: "contacts names INN 0012345680 for OGRN 1000000000010, which is the OGRN of INN 0012345673"},
		{name: "our OGRN on another INN too", req: items{our}, contacts: items{said(inn, ogrnA, "our"), said(otherINN, ogrnA, "other")},
			reason: "contacts names INN 0012345680 for OGRN 1000000000010, which is the OGRN of INN 0012345673"},
		{name: "req has our OGRN on two INNs", req: items{our, company(otherINN, ogrnA, "other", false)}, reason: "req contradicts itself about OGRN 1000000000010"},
		{name: "an item twice", req: items{our, our}, contacts: items{said(inn, ogrnA, "our"), said(inn, ogrnA, "our")}, want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "an item of req twice, and not the same", req: items{our, company(inn, ogrnA, "else", false)}, reason: "req contradicts itself about OGRN 1000000000010"},
		{name: "an item twice, and not the same", req: items{our}, contacts: items{said(inn, ogrnA, "our"), said(inn, ogrnA, "else")},
			reason: "contacts contradicts itself about INN 0012345673"},
		{name: "no source has more than others", req: nil, contacts: items{said(inn, ogrnA, "our")}},

		{name: "by OGRN", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, req: items{our}, contacts: items{said(inn, ogrnA, "our")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "by OGRN, without INN", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA, INN: inn}, req: items{company("", ogrnA, "req", false)}, contacts: items{said("", ogrnA, "our")},
			want: map[string]string{"req": "req", "contacts": "our"}},
		{name: "by OGRN, an item without OGRN", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, req: items{our}, contacts: items{said(inn, "", "whose?")},
			want: map[string]string{"req": "req"}},
		{name: "by OGRN, an INN that is not req's", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, req: items{our}, contacts: items{said(otherINN, ogrnA, "other")},
			reason: "contacts names INN 0012345680 for OGRN 1000000000010, which is the OGRN of INN 0012345673"},
		{name: "by OGRN, an INN that is not the node's", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA, INN: inn}, req: items{company("", ogrnA, "req", false)},
			contacts: items{said(otherINN, ogrnA, "other")}, reason: "contacts names INN 0012345680 for OGRN 1000000000010, which is the OGRN of INN 0012345673"},
		{name: "by OGRN, two INNs of other sources", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, req: items{company("", ogrnA, "req", false)},
			contacts: items{said(inn, ogrnA, "a")}, sites: items{said(otherINN, ogrnA, "b")}, reason: "contacts names INN 0012345673 and sites names INN 0012345680"},
		{name: "by OGRN, two INNs of one source", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, req: items{company("", ogrnA, "req", false)},
			contacts: items{said(inn, ogrnA, "a"), said(otherINN, ogrnA, "b")}, reason: "contacts contradicts itself about OGRN 1000000000010"},
		{name: "by OGRN, req with two INNs", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA, INN: inn}, req: items{our, company(otherINN, ogrnA, "other", false)},
			reason: "req contradicts itself about OGRN 1000000000010"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			by, node := tt.by, tt.node
			if by == "" {
				by = counterparty.INN
			}
			if node == (counterparty.Identity{}) {
				node.INN = inn
			}
			reversed := func(i items) items { i = slices.Clone(i); slices.Reverse(i); return i }
			for _, order := range []func(items) items{slices.Clone[items], reversed} {
				choice, got := counterparty.NewAnswers(by, map[string]items{"req": order(tt.req), "contacts": order(tt.contacts), "sites": order(tt.sites)}).Match(node)
				require.Equal(t, tt.reason, choice.Reason)
				require.Equal(t, tt.reason != "", choice.Outcome == counterparty.Ambiguous)
				require.Equal(t, tt.reason != "", choice.BadAnswer)
				require.ElementsMatch(t, slices.Collect(maps.Keys(tt.want)), slices.Collect(maps.Keys(got)))
				for source, want := range tt.want {
					require.Equal(t, want, got[source].Values["a"], source)
				}
			}
		})
	}
}
