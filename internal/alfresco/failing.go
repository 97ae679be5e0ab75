package alfresco

import (
	"context"
	"errors"
	"time"
)

// A search shows nodes as the database has them, and one that the database can't show makes each search fail that would show
// it. Such a node is found by smaller and smaller searches and stepped over; docs/how-it-works.md has the bounds.
const (
	// maxFailedInARow is how many nodes in a row may fail. More of them are an outage.
	maxFailedInARow = 5
	// furthest is how far from a failing node others are looked for at the last, in steps of the dbid.
	furthest = 1 << 24
	// maxSeeking bounds how long is looked for failing nodes in one NextPages, but for the request that is under way then.
	maxSeeking = 5 * time.Minute
)

// FailedNode is a node that can't be read: each search that would show it fails, while those that show others go through.
type FailedNode struct {
	Dbid int64
	// Reason is what such a search comes to.
	Reason string
}

// failedSearch is a search that failed, maybe because of a single node that it would have shown.
type failedSearch struct {
	lookup lookup
	err    error
}

// Error implements error.
func (f *failedSearch) Error() string { return f.err.Error() }

// Unwrap returns the *Error.
func (f *failedSearch) Unwrap() error { return f.err }

// find searches the index for nodes of a walk. Trouble that may be one node's is a *failedSearch.
func (c *Client) find(ctx context.Context, l lookup) (found, error) {
	f, err := c.api.find(ctx, l)
	if _, own := mayBeOwn(err); own {
		err = &failedSearch{l, err}
	}
	return f, err
}

// seeker looks for the node because of which a search failed.
type seeker struct {
	c     *Client
	walk  PageRequest
	first *failedSearch
	until time.Time
}

// sought is what a seeker comes to: nodes as a page has them, or nodes that fail, or neither at the end of the walk.
type sought struct {
	nodes  []Node
	total  int64
	failed []FailedNode
}

func (c *Client) newSeeker(r PageRequest, first *failedSearch) *seeker {
	return &seeker{c: c, walk: r, first: first, until: c.now().Add(maxSeeking)}
}

// seek finds what is there behind the place where a search failed: first the nodes that can be shown, and only when there are none
// before it the failing one. The error is the first search's if nothing shows that it was one node's.
func (c *Client) seek(ctx context.Context, r PageRequest, first *failedSearch) (sought, error) {
	s := c.newSeeker(r, first)
	// No node has such a dbid: in an outage this fails, too, and no more is asked.
	if _, err := s.ask(ctx, s.behind(maxDbid-1, maxDbid, 1)); isFailedSearch(err) {
		return sought{}, first
	} else if err != nil {
		return sought{}, err
	}
	shown, entries, err := s.mostShown(ctx)
	if err == nil && len(shown.nodes) == 0 {
		return s.failing(ctx, entries+1)
	}
	return sought{nodes: shown.nodes, total: shown.total}, err
}

// mostShown is the largest answer that goes through, with the number of entries of the index that it takes: after 1 the rest is
// halved.
func (s *seeker) mostShown(ctx context.Context) (best found, entries int, err error) {
	l := s.first.lookup
	for next, tooMany := 1, l.max; tooMany-entries > 1; next = entries + (tooMany-entries)/2 {
		l.max = next
		f, err := s.ask(ctx, l)
		switch {
		case isFailedSearch(err):
			tooMany = next
		case err != nil:
			return found{}, 0, err
		default:
			best, entries = f, next
		}
	}
	return best, entries, nil
}

// failing finds the failing nodes that follow each other; the first one is the entry of that number.
func (s *seeker) failing(ctx context.Context, entry int) (sought, error) {
	var failed []FailedNode
	for at := s.first.lookup.after; len(failed) < maxFailedInARow; entry = 1 {
		before, dbid, err := s.locate(ctx, at, entry)
		switch {
		case err != nil:
			return sought{}, err
		case dbid == 0 && len(failed) > 0:
			return s.judge(ctx, failed, len(before.nodes) > 0)
		case dbid == 0 && len(before.nodes) == 0:
			return sought{}, s.first // it is over
		case dbid == 0:
			return sought{nodes: before.nodes, total: before.total}, nil
		}
		at, failed = dbid, append(failed, FailedNode{Dbid: dbid})
		behind, err := s.ask(ctx, s.behind(at, s.walk.last(), 1))
		if isFailedSearch(err) {
			continue
		}
		if err != nil {
			return sought{}, err
		}
		return s.judge(ctx, failed, len(behind.nodes) > 0)
	}
	return sought{}, s.first
}

