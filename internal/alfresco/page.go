package alfresco

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// Only chooses nodes: those with one of the ids, and those with one of the values in one of the attributes. The search may
// show more, because it looks for words in a text; who wants exactly these compares.
type Only struct {
	Nodes      []string
	Attributes []string
	Values     []string
}

// uuidProperty holds the id of a node.
const uuidProperty = "sys:node-uuid"

// terms are the alternatives: attribute and value.
func (o *Only) terms() [][2]string {
	var terms [][2]string
	for _, id := range o.Nodes {
		terms = append(terms, [2]string{uuidProperty, id})
	}
	for _, value := range o.Values {
		for _, attribute := range o.Attributes {
			terms = append(terms, [2]string{attribute, value})
		}
	}
	return terms
}

// afts is the condition in AFTS. A phrase matches an attribute whether it is indexed as words or as a whole.
func (o *Only) afts() string {
	var parts []string
	for _, term := range o.terms() {
		parts = append(parts, strings.ReplaceAll(term[0], "-", `\-`)+`:"`+phraseEscape.Replace(term[1])+`"`)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// predicate is the condition in the language of the Records API.
func (o *Only) predicate() predicate {
	var parts []predicate
	for _, term := range o.terms() {
		parts = append(parts, predicate{"eq", term[0], term[1]})
	}
	return predicate{Type: "or", Value: parts}
}

// Page is a run of nodes in the order of their dbid.
type Page struct {
	// Nodes may be fewer than were asked for in the middle of the walk. None means that the walk is over.
	Nodes []Node
	// LastDbid is the dbid of the last node; After if there is none.
	LastDbid int64
	// Total is about how many nodes the index has behind After, those of the page among them. Deleted ones that it still
	// has count, and CreatedBefore is not looked at.
	Total int64
}

// NextPage returns the nodes next to After. It always gets beyond After: pages that deleted nodes keep empty are
// stepped over.
func (c *Client) NextPage(ctx context.Context, r PageRequest) (Page, error) {
	if r.NodeType == "" || r.Max < 1 || r.After < 0 {
		return Page{}, &Error{Operation: opSearch, Kind: BadRequest,
			Summary: fmt.Sprintf("no page of %d nodes of type %q after dbid %d", r.Max, r.NodeType, r.After)}
	}
	// A second look is enough: nodes that vanish between search and reading of their dbid are rare.
	for range 2 {
		nodes, total, err := c.nodesThatFit(ctx, r)
		if err != nil {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, err)
		}
		tooYoung := func(n Node) bool { return !r.CreatedBefore.IsZero() && !n.CreatedAt.Before(r.CreatedBefore) }
		if young := slices.IndexFunc(nodes, tooYoung); young >= 0 {
			nodes = nodes[:young]
		}
		if len(nodes) == 0 {
			return Page{LastDbid: r.After}, nil
		}
		page, err := c.upToLastDbid(ctx, nodes)
		if err != nil {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, err)
		}
		if len(page.Nodes) == 0 {
			continue
		}
		page.Total = total
		if page.LastDbid <= r.After {
			return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, badResponse(opSearch, http.StatusOK,
				fmt.Sprintf("the last node of the page has dbid %d, so the search ignored the range or the order", page.LastDbid), hintEngine))
		}
		return page, nil
	}
	return Page{}, fmt.Errorf("read page after dbid %d: %w", r.After, badResponse(opMetadata, http.StatusOK,
		"the metadata web script returns no dbid for any node of the page", "check that the account may read the nodes' metadata"))
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
	f, err := c.api.find(ctx, r.behind(r.After, r.last(), r.Max))
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
// success.
func (c *Client) reallyOver(ctx context.Context, r PageRequest, f found) error {
	if r.After > 0 || r.Last > 0 || r.Only != nil {
		if f.lastTxID > 0 && (r.After > 0 || r.Last > 0) {
			return nil // only Solr says so, and Solr has dbids
		}
		all, err := c.api.find(ctx, withDbid(r.NodeType))
		if err != nil || all.total > 0 {
			return err
		}
	}
	created, err := c.api.find(ctx, withDate(r.NodeType))
	if err != nil {
		return err
	}
	if created.total > 0 {
		return noDbids(r.NodeType, created.total)
	}
	return nil
}

func noDbids(nodeType string, nodes int64) *Error {
	return &Error{Operation: opSearch, Kind: NotSearchable, Status: http.StatusOK,
		Summary: fmt.Sprintf("the index has %d entries of %s and none of them has a sys:node-dbid", nodes, nodeType), Hint: hintEngine}
}

// upToLastDbid cuts the page behind the last node whose dbid can be read: the nodes beyond come with the next page. No
// nodes means that no dbid could be read.
func (c *Client) upToLastDbid(ctx context.Context, nodes []Node) (Page, error) {
	if last := nodes[len(nodes)-1].dbid; last > 0 {
		return Page{Nodes: nodes, LastDbid: last}, nil
	}
	for n := len(nodes); n > 0; n-- {
		dbid, ok, err := c.dbid(ctx, nodes[n-1].ID)
		if err != nil {
			return Page{}, err
		}
		if ok {
			return Page{Nodes: nodes[:n], LastDbid: dbid}, nil
		}
	}
	return Page{}, nil
}

// dbid reads sys:node-dbid, which the REST API shows nowhere, through the metadata web script. ok is false if the node
// is gone or may not be read: the script's answer is an empty object then.
func (c *Client) dbid(ctx context.Context, id string) (dbid int64, ok bool, err error) {
	a, err := c.do(ctx, call{
		operation: opMetadata, method: http.MethodGet, path: "/service/api/metadata",
		query: url.Values{"nodeRef": {"workspace://SpacesStore/" + id}, "shortQNames": {"true"}},
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
