package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

const maxNameLength = 200

// validate looks at types that have their defaults.
func (p *typesParser) validate(types []Type) {
	for i, t := range types {
		where := typeName(i, shorten(t.ID))
		switch earlier := slices.IndexFunc(types[:i], func(other Type) bool { return other.ID == t.ID }); {
		case !TypeID.MatchString(t.ID):
			p.Refuse(where+" id", t.ID, "1 to 60 characters a-z, 0-9 and hyphen, a letter first")
		case earlier >= 0:
			p.Refuse(where+" id", t.ID, fmt.Sprintf("each id once; type %d has it", earlier+1))
		}
		if utf8.RuneCountInString(t.Name) > maxNameLength {
			p.Refuse(where+" name", shorten(t.Name), fmt.Sprintf("at most %d characters", maxNameLength))
		}
		if t.KonturKey != "" && !t.KonturKey.Valid() {
			p.Refuse(where+" konturKey", string(t.KonturKey), pass.AllowedKeyName)
		}
		p.validateSources(where, t)
		p.validateNeeds(where, t)
	}
}

func (p *typesParser) validateSources(where string, t Type) {
	for i, s := range t.Sources {
		where := sourceName(where, i, shorten(s.ID))
		switch earlier := slices.IndexFunc(t.Sources[:i], func(other TypeSource) bool { return other.ID == s.ID }); {
		case s.ID == NeedsINN || s.ID == NeedsOGRN:
			p.Refuse(where+" id", s.ID, "another id: needs has a meaning of its own for this one")
		case !sourcestate.CheckID(s.ID):
			p.Refuse(where+" id", s.ID, sourcestate.AllowedID)
		case earlier >= 0:
			p.Refuse(where+" id", s.ID, fmt.Sprintf("each id once in a type; source %d has it", earlier+1))
		}
		switch earlier := slices.IndexFunc(t.Sources[:i], func(other TypeSource) bool { return other.Method == s.Method }); {
		case !slices.Contains(methods.All(), s.Method):
			p.Refuse(where+" method", s.Method, strings.Join(methods.All(), ", "))
		case earlier >= 0:
			p.Refuse(where+" method", s.Method, fmt.Sprintf("each method once in a type; source %d has it", earlier+1))
		}
		p.validateKinds(where, s.AppliesTo)
		if d := time.Duration(s.TimeLimit); d < MinTimeLimit || d > MaxTimeLimit {
			p.Refuse(where+" timeLimit", s.TimeLimit.String(), allowedTimeLimit)
		}
		if _, err := jq.Compile(s.Content, jq.Definitions{}); err != nil {
			p.Problem(where+" content", err)
		}
	}
	if len(t.Sources) > 0 && !slices.ContainsFunc(t.Sources, TypeSource.TellsCompany) {
		p.Refuse(where+" sources", strings.Join(t.SourceIDs(), ", "), "a list that has one source with the method req, which identifies the company")
	}
}

func (p *typesParser) validateKinds(where string, kinds []Kind) {
	for i, kind := range kinds {
		switch {
		case kind == Foreign:
			p.Refuse(where+" appliesTo", string(kind), "UL, IP; none of these methods knows foreign organisations")
		case kind != LegalEntity && kind != SoleProprietor:
			p.Refuse(where+" appliesTo", string(kind), "UL, IP")
		case slices.Contains(kinds[:i], kind):
			p.Refuse(where+" appliesTo", string(kind), "each kind once")
		}
	}
}

// validateNeeds checks that what each source needs exists and that no source waits for itself in the end.
func (p *typesParser) validateNeeds(where string, t Type) {
	needs := make(map[string]string, len(t.Sources))
	for _, s := range slices.Backward(t.Sources) { // of two with one id the first counts
		needs[s.ID] = s.Needs
	}
	for i, s := range t.Sources {
		field := sourceName(where, i, shorten(s.ID)) + " needs"
		_, known := needs[s.Needs]
		switch {
		case s.Needs == "":
		case s.TellsCompany():
			p.Refuse(field, s.Needs, "nothing with the method req: it gives the others INN and OGRN")
		case s.Needs == NeedsINN || s.Needs == NeedsOGRN:
		case !known:
			p.Refuse(field, s.Needs, "inn, ogrn or another source of the type")
		default:
			if circle := circleOf(needs, s.ID); circle != nil {
				p.Refuse(field, s.Needs, "what does not lead back to the source: "+strings.Join(circle, " needs "))
			}
		}
	}
}

// circleOf follows the needs of a source and returns the way back to it, nil if there is none.
func circleOf(needs map[string]string, id string) []string {
	way := []string{id}
	for next := needs[id]; next != "" && len(way) <= len(needs); next = needs[next] {
		way = append(way, next)
		if next == id {
			return way
		}
	}
	return nil
}
