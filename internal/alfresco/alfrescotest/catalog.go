package alfrescotest

import (
	"cmp"
	"slices"
	"time"
)

// hit is what the index, or the database's list of nodes, knows about a node.
type hit struct {
	dbid     int64
	id       string
	created  time.Time
	language string
}

// catalog lists hits by type, ordered by dbid, so that a page costs a binary search and not a scan. The key of a type
// holds its subtypes as well, the key "=type" holds the type alone.
type catalog map[string][]hit

func (c catalog) add(nodeType string, h hit) {
	for _, key := range keysOf(nodeType) {
		at, taken := c.find(key, h.dbid)
		if taken {
			c[key][at] = h
			continue
		}
		c[key] = slices.Insert(c[key], at, h)
	}
}

func (c catalog) remove(nodeType string, dbid int64) {
	for _, key := range keysOf(nodeType) {
		if at, found := c.find(key, dbid); found {
			c[key] = slices.Delete(c[key], at, at+1)
		}
	}
}

// between returns the hits with first <= dbid <= last. The result is valid under the store's lock only.
func (c catalog) between(key string, first, last int64) []hit {
	if first > last {
		return nil
	}
	from, _ := c.find(key, first)
	to, found := c.find(key, last)
	if found {
		to++
	}
	return c[key][from:to]
}

func (c catalog) find(key string, dbid int64) (at int, found bool) {
	return slices.BinarySearchFunc(c[key], dbid, func(h hit, dbid int64) int { return cmp.Compare(h.dbid, dbid) })
}

func keysOf(nodeType string) []string { return append(lineage(nodeType), "="+nodeType) }
