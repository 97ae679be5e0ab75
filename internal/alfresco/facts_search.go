package alfresco

import (
	"context"
	"errors"
	"slices"
	"time"

	"counterparty-sync/internal/fact"
)

// within is the page behind a dbid, up to and with another one.
func (t *trial) within(after, last int64) lookup {
	return PageRequest{NodeType: t.NodeType, Properties: t.properties()}.behind(after, last, factPage)
}

func (t *trial) properties() []string { return slices.Concat(t.Keys, t.Attributes) }

// readPage reads the first page of a walk, and picks nodes that are spread over it. With the Records API a node has its
// dbid already.
func (t *trial) readPage(ctx context.Context) fact.Sight {
	f, err := t.c.api.find(ctx, t.within(0, maxDbid))
	e, _ := errors.AsType[*Error](err)
	switch {
	case e != nil && e.Kind == BadResponse && e.Hint == hintEngine:
		t.disorder = err
		return fact.NotMet("see search-order")
	case err != nil:
		return trouble(err)
	case len(f.nodes) == 0 && f.total > 0:
		return fact.NotMet("an empty page, and %d entries of nodes that are gone or may not be read", f.total)
	case len(f.nodes) == 0:
		return fact.NotMet("no node of %s", t.NodeType)
	}
	t.page = f.nodes
	most := min(factNodes, len(t.page))
	for i := range most {
		at := i * (len(t.page) - 1) / max(1, most-1)
		t.picked = append(t.picked, pickedNode{t.page[at], at})
	}
	return fact.Holds("%d nodes of %d", len(f.nodes), f.total)
}

func (t *trial) order(context.Context) fact.Sight {
	for i := range t.picked[1:] {
		if t.picked[i].dbid >= t.picked[i+1].dbid {
			t.unordered = true
			return fact.Otherwise("node %d of the page has a larger dbid than node %d", t.picked[i].at+1, t.picked[i+1].at+1)
		}
	}
	return fact.Holds("so are the %d looked at", len(t.picked))
}

// exclusive looks behind the first picked node, which need not be the first one of the page.
func (t *trial) exclusive(ctx context.Context) fact.Sight {
	first := t.picked[0]
	if t.unordered {
		return fact.NotMet("the order is not known")
	}
	next := first.at + 1
	f, err := t.c.api.find(ctx, t.within(first.dbid, maxDbid))
	switch {
	case err != nil:
		return trouble(err)
	case slices.ContainsFunc(f.nodes, func(n Node) bool { return n.ID == first.ID }):
		return fact.Otherwise("the node with dbid N is in it")
	case next == len(t.page):
		return fact.Holds("the node with dbid N is not in it")
	case !slices.ContainsFunc(f.nodes, func(n Node) bool { return n.ID == t.page[next].ID }):
		return fact.Otherwise("the node next to N is not in it")
	}
	return fact.Holds("the node next to N is in it, and N is not")
}

// span looks at the nodes from the first picked one to the one in the middle.
func (t *trial) span(ctx context.Context) fact.Sight {
	first, last := t.picked[0], t.picked[len(t.picked)/2]
	if t.unordered {
		return fact.NotMet("the order is not known")
	}
	f, err := t.c.api.find(ctx, t.within(first.dbid, last.dbid))
	if err != nil {
		return trouble(err)
	}
	want := ids(t.page[first.at+1 : max(first.at, last.at)+1])
	have := ids(f.nodes)
	missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return slices.Contains(have, id) })
	others := slices.DeleteFunc(have, func(id string) bool { return slices.Contains(want, id) })
	// The lower end is another fact's.
	others = slices.DeleteFunc(others, func(id string) bool { return id == first.ID })
	if len(missing)+len(others) > 0 {
		return fact.Otherwise("%d of %d nodes are missing, and %d are others", len(missing), len(want), len(others))
	}
	return fact.Holds("%d of %d nodes", len(want), len(want))
}

func ids(nodes []Node) []string {
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.ID
	}
	return list
}

