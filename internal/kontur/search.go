package kontur

import (
	"errors"
	"slices"
	"time"

	"counterparty-sync/internal/counterparty"
)

// What it may cost to find the identifiers that fail by themselves: one of a hundred takes 15 further requests at most. What
// went through is not asked again, but for one of them as a control, which is paid already.
const (
	// maxInVain is how many requests in a row may fail: then nobody goes through. One of a hundred makes seven fail in a row, and
	// two make nine at most, wherever they are.
	maxInVain = 10
	// maxFurther bounds the further requests, and maxLost the time of all that fail, in time-outs of the method: after one that
	// times out the method is left alone as long again, see pacer.silence.
	maxFurther = 64
	maxLost    = 5
	// insistLost is maxLost for insist, which comes after it; together they stay below half an hour.
	insistLost = 3
	// leastTimeout is that of a request about one. A part has that part of the time-out that it is of the whole.
	leastTimeout = 5 * time.Second
	// maxControls is how many others are asked about, one after the other, until one goes through.
	maxControls = 3
	// few are so few that it says nothing if most of them fail.
	few = 3
)

// search is a call of QueryApart.
type search struct {
	question Question
	taker    Taker
	timeout  time.Duration
	// share is how many of so many identifiers the next request asks about; once makes it. Turn is turns.begin, end its result.
	share func(ids int) int
	once  func(ids []counterparty.Identifier, within time.Duration, take func(Item) error) (Call, error)
	turn  func(failed time.Time) (end func(bool), inVain bool, err error)
	end   func(inVain bool)

	result  Apart
	through map[counterparty.Identifier]bool
	// latest is how each failed last, by itself or with others; first is the first failure of all, and failed when it came.
	latest map[counterparty.Identifier]*Error
	first  *Error
	failed time.Time
	// alone are those that failed by themselves.
	alone []*suspect
	// whole is how many there are in what is searched, todo are the parts of it that were not asked about.
	whole int
	todo  []*part
	// inVain counts the requests since the last one that went through, lost is the time of those that failed.
	inVain      int
	lost        time.Duration
	mostFurther int
	mostLost    time.Duration
	// othersPass: something went through after the first failure. insisting: see insist.
	othersPass, insisting bool
}

// part are some of the identifiers. Twin is the other half of what failed; nil if nothing did.
type part struct {
	ids  []counterparty.Identifier
	twin *part
}

// suspect failed alone. othersPass: something went through after that, in no more time than the suspect had.
type suspect struct {
	id         counterparty.Identifier
	err        *Error
	othersPass bool
}

func newSearch(q Question, taker Taker, timeout time.Duration) *search {
	return &search{question: q, taker: taker, timeout: timeout,
		through: map[counterparty.Identifier]bool{}, latest: map[counterparty.Identifier]*Error{},
		mostFurther: maxFurther, mostLost: maxLost * timeout}
}

func (s *search) run() (result Apart, err error) {
	defer func() {
		if s.end != nil {
			s.end(err == error(s.first) && !s.othersPass)
		}
	}()
	for rest := s.question.IDs; len(rest) > 0; {
		n := s.share(len(rest))
		if err := s.search(rest[:n]); err != nil {
			return s.result, err
		}
		rest = rest[n:]
	}
	err = s.conclude()
	s.result.NoneThrough = len(s.through) == 0 && len(s.result.Failing) > 0
	slices.SortFunc(s.result.Failing, func(a, b Failing) int {
		return slices.Index(s.question.IDs, a.ID) - slices.Index(s.question.IDs, b.ID)
	})
	return s.result, err
}

// search asks about some of the identifiers: about all at once, and if that fails in parts.
func (s *search) search(ids []counterparty.Identifier) error {
	s.whole, s.todo = len(ids), []*part{{ids: ids}}
	for {
		if s.hopeless() {
			return s.insist(ids)
		}
		if len(s.todo) == 0 {
			return nil
		}
		if err := s.ask(s.next()); err != nil {
			return err
		}
	}
}

