package alfresco

import (
	"context"
	"fmt"
)

const (
	// maxEntries is the largest number of entries asked for at once, for several pages and among ghosts. A window of this many
	// dbids can't hold more entries, so that its answer always shows whether there is a real node in it.
	maxEntries = 1000
	// maxGhostSteps bounds the windows of one page: ten million ghosts in a row.
	maxGhostSteps = 10_000
)

// overGhosts finds the first real nodes behind r.After when the page there is empty although the index has entries.
// Those are ghosts: nodes that were deleted, or that the account may not read. Their dbids are not in any answer, so it steps
// over them in windows of dbids. A window that held ghosts only lets the next one be twice as large; one that holds
// more entries than an answer takes is halved.
func (c *Client) overGhosts(ctx context.Context, r PageRequest) ([]Node, error) {
	ask := max(maxEntries, r.Max)
	end := r.last()
	rest, err := c.find(ctx, r.behind(r.After, end, ask))
	if err != nil || len(rest.nodes) > 0 || rest.total == 0 {
		return rest.nodes, err
	}
	at, width, left := r.After, int64(ask), rest.total
	for range c.maxSteps {
		high := at + min(width, end-at)
		window, err := c.find(ctx, r.behind(at, high, ask))
		if err != nil || len(window.nodes) > 0 {
			return window.nodes, err
		}
		if window.total > int64(ask) && width > int64(ask) {
			width = max(width/2, int64(ask))
			continue
		}
		if at = high; at == end {
			return nil, nil
		}
		if width < maxDbid/2 {
			width *= 2
		}
		if left -= window.total; left > 0 {
			continue
		}
		// All the ghosts that were counted are behind; what is left came meanwhile, or is nothing.
		rest, err := c.find(ctx, r.behind(at, end, ask))
		if err != nil || len(rest.nodes) > 0 || rest.total == 0 {
			return rest.nodes, err
		}
		left = rest.total
	}
	return nil, &Error{Operation: opSearch, Kind: Unavailable,
		Summary: fmt.Sprintf("the index holds nothing but entries of deleted or unreadable nodes from dbid %d to %d", r.After, at),
		Hint:    "let Solr check and repair its index (its action FIX), and check that the account may read the nodes"}
}
