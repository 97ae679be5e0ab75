package alfresco

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
)

// maxBroken is for how many nodes in a row the metadata web script may fail before that is taken for an outage of it. It fails
// for ever over a node that has an aspect of a model that was removed (Alfresco Community Repository, ScriptNode.toJSON); others
// may make it hang.
const maxBroken = 5

// upToLastDbid cuts the page behind the last node whose dbid can be read: the nodes beyond come with the next page. No
// nodes means that no dbid could be read.
func (c *Client) upToLastDbid(ctx context.Context, r PageRequest, nodes []Node) (Page, error) {
	broken := 0
	for n := len(nodes); n > 0; n-- {
		dbid, ok, err := c.dbidOf(ctx, nodes[n-1])
		switch e, own := mayBeOwn(err); {
		case own:
			if broken++; broken > maxBroken {
				e.Summary = fmt.Sprintf("%s, for %d nodes in a row", e.Summary, broken)
				e.Hint = "the metadata web script (/alfresco/service/api/metadata) is out of order, and not for one node: see Alfresco's log"
				return Page{}, err
			}
		case err != nil:
			return Page{}, err
		case ok:
			return Page{Nodes: nodes[:n], LastDbid: dbid}, nil
		}
	}
	if broken == 0 {
		return Page{}, nil
	}
	// Nobody is left to ask about: the page is short, and every node of it broken, or the script is. Without a node it has
	// nothing to fail over.
	if _, _, err := c.dbid(ctx, NoNode); err != nil {
		return Page{}, err
	}
	dbid, err := c.dbidBySearch(ctx, r, nodes[len(nodes)-1].ID)
	if err != nil || dbid == 0 {
		return Page{}, err
	}
	return Page{Nodes: nodes, LastDbid: dbid}, nil
}

// dbidBySearch narrows a range down until it holds nothing but the node. It takes some forty searches, for the last nodes
// of a walk where the script fails over each; 0 means that the node is gone.
func (c *Client) dbidBySearch(ctx context.Context, r PageRequest, id string) (int64, error) {
	r.Only = &Only{Nodes: []string{id}}
	within := func(after, last int64) (bool, error) {
		f, err := c.api.find(ctx, r.behind(after, last, 1))
		return f.total > 0, err
	}
	after, width, last := r.After, int64(1), r.last()
	for {
		high := after + min(width, last-after)
		inside, err := within(after, high)
		switch {
		case err != nil:
			return 0, err
		case inside && high == after+1:
			return high, nil
		case inside:
			last, width = high, max(1, width/2)
		case high == last:
			return 0, nil
		default:
			after = high
			if width < maxDbid/2 {
				width *= 2
			}
		}
	}
}

// dbidOf is dbid, where the node does not know it.
func (c *Client) dbidOf(ctx context.Context, n Node) (dbid int64, ok bool, err error) {
	if n.dbid > 0 {
		return n.dbid, true, nil
	}
	return c.dbid(ctx, n.ID)
}

// dbid reads sys:node-dbid, which the REST API shows nowhere, through the metadata web script. ok is false if the node
// is gone or may not be read: the script's answer is an empty object then.
func (c *Client) dbid(ctx context.Context, id string) (dbid int64, ok bool, err error) {
	a, err := c.do(ctx, call{
		operation: opMetadata, method: http.MethodGet, path: "/service/api/metadata",
		query: url.Values{"nodeRef": {storePrefix + id}, "shortQNames": {"true"}},
	})
	if err != nil {
		return 0, false, err
	}
	var body *struct {
		Properties map[string]any `json:"properties"`
	}
	if err := decode(opMetadata, a, &body); err != nil {
		return 0, false, err
	}
	if body == nil || body.Properties == nil {
		return 0, false, nil
	}
	// A dbid is far below 2^53, up to which a float64 is exact.
	number, isNumber := body.Properties["sys:node-dbid"].(float64)
	if !isNumber || number < 1 || number != math.Trunc(number) {
		return 0, false, badResponse(opMetadata, a.status, "the metadata web script returns no sys:node-dbid", hintBroken)
	}
	return int64(number), true, nil
}
