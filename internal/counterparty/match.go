package counterparty

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Candidate is a company that an answer names.
type Candidate struct {
	INN     string
	OGRN    string // or OGRNIP
	Company Company
}

// Unit is the part of a company that a node stands for.
type Unit int

// The units.
const (
	// HeadOffice is the company itself.
	HeadOffice Unit = iota + 1
	// Branch is one of the branches that the answer lists, found by its KPP.
	Branch
	// OtherUnit has a KPP that is neither the head office's nor a listed branch's, as separate subdivisions and the
	// largest taxpayers have: its KPP and its address must stay as they are.
	OtherUnit
)

// Choice is the company that a node means, or why there is none.
type Choice struct {
	// Index is the position among the candidates. It means nothing if there is an Outcome.
	Index int
	// Unit is zero if there is an Outcome.
	Unit Unit
	// Outcome is empty if a company was chosen, else NotFound or Ambiguous.
	Outcome Outcome
	// Reason says why the choice is Ambiguous, for people.
	Reason string
	// Remarks say what the node has that counts as none, see Identity.Known.
	Remarks []string
	// BadAnswer means that it is so because the answer lacks or mixes up identifiers.
	BadAnswer bool
}

// Choose finds the company that a node means among the candidates, whatever their order. Candidates join by value: by
// INN when asked by INN, by OGRN when asked by OGRN; the rest of a batch's answer may stand among them. One OGRN counts
// once. The node's INN or OGRN has to be the one that was asked about. Of those left:
//
//  1. A node with an OGRN means the company with that OGRN, dissolved or not, and no other.
//  2. A node with a KPP means the company that has it, for its head office, now or formerly, or for a branch; a company
//     that is not dissolved comes before one that is.
//  3. Else the only company that is not dissolved.
//  4. If all are dissolved, the one registered last.
//
// What the node has that can't be an identifier or a KPP counts as none. What this leaves open is Ambiguous, and so is a
// node that contradicts itself: a guess would overwrite a good node with the data of a stranger.
func Choose(node Identity, by IDKind, candidates []Candidate) Choice {
	known, _ := node.Known()
	group := distinct(candidates, namedBy(known, by, candidates))
	if len(group) == 0 {
		return Choice{Outcome: NotFound}
	}
	choice := among(known, candidates, group)
	if candidates[group[0]].Company.Kind == SoleProprietor {
		node.KPP = "" // none of them has one, so that it would decide nothing
	}
	_, choice.Remarks = node.Known()
	choice.BadAnswer = choice.Outcome == Ambiguous && candidates[group[0]].OGRN == "" // those without OGRN come first
	return choice
}

// among chooses from the companies of one identifier.
func among(node Identity, candidates []Candidate, group []int) Choice {
	is := func(keep func(Candidate) bool) []int {
		return filter(group, func(i int) bool { return keep(candidates[i]) })
	}
	if node.OGRN != "" {
		same := is(func(c Candidate) bool { return c.OGRN == node.OGRN })
		if len(same) == 0 {
			return ambiguous("OGRN %s on the node is not among the companies of this INN: %s", node.OGRN, ogrns(candidates, group))
		}
		if inn := candidates[same[0]].INN; Contradict(node.INN, inn) {
			return ambiguous("INN %s on the node is not the INN %s of the company with OGRN %s", node.INN, inn, node.OGRN)
		}
		return choose(node, candidates, same[0])
	}
	why := "several companies of this INN are not dissolved"
	if node.KPP != "" {
		if same := is(func(c Candidate) bool {
			return c.Company.Kind != SoleProprietor && unitOf(c.Company, node.KPP) != OtherUnit
		}); len(same) > 0 {
			group, why = same, fmt.Sprintf("several companies of this INN with KPP %s are not dissolved", node.KPP)
		}
	}
	switch alive := is(func(c Candidate) bool { return !c.Company.Dissolved }); len(alive) {
	case 0:
		return newest(node, candidates, group)
	case 1:
		return choose(node, candidates, alive[0])
	default:
		return ambiguous("%s: OGRN %s; fill in the node's OGRN", why, ogrns(candidates, alive))
	}
}

// namedBy returns the positions of the candidates that have the identifier by which the node's company was asked about.
func namedBy(node Identity, by IDKind, candidates []Candidate) []int {
	var named []int
	for i, c := range candidates {
		if by == INN && node.INN != "" && c.INN == node.INN || by == OGRN && node.OGRN != "" && c.OGRN == node.OGRN {
			named = append(named, i)
		}
	}
	return named
}

// distinct keeps one candidate of each OGRN. Should two with one OGRN differ, content decides and not order. Those
// without OGRN may be anybody, so all of them stay.
func distinct(candidates []Candidate, group []int) []int {
	group = slices.Clone(group)
	slices.SortStableFunc(group, func(i, j int) int { return compare(candidates[i], candidates[j]) })
	return slices.CompactFunc(group, func(i, j int) bool {
		return candidates[i].OGRN != "" && candidates[i].OGRN == candidates[j].OGRN
	})
}

func compare(a, b Candidate) int {
	return cmp.Or(
		cmp.Compare(a.OGRN, b.OGRN),
		boolean(a.Company.Dissolved)-boolean(b.Company.Dissolved),
		-cmp.Compare(a.Company.RegistrationDate, b.Company.RegistrationDate),
		cmp.Compare(a.INN, b.INN),
		cmp.Compare(a.Company.Kind, b.Company.Kind),
		cmp.Compare(a.Company.KPP, b.Company.KPP),
		slices.Compare(a.Company.FormerKPPs, b.Company.FormerKPPs),
		slices.Compare(a.Company.BranchKPPs, b.Company.BranchKPPs),
	)
}

// newest chooses the company that was registered last. A date that is missing might be the latest.
func newest(node Identity, candidates []Candidate, group []int) Choice {
	date := func(i int) string { return candidates[i].Company.RegistrationDate }
	last := slices.MaxFunc(group, func(i, j int) int { return cmp.Compare(date(i), date(j)) })
	if rivals := filter(group, func(i int) bool { return date(i) == date(last) || date(i) == "" }); len(rivals) > 1 {
		return ambiguous("all companies of this INN are dissolved and their registration dates don't show which is the newest: OGRN %s; fill in the node's OGRN",
			ogrns(candidates, group))
	}
	return choose(node, candidates, last)
}

func choose(node Identity, candidates []Candidate, index int) Choice {
	return Choice{Index: index, Unit: unitOf(candidates[index].Company, node.KPP)}
}

// unitOf says which part of the company has the KPP. Sole proprietors have neither KPP nor branches, so that a KPP on
// their node is a slip and means nothing.
func unitOf(c Company, kpp string) Unit {
	switch {
	case kpp == "" || c.Kind == SoleProprietor || kpp == c.KPP:
		return HeadOffice
	case slices.Contains(c.BranchKPPs, kpp):
		return Branch
	case slices.Contains(c.FormerKPPs, kpp):
		return HeadOffice
	}
	return OtherUnit
}

func ambiguous(format string, args ...any) Choice {
	return Choice{Outcome: Ambiguous, Reason: fmt.Sprintf(format, args...)}
}

// ogrns lists the OGRNs of a group, which is in their order.
func ogrns(candidates []Candidate, group []int) string {
	list := make([]string, len(group))
	for n, i := range group {
		list[n] = cmp.Or(candidates[i].OGRN, "unknown")
	}
	return strings.Join(list, ", ")
}

func filter(group []int, keep func(int) bool) []int {
	return slices.DeleteFunc(slices.Clone(group), func(i int) bool { return !keep(i) })
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
