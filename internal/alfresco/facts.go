package alfresco

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"counterparty-sync/internal/fact"
)

// NoNode is the id of a node that no repository has, to see what that looks like.
const NoNode = "00000000-0000-4000-8000-000000000000"

const (
	// factPage is how many nodes are looked at together, factNodes how many of them one by one.
	factPage  = 100
	factNodes = 5
	// usualLag is how far an index may be behind without a pass missing anything: the walk of new nodes only leaves out those
	// that are younger.
	usualLag = 15 * time.Minute
)

// Claims are what this client relies on and can try by reading, with either API or with one of them.
func Claims() []fact.Claim { return slices.Concat(claimsOfBoth(), claimsOfREST()) }

func claimsOfBoth() []fact.Claim {
	const misses = "a pass would miss nodes: "
	return []fact.Claim{
		{ID: "alfresco.repository", Expected: "answers, logs in, takes writes", Follows: "a pass ends in ERROR", Breaks: true},
		{ID: "alfresco.search-dbid", Expected: "every node of the type has a dbid in the index", Follows: misses + hintEngine, Breaks: true},
		{ID: "alfresco.search-page", Expected: "a page of nodes", Follows: "a pass ends in ERROR", Breaks: true},
		{ID: "alfresco.search-order", Expected: "nodes in the order of their dbid", Follows: misses + hintEngine, Breaks: true},
		{ID: "alfresco.search-exclusive", Expected: "<N TO MAX] begins behind N", Follows: "a pass would not advance, or miss nodes: " + hintEngine, Breaks: true},
		{ID: "alfresco.search-range", Expected: "<N TO M] shows all nodes in it and no others", Follows: misses + hintEngine, Breaks: true},
		{ID: "alfresco.search-total", Expected: "totals of two halves add up", Follows: "progress and expected end of a pass are wrong"},
		{ID: "alfresco.search-values", Expected: "a search shows the values of the database", Follows: "until the index has caught up, identifiers of a batch may be old, and nodes that differ may be taken for unchanged"},
		{ID: "alfresco.index-lag", Expected: "the index knows the latest change met", Follows: "the index hangs or is far behind: new nodes come late into passes, see Solr's trackers"},
		{ID: "alfresco.find-id", Expected: "a search by id finds the node again", Follows: "passes about chosen nodes (--only, --rejected, start: checkpoint) miss nodes", Breaks: true},
		{ID: "alfresco.find-value", Expected: "a search by identifier finds the node again", Follows: "passes about chosen nodes (--inn, --ogrn) miss nodes: see whether ALFRESCO_LANGUAGES has the languages in which people typed them", Breaks: true},
		{ID: "alfresco.missing-node", Expected: "said in Alfresco's own words", Follows: "a deleted node ends a pass: see what stands between Alfresco and the worker", Breaks: true},
		{ID: "alfresco.forbidden-node", Expected: "said in Alfresco's own words", Follows: "a node that may not be read ends a pass", Breaks: true},
		{ID: "alfresco.may-write", Expected: "the account may edit nodes", Follows: hintDenied, Breaks: true},
		{ID: "alfresco.attribute", Expected: "in the content model, writable", Follows: "a pass ends in ERROR when it is written: " + hintMapping, Breaks: true},
		{ID: "alfresco.other-api", Expected: "either, or none", Follows: "nothing"},
	}
}

func claimsOfREST() []fact.Claim {
	return []fact.Claim{
		{ID: "alfresco.metadata-dbid", Expected: "the metadata web script shows the dbid", Follows: "a pass ends in ERROR", Breaks: true},
		{ID: "alfresco.metadata-nothing", Expected: "{} with status 200 for a node that does not exist", Follows: "a node that is deleted in the middle of a page ends a pass", Breaks: true},
		{ID: "alfresco.no-dbid", Expected: "no sys:* among the properties", Follows: "nothing: the metadata web script is asked all the same"},
		{ID: "alfresco.last-transaction", Expected: "named by a Solr master; a replica and a fresh index name none", Follows: "nothing"},
	}
}