// judge says which nodes fail: they count if another one was shown after they had failed, and if they fail once more after that.
// Where the walk ends at young nodes, it ends at one of them that is young.
func (s *seeker) judge(ctx context.Context, failed []FailedNode, shown bool) (sought, error) {
	if !shown && !s.shows(ctx, failed[0].Dbid, failed[len(failed)-1].Dbid) {
		return sought{}, s.first
	}
	for i := range failed {
		l := s.behind(failed[i].Dbid-1, failed[i].Dbid, 1)
		old := l
		old.createdBefore = s.walk.CreatedBefore
		_, err := s.ask(ctx, old)
		if err == nil && !old.createdBefore.IsZero() {
			if _, err = s.ask(ctx, l); isFailedSearch(err) {
				return sought{failed: failed[:i]}, nil
			}
		}
		switch {
		case err == nil:
			return sought{}, s.first // it is over
		case !isFailedSearch(err):
			return sought{}, err
		}
		failed[i].Reason = tidy(err.Error())
	}
	return sought{failed: failed}, nil
}

// locate is the dbid of the failing node behind another dbid, given the number of its entry: windows of dbids grow until one
// fails, and that one is halved. It is 0 if there are other nodes before it, which are returned, or if no window fails.
func (s *seeker) locate(ctx context.Context, after int64, entry int) (before found, dbid int64, err error) {
	fails := func(high int64) (bool, error) {
		f, err := s.ask(ctx, s.behind(after, high, entry))
		before = f
		switch {
		case isFailedSearch(err):
			return true, nil
		case err == nil && len(f.nodes) == 0 && (f.total >= int64(entry) || s.c.speaks == Records && f.upTo < high):
			return false, s.first // entries that were not shown: one of them failed before, and does not now
		}
		return false, err
	}
	var high int64
	for width, last := int64(1), s.walk.last(); ; width *= 2 {
		if high = last; last-after > width {
			high = after + width
		}
		failed, err := fails(high)
		if err != nil || len(before.nodes) > 0 {
			return before, 0, err
		}
		if failed {
			break
		}
		if after = high; high == last {
			return found{}, 0, nil
		}
	}
	for high-after > 1 {
		middle := after + (high-after)/2
		failed, err := fails(middle)
		switch {
		case err != nil || len(before.nodes) > 0:
			return before, 0, err
		case failed:
			high = middle
		default:
			after = middle
		}
	}
	return found{}, high, nil
}

// shows reports whether any node beside the failing ones can be shown: the one before them, the last of all, the one behind, and
// then others further and further away in both directions.
func (s *seeker) shows(ctx context.Context, first, last int64) bool {
	before := s.behind(0, first-1, 1)
	before.only, before.latestFirst = nil, true
	behind, latest := before, before
	behind.after, behind.last, behind.latestFirst = last, maxDbid, false
	latest.last = maxDbid
	next := []lookup{before, latest, behind}
	for step := int64(1); len(next) > 0 && step <= furthest; step *= 4 {
		var further []lookup
		wentThrough := false
		for _, l := range next {
			f, err := s.ask(ctx, l)
			switch {
			case err == nil && len(f.nodes) > 0:
				return true
			case err != nil && !isFailedSearch(err):
				return false
			}
			wentThrough = wentThrough || err == nil
			switch {
			case l.last < maxDbid:
				l.last -= step
			case !l.latestFirst:
				l.after += step
			default:
				continue // there is one last node of all
			}
			if there := err != nil || f.total > 0; there && l.after < l.last {
				further = append(further, l)
			}
		}
		if step == 1 && !wentThrough {
			return false // by now it is an outage
		}
		next = further
	}
	return false
}

// ask searches with a share of the time that the first search had, unless it has gone on for too long.
func (s *seeker) ask(ctx context.Context, l lookup) (found, error) {
	if s.c.now().After(s.until) {
		return found{}, s.first.err
	}
	l.timeout = s.c.within(s.c.timeout, l.max, s.first.lookup.max)
	return s.c.find(ctx, l)
}

// behind are nodes of the walk as a page asks for them.
func (s *seeker) behind(after, last int64, entries int) lookup {
	return s.walk.behind(after, last, entries)
}

func isFailedSearch(err error) bool {
	_, ok := errors.AsType[*failedSearch](err)
	return ok
}
