package alfresco

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// PageRequest asks for the nodes behind a dbid.
type PageRequest struct {
	// NodeType such as idocs:contractor; subtypes are included.
	NodeType string
	// After is the dbid of the last node that is done; 0 means none.
	After int64
	// Last ends the walk behind this dbid; 0 lets it go on to the last node.
	Last int64
	// Max is the largest number of nodes, at least 1.
	Max int
	// Properties are those that the nodes should show; REST shows all.
	Properties []string
	// CreatedBefore ends the walk at the first node that is not older; the zero time lets it go on to the last one. A
	// dbid is taken when a node is inserted and shows when its transaction commits, and the index lags behind besides: a
	// checkpoint beyond young nodes may pass one that is not to be seen yet.
	CreatedBefore time.Time
	// Only narrows the walk; nil walks all.
	Only *Only
}

// Page is a run of nodes in the order of their dbid.
type Page struct {
	// Nodes may be fewer than were asked for in the middle of the walk. Neither Nodes nor Failed means that the walk is over.
	Nodes []Node
	// Failed are nodes that can't be read, in the order of their dbid. A page has either Nodes or these.
	Failed []FailedNode
	// LastDbid is the dbid of the last node.
	LastDbid int64
	// Total is about how many nodes the index has from the page on, those of the page among them. Deleted ones that it still
	// has count, and CreatedBefore is not looked at.
	Total int64
}

// NextPage is the first of NextPages. At the end of the walk it has no nodes, and LastDbid is After.
func (c *Client) NextPage(ctx context.Context, r PageRequest) (Page, error) {
	pages, err := c.NextPages(ctx, r, 1)
	if err != nil || len(pages) == 0 {
		return Page{LastDbid: r.After}, err
	}
	return pages[0], nil
}

// NextPages returns the nodes next to After, of one search, in several pages of at most r.Max: one begins behind the LastDbid of the
// one before. They may be fewer than most, at least 1, in the middle of the walk; none means that it is over. It always gets beyond
// After: pages that deleted nodes keep empty are stepped over, and so are nodes that can't be read, which are a page by themselves.
func (c *Client) NextPages(ctx context.Context, r PageRequest, most int) ([]Page, error) {
	if r.NodeType == "" || r.Max < 1 || r.After < 0 {
		return nil, &Error{Operation: opSearch, Kind: BadRequest,
			Summary: fmt.Sprintf("no page of %d nodes of type %q after dbid %d", r.Max, r.NodeType, r.After)}
	}
	// A second look is enough: nodes that vanish between search and reading of their dbid are rare.
	for range 2 {
		next, err := c.whatFollows(ctx, r, min(most, maxEntries/r.Max))
		if err != nil {
			return nil, fmt.Errorf("read page after dbid %d: %w", r.After, err)
		}
		if n := len(next.failed); n > 0 {
			return []Page{{Failed: next.failed, LastDbid: next.failed[n-1].Dbid}}, nil
		}
		nodes := next.nodes
		tooYoung := func(n Node) bool { return !r.CreatedBefore.IsZero() && !n.CreatedAt.Before(r.CreatedBefore) }
		if young := slices.IndexFunc(nodes, tooYoung); young >= 0 {
			nodes = nodes[:young]
		}
		if len(nodes) == 0 {
			return nil, nil
		}
		pages, err := c.pagesOf(ctx, r, nodes, next.total)
		if err != nil || len(pages) > 0 {
			return pages, err
		}
	}
	return nil, fmt.Errorf("read page after dbid %d: %w", r.After, badResponse(opMetadata, http.StatusOK,
		"the metadata web script returns no dbid for any node of the page", "check that the account may read the nodes' metadata"))
}

// pagesOf cuts nodes into pages. It ends where a page gets shorter, and before a page whose last dbid can't be read: what is behind
// comes with the next search, as the first page of it, about which more is asked. No page means that no dbid of the first one
// could be read.
func (c *Client) pagesOf(ctx context.Context, r PageRequest, nodes []Node, total int64) ([]Page, error) {
	chunks := slices.Collect(slices.Chunk(nodes, r.Max))
	pages := make([]Page, len(chunks))
	var first error
	var asking sync.WaitGroup
	for i, chunk := range chunks {
		asking.Go(func() {
			if i == 0 {
				pages[0], first = c.upToLastDbid(ctx, r, chunk)
			} else if dbid, ok, err := c.dbidOf(ctx, chunk[len(chunk)-1]); err == nil && ok {
				pages[i] = Page{Nodes: chunk, LastDbid: dbid}
			}
		})
	}
	asking.Wait()
	if first != nil {
		return nil, fmt.Errorf("read page after dbid %d: %w", r.After, first)
	}
	after, before := r.After, 0
	for i := range pages {
		page := &pages[i]
		switch {
		case len(page.Nodes) == 0:
			return pages[:i], nil
		case page.LastDbid <= after:
			return nil, fmt.Errorf("read page after dbid %d: %w", after, badResponse(opSearch, http.StatusOK,
				fmt.Sprintf("the last node of the page has dbid %d, so the search ignored the range or the order", page.LastDbid), hintEngine))
		}
		// Over ghosts, without totals, more may be met than were counted.
		page.Total = max(total-int64(before), int64(len(nodes)-before))
		if len(page.Nodes) < len(chunks[i]) {
			return pages[:i+1], nil
		}
		after, before = page.LastDbid, before+len(page.Nodes)
	}
	return pages, nil
}

