package counterparty_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

// Invented identifiers of the region 00, which does not exist.
const (
	inn, otherINN, personsINN          = "0012345673", "0012345680", "001234567887"
	ogrnA, ogrnB, ogrnC                = "1000000000010", "1000000000021", "1000000000032"
	ogrnipA, ogrnipB, ogrnipC          = "300000000000015", "300000000000026", "300000000000037"
	headKPP, branchKPP                 = "001201001", "001243001"
	formerKPP, deadKPP, subdivisionKPP = "001101001", "001301001", "001245001"
)

func alive(ogrn string) counterparty.Candidate {
	return counterparty.Candidate{INN: inn, OGRN: ogrn, Company: counterparty.Company{
		Kind: counterparty.LegalEntity, KPP: headKPP, RegistrationDate: "1992-03-26",
		FormerKPPs: []string{formerKPP}, BranchKPPs: []string{branchKPP},
	}}
}

func dissolved(ogrn, registered string) counterparty.Candidate {
	return counterparty.Candidate{INN: inn, OGRN: ogrn, Company: counterparty.Company{
		Kind: counterparty.LegalEntity, KPP: deadKPP, Dissolved: true, RegistrationDate: registered,
	}}
}

func proprietor(ogrnip string, dissolved bool, registered string) counterparty.Candidate {
	return counterparty.Candidate{INN: personsINN, OGRN: ogrnip, Company: counterparty.Company{
		Kind: counterparty.SoleProprietor, Dissolved: dissolved, RegistrationDate: registered,
	}}
}

func with(c counterparty.Candidate, change func(*counterparty.Company)) counterparty.Candidate {
	change(&c.Company)
	return c
}

