package alfresco

import "context"

// sample searches for some nodes, whichever. If that fails, maybe over a single node, it takes what both ends of the dbids show: at
// either end one node, and if that goes through half as many as were asked for, or half of these, and so on. The error is the
// first one if neither end shows anything.
func (c *Client) sample(ctx context.Context, l lookup) (found, error) {
	all, first := c.find(ctx, l)
	if !isFailedSearch(first) {
		return all, first
	}
	l.properties = append([]string{}, l.properties...) // not nil, so that there is an order
	shown := false
	for _, latestFirst := range []bool{true, false} {
		l.latestFirst = latestFirst
		f, err := c.mostOf(ctx, l)
		switch {
		case err == nil:
			all.nodes, all.total, all.lastTxID, shown = append(all.nodes, f.nodes...), f.total, f.lastTxID, true
		case !isFailedSearch(err):
			return found{}, err
		}
	}
	if !shown {
		return found{}, first
	}
	return all, nil
}

// mostOf is one entry of a search that failed, or more of them: the largest number that goes through of those that halving gives.
func (c *Client) mostOf(ctx context.Context, l lookup) (found, error) {
	part := l
	ask := func(entries int) (found, error) {
		part.max, part.timeout = entries, c.within(c.timeout, entries, l.max)
		return c.find(ctx, part)
	}
	one, err := ask(1)
	for entries := l.max / 2; err == nil && entries > 1; entries /= 2 {
		f, err := ask(entries)
		if !isFailedSearch(err) {
			return f, err
		}
	}
	return one, err
}
