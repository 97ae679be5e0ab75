package pass

import (
	"strconv"
	"strings"

	"counterparty-sync/internal/counterparty"
)

// FailedNode is a node that can't be read: each search that would show it fails, while those that show others go through. Nobody
// knows its id.
type FailedNode struct {
	Dbid int64 `json:"dbid"`
	// Reason is what such a search comes to.
	Reason string `json:"reason"`
}

// dbidPrefix stands before the dbid of a node where its id would stand. Ids have no colons.
const dbidPrefix = "dbid:"

// ID stands for the node where others have their id: in outcomes, in a Selection, among those that are tried again.
func (n FailedNode) ID() string { return dbidPrefix + strconv.FormatInt(n.Dbid, 10) }

// Outcome is what became of the node.
func (n FailedNode) Outcome() counterparty.NodeOutcome {
	return counterparty.NodeOutcome{NodeID: n.ID(), Outcome: counterparty.Failed, Reason: "each search that would show it fails: " + n.Reason}
}

// DbidOf is the dbid in what FailedNode.ID made; ok is false for an id.
func DbidOf(id string) (dbid int64, ok bool) {
	text, ok := strings.CutPrefix(id, dbidPrefix)
	if !ok {
		return 0, false
	}
	dbid, err := strconv.ParseInt(text, 10, 64)
	return dbid, err == nil && dbid > 0
}
