package alfresco

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
	// LastDbid is the dbid of the last node; After if there is none.
	LastDbid int64
	// Total is about how many nodes the index has behind After, those of the page among them. Deleted ones that it still
	// has count, and CreatedBefore is not looked at.
	Total int64
}

// NextPage returns the nodes next to After. It always gets beyond After: pages that deleted nodes keep empty are
// stepped over, and so are nodes that can't be read.
func (c *Client) NextPage(ctx context.Context, r PageRequest) (Page, error) {
	if r.NodeType == "" || r.Max < 1 || r.After < 0 {
		return Page{}, &Error{Operation: opSearch, Kind: BadRequest,
			Summary: fmt.Sprintf("no page of %d nodes of type %q after dbid %d", r.Max, r.NodeType, r.After)}
	}
	// A second look is enough: nodes that vanish between search and reading of their dbid are rare.
	for range 2 {
		next, err := c.whatFollows(ctx, r)
		if err != nil {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, err)
		}
		if n := len(next.failed); n > 0 {
			return Page{Failed: next.failed, LastDbid: next.failed[n-1].Dbid}, nil
		}
		nodes := next.nodes
		tooYoung := func(n Node) bool { return !r.CreatedBefore.IsZero() && !n.CreatedAt.Before(r.CreatedBefore) }
		if young := slices.IndexFunc(nodes, tooYoung); young >= 0 {
			nodes = nodes[:young]
		}
		if len(nodes) == 0 {
			return Page{LastDbid: r.After}, nil
		}
		page, err := c.upToLastDbid(ctx, r, nodes)
		if err != nil {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, err)
		}
		if len(page.Nodes) == 0 {
			continue
		}
		page.Total = max(next.total, int64(len(page.Nodes))) // over ghosts, without totals, more may be met than were counted
		if page.LastDbid <= r.After {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, badResponse(opSearch, http.StatusOK,
				fmt.Sprintf("the last node of the page has dbid %d, so the search ignored the range or the order", page.LastDbid), hintEngine))
		}
		return page, nil
	}
	return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, badResponse(opMetadata, http.StatusOK,
		"the metadata web script returns no dbid for any node of the page", "check that the account may read the nodes' metadata"))
}

// whatFollows are the nodes next to r.After, or where there are none before them those that can't be read.
func (c *Client) whatFollows(ctx context.Context, r PageRequest) (sought, error) {
	nodes, total, err := c.nodesThatFit(ctx, r)
	if failed, ok := errors.AsType[*failedSearch](err); ok {
		next, err := c.seek(ctx, r, failed)
		next.nodes = next.nodes[:min(len(next.nodes), r.Max)] // among ghosts more are asked for
		return next, err
	}
	return sought{nodes: nodes, total: total}, err
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