// whatFollows are the nodes next to r.After, for several pages, or where there are none before them those that can't be read.
func (c *Client) whatFollows(ctx context.Context, r PageRequest, pages int) (sought, error) {
	several := r
	several.Max *= max(pages, 1)
	nodes, total, err := c.nodesThatFit(ctx, several)
	failed, ok := errors.AsType[*failedSearch](err)
	switch {
	case !ok:
		return sought{nodes: nodes, total: total}, err
	case pages > 1 && !isTooLarge(err):
		return c.whatFollows(ctx, r, 1) // the node that fails may be in a later page, and is looked for among fewer
	}
	next, err := c.seek(ctx, r, failed)
	next.nodes = next.nodes[:min(len(next.nodes), r.Max)] // among ghosts more are asked for
	return next, err
}

// nodesThatFit are nextNodes, fewer of them where they are too large for one answer.
func (c *Client) nodesThatFit(ctx context.Context, r PageRequest) (nodes []Node, total int64, err error) {
	for {
		nodes, total, err = c.nextNodes(ctx, r)
		e, ok := errors.AsType[*Error](err)
		switch {
		case !ok || !isTooLarge(err):
			return nodes, total, err
		case r.Max == 1:
			e.Hint += fmt.Sprintf("; if it is Alfresco, a node has that much text: shorten the first one behind dbid %d", r.After)
			return nil, 0, err
		}
		r.Max /= 2
	}
}

// nextNodes returns at most r.Max nodes, and none only if there are none beyond r.After.
func (c *Client) nextNodes(ctx context.Context, r PageRequest) (nodes []Node, total int64, err error) {
	f, err := c.find(ctx, r.behind(r.After, r.last(), r.Max))
	if err != nil {
		return nil, 0, err
	}
	if len(f.nodes) == 0 && f.total > 0 {
		if f.nodes, err = c.overGhosts(ctx, r); err != nil {
			return nil, 0, err
		}
	} else if f.total == 0 {
		return nil, 0, c.reallyOver(ctx, r, f)
	}
	return f.nodes[:min(len(f.nodes), r.Max)], f.total, nil
}

// reallyOver distinguishes the end of a walk from an index without dbids: there a walk would see nothing and call that
// success. It is asked where a walk ends, and so once for each.
func (c *Client) reallyOver(ctx context.Context, r PageRequest, f found) error {
	if r.After > 0 || r.Last > 0 || r.Only != nil {
		if f.lastTxID > 0 && (r.After > 0 || r.Last > 0) {
			return nil // only Solr says so, and Solr has dbids; one that doesn't say so may be a replica
		}
		all, err := c.find(ctx, withDbid(r.NodeType))
		if failed, ok := errors.AsType[*failedSearch](err); ok {
			// The first node may be one that can't be read.
			if c.newSeeker(r, failed).shows(ctx, r.After+1, r.After) {
				return nil
			}
			return failed.err
		}
		if err != nil || all.total > 0 {
			return err
		}
	}
	created, err := c.api.find(ctx, withDate(r.NodeType))
	if err != nil {
		return err
	}
	switch {
	case created.total > 0:
		return noDbids(r.NodeType, created.total)
	case r.After > 0:
		return &Error{Operation: opSearch, Kind: Unavailable, Status: http.StatusOK,
			Summary: fmt.Sprintf("the index has no node of %s at all, and the walk has met some up to dbid %d", r.NodeType, r.After),
			Hint:    "Solr may be building its index anew: wait until it is done; if all nodes are gone indeed, a pass from the beginning (--reset) says so"}
	}
	return nil
}

func noDbids(nodeType string, nodes int64) *Error {
	return &Error{Operation: opSearch, Kind: NotSearchable, Status: http.StatusOK,
		Summary: fmt.Sprintf("the index has %d entries of %s and none of them has a sys:node-dbid", nodes, nodeType), Hint: hintEngine}
}