// totals adds up two halves. Nodes that come and go meanwhile make a small difference.
func (t *trial) totals(ctx context.Context) fact.Sight {
	middle := t.picked[len(t.picked)/2].dbid
	var counts [3]int64
	for i, span := range [][2]int64{{0, middle}, {middle, maxDbid}, {0, maxDbid}} {
		f, err := t.c.api.find(ctx, lookup{nodeType: t.NodeType, after: span[0], last: span[1], max: 1})
		if err != nil {
			return trouble(err)
		}
		counts[i] = f.total
	}
	sum := counts[0] + counts[1]
	return fact.If(max(sum-counts[2], counts[2]-sum) <= max(1, counts[2]/100), "%d and %d are %d", counts[0], counts[1], counts[2])
}

// lastTransaction is no verdict: only a Solr that is a master, and has seen a transaction, names one.
func (t *trial) lastTransaction(ctx context.Context) fact.Sight {
	f, err := t.c.api.find(ctx, withDbid(t.NodeType))
	switch {
	case err != nil:
		return trouble(err)
	case f.lastTxID == 0:
		return fact.Holds("none is named")
	}
	return fact.Holds("named")
}

func (t *trial) findByID(ctx context.Context) fact.Sight {
	only := &Only{}
	for _, n := range t.picked {
		only.Nodes = append(only.Nodes, n.ID)
	}
	return t.again(ctx, only, t.picked)
}

// findByValue looks for the identifiers of the picked nodes.
func (t *trial) findByValue(ctx context.Context) fact.Sight {
	only := &Only{Attributes: t.Keys}
	var wanted []pickedNode
	for _, n := range t.picked {
		for _, key := range t.Keys {
			if text, ok := n.Properties[key].(string); ok && isNumber(text) {
				only.Values, wanted = append(only.Values, text), append(wanted, n)
				break
			}
		}
	}
	if len(wanted) == 0 {
		return fact.NotMet("none of the %d nodes has one", len(t.picked))
	}
	return t.again(ctx, only, wanted)
}

// isNumber: what is no number is no identifier, and need not be found.
func isNumber(text string) bool {
	return text != "" && !slices.ContainsFunc([]byte(text), func(c byte) bool { return c < '0' || c > '9' })
}

// again looks for nodes by a narrowed search.
func (t *trial) again(ctx context.Context, only *Only, wanted []pickedNode) fact.Sight {
	l := t.within(0, maxDbid)
	l.only = only
	f, err := t.c.api.find(ctx, l)
	if err != nil {
		return trouble(err)
	}
	have, found := ids(f.nodes), 0
	for _, n := range wanted {
		if slices.Contains(have, n.ID) {
			found++
		}
	}
	return fact.If(found == len(wanted), "%d of %d", found, len(wanted))
}

func (t *trial) mayWrite(ctx context.Context) fact.Sight {
	f, err := t.c.api.find(ctx, lookup{nodeType: t.NodeType, after: -1, last: maxDbid, max: factPage, latestFirst: true, rights: true})
	if err != nil {
		return trouble(err)
	}
	may := 0
	t.latest = f.nodes
	for _, n := range f.nodes {
		if n.editable {
			may++
		}
	}
	return fact.If(may > 0, "%d of the latest %d", may, len(f.nodes))
}

// lag asks the index about the latest change that was met: a search shows the values of the database, but finds by its own.
func (t *trial) lag(ctx context.Context) fact.Sight {
	newest := t.page[0]
	for _, n := range slices.Concat(t.page, t.latest) {
		if n.ModifiedAt.After(newest.ModifiedAt) {
			newest = n
		}
	}
	l := t.within(0, maxDbid)
	l.only, l.changedSince = &Only{Nodes: []string{newest.ID}}, newest.ModifiedAt.Truncate(time.Second)
	f, err := t.c.api.find(ctx, l)
	if err != nil {
		return trouble(err)
	}
	ago := max(0, t.Now().Sub(newest.ModifiedAt)).Truncate(time.Second)
	switch {
	case len(f.nodes) > 0:
		return fact.Holds("one of %s ago", ago)
	case ago < usualLag:
		return fact.Holds("not yet one of %s ago", ago)
	}
	return fact.Otherwise("it lacks one of %s ago", ago)
}