func TestChoose(t *testing.T) {
	t.Parallel()
	type candidates = []counterparty.Candidate
	type want struct {
		ogrn    string // of the chosen company
		unit    counterparty.Unit
		outcome counterparty.Outcome
		reason  string
	}
	head := func(ogrn string) want { return want{ogrn: ogrn, unit: counterparty.HeadOffice} }
	ambiguous := func(reason string) want { return want{outcome: counterparty.Ambiguous, reason: reason} }
	notFound := want{outcome: counterparty.NotFound}
	newer := with(alive(ogrnB), func(c *counterparty.Company) { c.KPP, c.BranchKPPs, c.FormerKPPs = subdivisionKPP, nil, nil })
	tests := []struct {
		name string
		node counterparty.Identity
		by   counterparty.IDKind // default INN
		give candidates
		want want
	}{
		{name: "nothing answered", node: counterparty.Identity{INN: inn}, want: notFound},
		{name: "others of the batch are not ours", node: counterparty.Identity{INN: otherINN}, give: candidates{alive(ogrnA)}, want: notFound},
		{name: "not found even with an OGRN", node: counterparty.Identity{INN: otherINN, OGRN: ogrnA}, give: candidates{alive(ogrnA)}, want: notFound},
		{name: "a node without the identifier asked about", node: counterparty.Identity{OGRN: ogrnA}, give: candidates{{OGRN: ogrnA}}, want: notFound},
		{name: "the only company", node: counterparty.Identity{INN: " " + inn}, give: candidates{alive(ogrnA)}, want: head(ogrnA)},
		{name: "the only company though dissolved", node: counterparty.Identity{INN: inn}, give: candidates{dissolved(ogrnB, "")}, want: head(ogrnB)},

		{name: "exact OGRN", node: counterparty.Identity{INN: inn, OGRN: ogrnB}, give: candidates{alive(ogrnA), alive(ogrnB)}, want: head(ogrnB)},
		{name: "exact OGRN though dissolved", node: counterparty.Identity{INN: inn, OGRN: ogrnB}, give: candidates{alive(ogrnA), dissolved(ogrnB, "2002-06-02")}, want: head(ogrnB)},
		{name: "OGRN beats KPP", node: counterparty.Identity{INN: inn, OGRN: ogrnA, KPP: deadKPP},
			give: candidates{alive(ogrnA), dissolved(ogrnB, "2002-06-02")}, want: want{ogrn: ogrnA, unit: counterparty.OtherUnit}},
		{name: "an OGRN that nobody has", node: counterparty.Identity{INN: inn, OGRN: ogrnC, KPP: headKPP},
			give: candidates{dissolved(ogrnB, "2002-06-02"), alive(ogrnA)},
			want: ambiguous("OGRN 1000000000032 on the node is not among the companies of this INN: 1000000000010, 1000000000021")},

		{name: "asked by OGRN", by: counterparty.OGRN, node: counterparty.Identity{OGRN: ogrnA}, give: candidates{alive(ogrnB), alive(ogrnA)}, want: head(ogrnA)},
		{name: "asked by OGRN, same INN", by: counterparty.OGRN, node: counterparty.Identity{INN: inn, OGRN: ogrnA}, give: candidates{alive(ogrnA)}, want: head(ogrnA)},
		{name: "asked by OGRN, another INN", by: counterparty.OGRN, node: counterparty.Identity{INN: otherINN, OGRN: ogrnA}, give: candidates{alive(ogrnA)},
			want: ambiguous("INN 0012345680 on the node is not the INN 0012345673 of the company with OGRN 1000000000010")},
		{name: "asked by OGRN, not found", by: counterparty.OGRN, node: counterparty.Identity{INN: inn, OGRN: ogrnC}, give: candidates{alive(ogrnA)}, want: notFound},

		{name: "KPP of the head office", node: counterparty.Identity{INN: inn, KPP: headKPP}, give: candidates{newer, alive(ogrnA)}, want: head(ogrnA)},
		{name: "former KPP of the head office", node: counterparty.Identity{INN: inn, KPP: formerKPP}, give: candidates{newer, alive(ogrnA)}, want: head(ogrnA)},
		{name: "KPP of a branch", node: counterparty.Identity{INN: inn, KPP: branchKPP}, give: candidates{newer, alive(ogrnA)},
			want: want{ogrn: ogrnA, unit: counterparty.Branch}},
		{name: "KPP of a dissolved company", node: counterparty.Identity{INN: inn, KPP: deadKPP}, give: candidates{alive(ogrnA), dissolved(ogrnB, "2002-06-02")}, want: head(ogrnB)},
		{name: "KPP of two, one of them dissolved", node: counterparty.Identity{INN: inn, KPP: formerKPP},
			give: candidates{with(dissolved(ogrnB, "2002-06-02"), func(c *counterparty.Company) { c.KPP = formerKPP }), alive(ogrnA)}, want: head(ogrnA)},
		{name: "KPP of two that are alive", node: counterparty.Identity{INN: inn, KPP: headKPP}, give: candidates{alive(ogrnB), alive(ogrnA), newer},
			want: ambiguous("several companies of this INN with KPP 001201001 are not dissolved: OGRN 1000000000010, 1000000000021; fill in the node's OGRN")},
		{name: "KPP of nobody", node: counterparty.Identity{INN: inn, KPP: subdivisionKPP}, give: candidates{dissolved(ogrnB, ""), alive(ogrnA)},
			want: want{ogrn: ogrnA, unit: counterparty.OtherUnit}},
		{name: "a dash is no KPP", node: counterparty.Identity{INN: inn, KPP: " - "}, give: candidates{alive(ogrnA)}, want: head(ogrnA)},
		{name: "zeros are no KPP", node: counterparty.Identity{INN: inn, KPP: "000000000"}, give: candidates{alive(ogrnA)}, want: head(ogrnA)},

		{name: "a word is no KPP, and neither has a company", node: counterparty.Identity{INN: inn, KPP: "нет"}, give: candidates{alive(ogrnB), dissolved(ogrnA, "")}, want: head(ogrnB)},
		{name: "a KPP copied with what nobody sees", node: counterparty.Identity{INN: inn, KPP: branchKPP + "\u200b"}, give: candidates{newer, alive(ogrnA)},
			want: want{ogrn: ogrnA, unit: counterparty.Branch}},
		{name: "a word is no OGRN", node: counterparty.Identity{INN: inn, OGRN: "нет"}, give: candidates{alive(ogrnA), dissolved(ogrnB, "2002-06-02")}, want: head(ogrnA)},
		{name: "an OGRN with a wrong check digit", node: counterparty.Identity{INN: inn, OGRN: "1000000000011", KPP: deadKPP},
			give: candidates{alive(ogrnA), dissolved(ogrnB, "2002-06-02")}, want: head(ogrnB)},
		{name: "an OGRN that can't be one, and two alive", node: counterparty.Identity{INN: inn, OGRN: "-"}, give: candidates{alive(ogrnB), alive(ogrnA)},
			want: ambiguous("several companies of this INN are not dissolved: OGRN 1000000000010, 1000000000021; fill in the node's OGRN")},
		{name: "asked by OGRN, a dash for an INN", by: counterparty.OGRN, node: counterparty.Identity{INN: "-", OGRN: ogrnA}, give: candidates{alive(ogrnA)}, want: head(ogrnA)},

		{name: "the only one not dissolved, though registered earlier", node: counterparty.Identity{INN: inn},
			give: candidates{dissolved(ogrnB, "2002-06-02"), alive(ogrnA)}, want: head(ogrnA)},
		{name: "two alive", node: counterparty.Identity{INN: inn}, give: candidates{alive(ogrnB), dissolved(ogrnC, "2022-01-01"), alive(ogrnA)},
			want: ambiguous("several companies of this INN are not dissolved: OGRN 1000000000010, 1000000000021; fill in the node's OGRN")},
		{name: "one OGRN twice is one company", node: counterparty.Identity{INN: inn}, give: candidates{alive(ogrnA), alive(ogrnA)}, want: head(ogrnA)},
		{name: "two without OGRN are two", node: counterparty.Identity{INN: inn}, give: candidates{alive(""), alive("")},
			want: ambiguous("several companies of this INN are not dissolved: OGRN unknown, unknown; fill in the node's OGRN")},

		{name: "an OGRN that may be the missing one", node: counterparty.Identity{INN: inn, OGRN: ogrnA}, give: candidates{alive("")},
			want: ambiguous("OGRN 1000000000010 on the node is not among the companies of this INN: unknown")},

		{name: "all dissolved: the newest", node: counterparty.Identity{INN: inn}, give: candidates{dissolved(ogrnA, "1993-02-25"), dissolved(ogrnB, "2002-06-02")}, want: head(ogrnB)},
		{name: "all dissolved: a tie", node: counterparty.Identity{INN: inn}, give: candidates{dissolved(ogrnB, "2002-06-02"), dissolved(ogrnA, "2002-06-02")},
			want: ambiguous("all companies of this INN are dissolved and their registration dates don't show which is the newest: OGRN 1000000000010, 1000000000021; fill in the node's OGRN")},
		{name: "all dissolved: a missing date might be the latest", node: counterparty.Identity{INN: inn}, give: candidates{dissolved(ogrnB, ""), dissolved(ogrnA, "2002-06-02")},
			want: ambiguous("all companies of this INN are dissolved and their registration dates don't show which is the newest: OGRN 1000000000010, 1000000000021; fill in the node's OGRN")},

		{name: "sole proprietor: the one alive", node: counterparty.Identity{INN: personsINN},
			give: candidates{proprietor(ogrnipC, true, "2007-01-01"), proprietor(ogrnipB, true, "2014-05-20"), proprietor(ogrnipA, false, "2018-07-11")}, want: head(ogrnipA)},
		{name: "sole proprietor: a KPP tells nothing", node: counterparty.Identity{INN: personsINN, KPP: headKPP},
			give: candidates{proprietor(ogrnipB, true, "2014-05-20"), proprietor(ogrnipA, false, "2018-07-11")}, want: head(ogrnipA)},
		{name: "sole proprietor: two alive", node: counterparty.Identity{INN: personsINN, KPP: headKPP},
			give: candidates{proprietor(ogrnipA, false, "2018-07-11"), proprietor(ogrnipB, false, "2019-07-11")},
			want: ambiguous("several companies of this INN are not dissolved: OGRN 300000000000015, 300000000000026; fill in the node's OGRN")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			by := tt.by
			if by == "" {
				by = counterparty.INN
			}
			got := counterparty.Choose(tt.node, by, tt.give)
			require.Equal(t, tt.want.outcome, got.Outcome, got.Reason)
			require.Equal(t, tt.want.reason, got.Reason)
			require.Equal(t, tt.want.unit, got.Unit)
			require.Equal(t, strings.Contains(tt.want.reason, "unknown"), got.BadAnswer, "another answer may name the OGRN")
			if tt.want.outcome == "" {
				require.Equal(t, tt.want.ogrn, tt.give[got.Index].OGRN)
			}
		})
	}
}

