package alfresco

import (
	"cmp"
	"context"
	"math"
	"time"
)

// API is what a client speaks with Alfresco. With either, a walk and an update come to the same.
type API string

// The APIs.
const (
	// REST is version 1 of the REST API, which every Alfresco has: nodes are read and written one by one.
	REST API = "rest"
	// Records is Citeck's Records API: a batch is read at once, and written in one transaction.
	Records API = "records"
)

// api is what differs between the APIs. Refusals and errors mean the same with each.
type api interface {
	// find searches the index. Nodes are in the order of their dbid unless the lookup says otherwise; each knows its dbid
	// if the API shows it.
	find(ctx context.Context, l lookup) (found, error)
	// update is Update without the look at the account's rights. It returns the type of a node too, if it could read one.
	update(ctx context.Context, ids, properties []string, updater Updater) ([]Updated, string, error)
	// look is the same for an updater that changes nothing.
	look(ctx context.Context, b Batch, properties []string, updater Updater) ([]Updated, string, error)
}

// lookup is a search in the words of no API. It always has a range, or the database would answer, which ignores the order.
type lookup struct {
	nodeType string
	// after < dbid <= last. With anyDate all nodes count that have a date of creation, which is all.
	after, last int64
	anyDate     bool
	// max is the largest number of nodes, at least 1.
	max int
	// properties are those that are wanted, nil for none at all; an API may show more.
	properties []string
	// latestFirst turns the order round.
	latestFirst bool
	// only narrows it; nil takes all.
	only *Only
	// rights asks whether the account may edit each node.
	rights bool
	// changedSince leaves out nodes whose latest change that the index knows is older; the zero time leaves out none.
	changedSince time.Time
	// createdBefore leaves out nodes that are not older; the zero time leaves out none.
	createdBefore time.Time
	// timeout is the time for each request; 0 means the client's.
	timeout time.Duration
}

// found is one answer of the search engine.
type found struct {
	nodes []Node
	// total is the number of entries in the whole range, ghosts included.
	total int64
	// lastTxID is 0 if the answer doesn't name it.
	lastTxID int64
	// upTo is the dbid up to which the nodes are all that there are; Records API only.
	upTo int64
}

// maxDbid is no limit.
const maxDbid = math.MaxInt64

// behind are the nodes with after < dbid <= last.
func (r PageRequest) behind(after, last int64, maxItems int) lookup {
	return lookup{nodeType: r.NodeType, after: after, last: last, max: maxItems, properties: append([]string{}, r.Properties...), only: r.Only}
}

// last is the dbid behind which the walk ends.
func (r PageRequest) last() int64 { return cmp.Or(r.Last, maxDbid) }

// withDbid counts the entries that have a dbid, withDate those that have a date of creation.
func withDbid(nodeType string) lookup {
	return lookup{nodeType: nodeType, after: -1, last: maxDbid, max: 1}
}

func withDate(nodeType string) lookup {
	return lookup{nodeType: nodeType, anyDate: true, max: 1}
}