// Trial is what the facts are tried on.
type Trial struct {
	NodeType string
	// Keys are the attributes that hold identifiers; Attributes are those that may be written.
	Keys, Attributes []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Tried is what was seen.
type Tried struct {
	Facts []fact.Fact
	// Nodes are the first ones of the walk, at most 100.
	Nodes []Node
}

// trial tries facts, one after the other. A step that others depend on comes first.
type trial struct {
	Trial
	c     *Client
	table fact.Table
	// page are nodes in the order of the search.
	page []Node
	// picked are nodes of the page that are looked at one by one.
	picked []pickedNode
	// latest are the nodes with the largest dbids.
	latest []Node
	// forbidden is how many of them the database does not show to the account; deniedBy is a refusal that is not Alfresco's.
	forbidden int
	deniedBy  error
	// disorder is what a search said that ignored range or order; unordered means that the page shows it.
	disorder  error
	unordered bool
}

// pickedNode is a node of the page, and its place there.
type pickedNode struct {
	Node
	at int
}

// TryFacts tries what this client relies on, and writes nothing. The error is that of ctx; whatever Alfresco does is in the
// facts.
func (c *Client) TryFacts(ctx context.Context, r Trial) (Tried, error) {
	ctx = WithoutWriting(ctx)
	if r.Now == nil {
		r.Now = time.Now
	}
	t := &trial{Trial: r, c: c, table: fact.Table{Claims: claimsOfBoth(), Now: r.Now}}
	if c.speaks == REST {
		t.table.Claims = Claims()
	}
	t.all(ctx)
	return Tried{t.table.Facts, t.page}, ctx.Err()
}

func (t *trial) all(ctx context.Context) {
	defer t.table.Rest("not tried: see above")
	try := func(id string, look func(context.Context) fact.Sight) {
		t.table.Try(id, "", func() fact.Sight { return look(ctx) })
	}
	rest := t.c.speaks == REST
	if try("alfresco.repository", t.repository); fact.Broken(t.table.Facts) {
		return
	}
	try("alfresco.missing-node", t.missingNode)
	if rest {
		try("alfresco.metadata-nothing", t.metadataOfNothing)
	}
	try("alfresco.other-api", t.otherAPI)
	try("alfresco.search-dbid", t.countDbids)
	if try("alfresco.search-page", t.readPage); t.disorder != nil {
		try("alfresco.search-order", func(context.Context) fact.Sight { return trouble(t.disorder) })
	}
	if len(t.page) == 0 {
		return
	}
	t.attributes(ctx)
	if rest {
		try("alfresco.last-transaction", t.lastTransaction)
		try("alfresco.no-dbid", t.noDbidShown)
		if try("alfresco.metadata-dbid", t.readDbids); len(t.picked) == 0 {
			return
		}
	}
	try("alfresco.search-order", t.order)
	try("alfresco.search-exclusive", t.exclusive)
	try("alfresco.search-range", t.span)
	try("alfresco.search-total", t.totals)
	try("alfresco.search-values", t.values)
	try("alfresco.forbidden-node", t.forbiddenNode)
	try("alfresco.find-id", t.findByID)
	try("alfresco.find-value", t.findByValue)
	try("alfresco.may-write", t.mayWrite)
	try("alfresco.index-lag", t.lag)
}

// trouble is a request that failed where it should not.
func trouble(err error) fact.Sight {
	sight := fact.Otherwise("%s", err)
	if e, ok := errors.AsType[*Error](err); ok {
		sight.Follows = e.Hint
	}
	return sight
}

func (t *trial) repository(ctx context.Context) fact.Sight {
	d, err := t.c.discover(ctx)
	switch {
	case err != nil:
		return trouble(err)
	case d.Status.IsReadOnly:
		return trouble(readOnly(http.StatusOK))
	case d.Version.Display == "":
		return fact.Holds("yes; its discovery service is off")
	}
	return fact.Holds("%s %s", d.Edition, d.Version.Display)
}

func (t *trial) countDbids(ctx context.Context) fact.Sight {
	created, err := t.c.api.find(ctx, withDate(t.NodeType))
	if err != nil {
		return trouble(err)
	}
	numbered, err := t.c.api.find(ctx, withDbid(t.NodeType))
	switch {
	case err != nil:
		return trouble(err)
	case created.total == 0:
		return fact.NotMet("no node of %s", t.NodeType)
	}
	return fact.If(numbered.total >= created.total, "%d of %d", min(numbered.total, created.total), created.total)
}