// TestChoose_remarks: what counts as none is told, unless it would decide nothing.
func TestChoose_remarks(t *testing.T) {
	t.Parallel()
	kpp := `KPP "нет" does not have 9 characters, so it counts as none`
	ogrn := `OGRN "1000000000011" has a wrong check digit, so it counts as none`
	bad := counterparty.Identity{INN: inn, OGRN: "1000000000011", KPP: "нет"}
	require.Equal(t, []string{ogrn, kpp}, counterparty.Choose(bad, counterparty.INN, []counterparty.Candidate{alive(ogrnA)}).Remarks)
	require.Equal(t, []string{ogrn, kpp}, counterparty.Choose(bad, counterparty.INN, []counterparty.Candidate{alive(ogrnA), alive(ogrnB)}).Remarks)
	require.Empty(t, counterparty.Choose(bad, counterparty.INN, nil).Remarks)
	bad.INN = personsINN
	require.Equal(t, []string{ogrn}, counterparty.Choose(bad, counterparty.INN, []counterparty.Candidate{proprietor(ogrnipA, false, "")}).Remarks)
	good := counterparty.Identity{INN: inn, OGRN: ogrnA, KPP: subdivisionKPP}
	require.Empty(t, counterparty.Choose(good, counterparty.INN, []counterparty.Candidate{alive(ogrnA)}).Remarks)
}

