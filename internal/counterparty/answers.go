package counterparty

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Answers are what the sources say about the companies of a batch. They are joined to nodes by the identifier that was
// asked by and by OGRN together: an answer may lack, repeat or mix up either. Safe for concurrent use.
type Answers struct {
	by    IDKind
	names []string // of the sources, sorted
	items map[string][]Projection
	// teller is the source that distinguishes companies; told are its items that do, candidates the same for Choose.
	teller     string
	told       []Projection
	candidates []Candidate
	// taken are the OGRNs that the teller names.
	taken map[string]bool
}

// NewAnswers takes the items of each source, by its name. The one whose items have a Company says which companies there are.
func NewAnswers(by IDKind, items map[string][]Projection) *Answers {
	a := &Answers{by: by, items: items, names: slices.Sorted(maps.Keys(items)), taken: map[string]bool{}}
	for _, name := range a.names {
		for _, item := range items[name] {
			if item.Company != nil {
				a.teller = name
				a.told = append(a.told, item)
				a.candidates = append(a.candidates, Candidate{INN: item.INN, OGRN: item.OGRN, Company: *item.Company})
			}
		}
	}
	for _, item := range items[a.teller] {
		a.taken[item.OGRN] = item.OGRN != ""
	}
	return a
}

// Match finds the company that a node means, see Choose, and what each source says about it. A source that says nothing
// about it is missing.
//
// An item belongs to the company if it has the identifier that was asked by, and if its INN and OGRN contradict neither
// the company's nor the node's; what is empty contradicts nothing. Where that fits several items that differ, or an item
// without OGRN may be about another company of the INN, or items contradict each other, the node is Ambiguous.
func (a *Answers) Match(node Identity) (Choice, map[string]Projection) {
	choice := Choose(node, a.by, a.candidates)
	if choice.Outcome != "" {
		return choice, nil
	}
	chosen := a.told[choice.Index]
	if chosen.OGRN != "" && slices.ContainsFunc(a.items[a.teller], func(p Projection) bool { return p.OGRN == chosen.OGRN && !reflect.DeepEqual(p, chosen) }) {
		return badAnswer("%s contradicts itself about OGRN %s", a.teller, chosen.OGRN), nil
	}
	known, _ := node.Known()
	company := Identity{INN: cmp.Or(chosen.INN, known.INN), OGRN: cmp.Or(chosen.OGRN, known.OGRN)}
	several := len(distinct(a.candidates, namedBy(company, a.by, a.candidates))) > 1
	said := map[string]Projection{a.teller: chosen}
	for _, name := range a.names {
		if name == a.teller {
			continue
		}
		item, problem := a.about(name, company, several)
		if problem != "" {
			return badAnswer("%s %s", name, problem), nil
		}
		if item != nil {
			said[name] = *item
		}
	}
	if problem := disagreement(said); problem != "" {
		return badAnswer("%s", problem), nil
	}
	return choice, said
}

func badAnswer(format string, args ...any) Choice {
	choice := ambiguous(format, args...)
	choice.BadAnswer = true
	return choice
}

// about returns the item of a source about a company, nil if it has none. A problem is why that can't be decided. The
// company is one of several with its INN if the teller or the source itself knows others.
func (a *Answers) about(source string, company Identity, several bool) (_ *Projection, problem string) {
	var exact, possible []*Projection
	for i := range a.items[source] {
		item := &a.items[source][i]
		switch {
		case item.OGRN != "" && item.OGRN == company.OGRN && Contradict(item.INN, company.INN):
			return nil, fmt.Sprintf("names INN %s for OGRN %s, which is the OGRN of INN %s", item.INN, item.OGRN, company.INN)
		case item.ID(a.by) != company.ID(a.by):
		case Contradict(item.OGRN, company.OGRN), company.OGRN == "" && a.taken[item.OGRN]:
			several = true // another company of the INN
		case item.INN != "" && item.INN == company.INN && item.OGRN != "" && item.OGRN == company.OGRN:
			exact = append(exact, item)
		default:
			possible = append(possible, item)
		}
	}
	if len(exact) > 0 {
		possible = exact
	}
	if len(possible) == 0 {
		return nil, ""
	}
	item := possible[0]
	switch {
	case slices.ContainsFunc(possible, func(p *Projection) bool { return !reflect.DeepEqual(p, item) }):
		return nil, fmt.Sprintf("contradicts itself about %s %s", strings.ToUpper(string(a.by)), company.ID(a.by))
	case item.OGRN == "" && several:
		return nil, "has an item without OGRN, which may be about another company of this INN"
	}
	return item, ""
}

// disagreement says which sources name different companies.
func disagreement(said map[string]Projection) string {
	named, from := map[IDKind]string{}, map[IDKind]string{}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		for _, by := range []IDKind{INN, OGRN} {
			id, kind := said[name].ID(by), strings.ToUpper(string(by))
			if Contradict(id, named[by]) {
				return fmt.Sprintf("%s names %s %s and %s names %s %s", from[by], kind, named[by], name, kind, id)
			}
			if named[by] == "" {
				named[by], from[by] = id, name
			}
		}
	}
	return ""
}
