// Package fact holds what a client relies on about the system that it talks to, and what was seen of it on one that runs.
// It is values and their verdicts only: each client declares its own claims and tries them, by reading.
//
// Words: a claim is what the code relies on; a sight is what was seen of it; a fact is both.
package fact

import (
	"fmt"
	"slices"
	"time"
)

// Verdict says whether a system is as the code relies on it to be.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Differs Verdict = "differs"
	// NotKnown: nothing was met that would show it.
	NotKnown Verdict = "not known"
)

// Claim is what the code relies on.
type Claim struct {
	// ID names it here and in docs/how-it-works.md: the system and a few words, such as alfresco.search-order.
	ID string
	// Expected is what should be seen, in a few words.
	Expected string
	// Follows is what comes of it if it is otherwise.
	Follows string
	// Breaks: then a pass fails, or misses nodes.
	Breaks bool
}

// Sight is what was seen.
type Sight struct {
	Seen    string
	Verdict Verdict
	// Follows is what comes of it, in place of the claim's own word; may be empty.
	Follows string
	// Harmless: what differs breaks no pass, whatever the claim says.
	Harmless bool
}

// Holds is a sight of what was expected.
func Holds(format string, args ...any) Sight {
	return Sight{Seen: fmt.Sprintf(format, args...), Verdict: OK}
}

// Otherwise is a sight of something else.
func Otherwise(format string, args ...any) Sight {
	return Sight{Seen: fmt.Sprintf(format, args...), Verdict: Differs}
}

// NotMet is no sight: it says why.
func NotMet(format string, args ...any) Sight {
	return Sight{Seen: fmt.Sprintf(format, args...), Verdict: NotKnown}
}

// If is Holds or Otherwise.
func If(holds bool, format string, args ...any) Sight {
	if holds {
		return Holds(format, args...)
	}
	return Otherwise(format, args...)
}

// Fact is a claim and what was seen of it.
type Fact struct {
	ID string `json:"id"`
	// About is which one of several it was tried on, such as a method; may be empty.
	About    string  `json:"about,omitempty"`
	Expected string  `json:"expected"`
	Seen     string  `json:"seen"`
	Verdict  Verdict `json:"verdict"`
	// Follows is empty if all is well.
	Follows string `json:"follows,omitempty"`
	// Breaks is true only of one that differs.
	Breaks bool `json:"breaks,omitempty"`
	// Milliseconds are what the requests took.
	Milliseconds int64 `json:"milliseconds"`
}

// Table collects facts in the order in which they are tried. It is for one goroutine.
type Table struct {
	Claims []Claim
	// Now is the clock by which requests are timed.
	Now   func() time.Time
	Facts []Fact
}

// Try tries a claim of the table; about may be empty. An id that no claim has is a mistake in the code, and panics.
func (t *Table) Try(id, about string, look func() Sight) {
	at := slices.IndexFunc(t.Claims, func(c Claim) bool { return c.ID == id })
	claim := t.Claims[at]
	start := t.Now()
	sight := look()
	f := Fact{ID: id, About: about, Expected: claim.Expected, Seen: sight.Seen, Verdict: sight.Verdict, Follows: sight.Follows,
		Milliseconds: t.Now().Sub(start).Milliseconds()}
	if sight.Verdict == Differs {
		f.Breaks = claim.Breaks && !sight.Harmless
		if f.Follows == "" {
			f.Follows = claim.Follows
		}
	}
	t.Facts = append(t.Facts, f)
}

// Rest notes the claims that were not tried as not known, and why.
func (t *Table) Rest(why string) {
	for _, claim := range t.Claims {
		if !slices.ContainsFunc(t.Facts, func(f Fact) bool { return f.ID == claim.ID }) {
			t.Facts = append(t.Facts, Fact{ID: claim.ID, Expected: claim.Expected, Seen: why, Verdict: NotKnown})
		}
	}
}

// Broken reports whether one of the facts breaks a pass.
func Broken(facts []Fact) bool {
	return slices.ContainsFunc(facts, func(f Fact) bool { return f.Breaks })
}
