package workflows

import (
	"fmt"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// foundBefore is how many nodes the last walk found that found any.
func foundBefore(previous *pass.Result) int64 {
	if previous == nil {
		return 0
	}
	if previous.CountProcessedNodes > 0 {
		return previous.CountProcessedNodes
	}
	return previous.FoundBefore
}

// noNodes is the failure of a walk from the beginning that found nothing where the one before found something; nil if
// that is not so. A search that finds nothing looks like a walk without trouble, and is most often one.
func noNodes(r pass.Result, sync pass.Sync) *pass.Failure {
	if r.ResumedFrom != nil || r.CountProcessedNodes > 0 || r.FoundBefore == 0 || sync.AllowEmpty {
		return nil
	}
	return &pass.Failure{
		Type:    pass.FailureNoNodes,
		Source:  pass.ReadSource,
		Message: fmt.Sprintf("there are no nodes of type %s, and the last walk found %s", sync.NodeType, md.Number(r.FoundBefore)),
		Hint:    "check nodeType, whether the worker's account may still read the nodes, and Alfresco's search index; if they are meant to be gone, allowEmpty: true",
	}
}