// hopeless reports whether it looks like an outage, or costs too much.
func (s *search) hopeless() bool {
	most := len(s.question.IDs) > few && 2*len(s.alone) > len(s.question.IDs)
	// Those that failed alone are asked about twice more, after a control.
	return s.inVain >= maxInVain || most || s.spent(2*len(s.alone)+1)
}

// spent reports whether there is no room for so many further requests and one more.
func (s *search) spent(reserved int) bool {
	return s.result.Further+reserved >= s.mostFurther || s.lost >= s.mostLost
}

// next takes a part to ask about: the first half of what failed last, until one failed alone; from then on the largest part,
// which shows soonest whether others go through.
func (s *search) next() *part {
	next := len(s.todo) - 1
	if len(s.alone) > 0 || s.insisting {
		for i := range s.todo {
			if len(s.todo[i].ids) > len(s.todo[next].ids) {
				next = i
			}
		}
	}
	p := s.todo[next]
	s.todo = slices.Delete(s.todo, next, next+1)
	return p
}

// ask asks about a part, and goes on with its halves if that fails. Errors are those that end the search.
func (s *search) ask(p *part) error {
	own, err := s.request(p.ids, s.taker.Take)
	switch {
	case err != nil:
		return err
	case own == nil:
		s.pass(p)
	case len(p.ids) > 1:
		s.split(p)
	case s.insisting:
		_, err := s.again(p.ids[0])
		return err
	default:
		s.alone = append(s.alone, &suspect{id: p.ids[0], err: own})
	}
	return nil
}

// pass notes what went through. So the other half is what failed: it need not be asked about as a whole.
func (s *search) pass(p *part) {
	for _, id := range p.ids {
		s.through[id] = true
	}
	if i := slices.Index(s.todo, p.twin); i >= 0 && len(p.twin.ids) > 1 {
		s.todo = slices.Delete(s.todo, i, i+1)
		s.split(p.twin)
	}
}

func (s *search) split(p *part) {
	half := len(p.ids) / 2
	first, second := &part{ids: p.ids[:half]}, &part{ids: p.ids[half:]}
	first.twin, second.twin = second, first
	s.todo = append(s.todo, second, first)
}

// request makes one request, whose items are only looked at if take is nil. Own is a failure that may be that of one of the
// identifiers, err any other.
func (s *search) request(ids []counterparty.Identifier, take func(Item) error) (own *Error, err error) {
	further := s.first != nil && (take == nil || len(ids) < s.whole || s.latest[ids[0]] != nil)
	if err := s.awaitTurn(further); err != nil {
		return nil, err
	}
	within := s.timeout
	if s.first != nil {
		within = min(s.timeout, max(leastTimeout, s.timeout*time.Duration(len(ids))/time.Duration(s.whole)))
	}
	taken := 0
	call, err := s.once(ids, within, func(item Item) error {
		if take == nil {
			return nil
		}
		taken++
		return take(item)
	})
	s.result.Calls++
	if further {
		s.result.Further++
	}
	if err == nil {
		s.inVain, s.othersPass = 0, s.first != nil
		for _, suspect := range s.alone {
			suspect.othersPass = suspect.othersPass || suspect.err.within == 0 || call.Duration <= suspect.err.within
		}
		return nil, nil
	}
	own, ok := errors.AsType[*Error](err)
	if !ok || !own.MayBeOne() {
		return nil, err
	}
	s.taker.Forget(taken)
	s.inVain++
	s.lost += call.Duration
	if s.first == nil {
		s.first, s.failed = own, time.Now()
	}
	for _, id := range ids {
		s.latest[id] = own
	}
	return own, nil
}

// awaitTurn waits before the first of the further requests.
func (s *search) awaitTurn(further bool) error {
	if !further || s.end != nil {
		return nil
	}
	end, inVain, err := s.turn(s.failed)
	if inVain {
		return s.first
	}
	s.end = end
	return err
}