func TestChoose_keepsItsInput(t *testing.T) {
	t.Parallel()
	give := []counterparty.Candidate{alive(ogrnB), dissolved(ogrnA, "")}
	before := slices.Clone(give)
	counterparty.Choose(counterparty.Identity{INN: inn}, counterparty.INN, give)
	require.Equal(t, before, give)
}

// TestChoose_orderNeverMatters compares the choices among random answers and the same answers shuffled. Few values, so
// that ties, duplicates and contradictions are common.
func TestChoose_orderNeverMatters(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 0))
		pick := func(from ...string) string { return from[r.IntN(len(from))] }
		candidates := make([]counterparty.Candidate, r.IntN(6))
		for i := range candidates {
			candidates[i] = counterparty.Candidate{INN: pick(inn, inn, otherINN), OGRN: pick(ogrnA, ogrnB, ogrnC), Company: counterparty.Company{
				Kind: counterparty.LegalEntity, KPP: pick("", headKPP, deadKPP), Dissolved: r.IntN(2) == 0,
				RegistrationDate: pick("", "1992-03-26", "2002-06-02"), FormerKPPs: []string{pick(headKPP, formerKPP)}, BranchKPPs: []string{pick(headKPP, branchKPP)},
			}}
		}
		node := counterparty.Identity{INN: pick("", inn, otherINN), OGRN: pick("", "", ogrnA, ogrnB), KPP: pick("", headKPP, branchKPP, subdivisionKPP)}
		by := counterparty.INN
		if r.IntN(3) == 0 {
			by = counterparty.OGRN
		}
		want := told(candidates, counterparty.Choose(node, by, candidates))
		for range 4 {
			r.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
			require.Equal(t, want, told(candidates, counterparty.Choose(node, by, candidates)), "seed %d, node %+v by %s", seed, node, by)
		}
	}
}

// told is a choice without the index, which depends on the order.
func told(candidates []counterparty.Candidate, c counterparty.Choice) string {
	if c.Outcome != "" {
		return fmt.Sprint(c.Outcome, c.Reason, c.Unit)
	}
	return fmt.Sprintf("%+v %d", candidates[c.Index], c.Unit)
}
