package kontur

import (
	"slices"

	"counterparty-sync/internal/counterparty"
)

// control asks once more about one that went through, in this call or before it: about maxControls of them, if need be, for one
// may fail by itself since. Without any, or if they fail too, nothing shows that others go through.
func (s *search) control() error {
	fit := func(fits func(counterparty.Identifier) bool, ids []counterparty.Identifier) []counterparty.Identifier {
		return slices.DeleteFunc(slices.Clone(ids), func(id counterparty.Identifier) bool { return !fits(id) })
	}
	known := slices.Concat(fit(func(id counterparty.Identifier) bool { return s.through[id] }, s.question.IDs),
		fit(func(id counterparty.Identifier) bool { return !slices.Contains(s.question.IDs, id) }, s.question.Known))
	for _, id := range known[:min(len(known), maxControls)] {
		own, err := s.request([]counterparty.Identifier{id}, nil)
		if own == nil {
			return err
		}
	}
	return s.first
}

// insist settles what looks like an outage, if it may: where a control goes through, those that fail all the same are told
// apart, parts that there is no room to ask about in parts as a whole.
func (s *search) insist(ids []counterparty.Identifier) error {
	if !s.question.GiveUp {
		return s.first
	}
	if err := s.control(); err != nil {
		return err
	}
	before := slices.DeleteFunc(slices.Clone(s.alone), func(a *suspect) bool { return slices.Contains(ids, a.id) })
	left := func() []counterparty.Identifier {
		return slices.DeleteFunc(slices.Clone(ids), func(id counterparty.Identifier) bool { return s.through[id] })
	}
	s.todo, s.insisting = nil, true
	if all := (&part{ids: left()}); len(all.ids) > 1 {
		s.split(all) // as a whole they have failed
	} else {
		s.todo = []*part{all}
	}
	s.mostFurther, s.mostLost = s.result.Further+maxFurther, s.lost+insistLost*s.timeout
	for len(s.todo) > 0 && !s.spent(0) {
		if err := s.ask(s.next()); err != nil {
			return err
		}
	}
	if err := s.control(); err != nil {
		return err
	}
	for _, id := range left() {
		s.result.Failing = append(s.result.Failing, Failing{id, s.latest[id]})
	}
	s.todo, s.insisting, s.alone = nil, false, before
	return nil
}

// conclude judges those that failed alone.
func (s *search) conclude() error {
	if len(s.alone) == 0 {
		return nil
	}
	if len(s.through) == 0 {
		return s.insist(s.question.IDs)
	}
	unclear := func(a *suspect) bool { return !a.othersPass }
	if slices.ContainsFunc(s.alone, unclear) {
		if err := s.control(); err != nil {
			return err
		}
		if slices.ContainsFunc(s.alone, unclear) {
			return s.first
		}
	}
	for _, a := range s.alone {
		own, err := s.again(a.id)
		if own != nil {
			own, err = s.again(a.id)
		}
		if err != nil {
			return err
		}
		if own != nil {
			s.result.Failing = append(s.result.Failing, Failing{a.id, own})
		}
	}
	return nil
}

// again asks once more about one that failed alone. Twice in a row it is not by chance, where every other request fails.
func (s *search) again(id counterparty.Identifier) (own *Error, err error) {
	own, err = s.request([]counterparty.Identifier{id}, s.taker.Take)
	if own == nil && err == nil {
		s.through[id] = true
	}
	return own, err
}
