package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

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

// vanished is the failure of a walk from the beginning that found nothing where the one before found something; nil if
// that is not so. A search that finds nothing looks like a walk without trouble, and is most often one.
func (p *passRun) vanished() *pass.Failure {
	if p.result.ResumedFrom != nil || p.result.CountProcessedNodes > 0 || p.result.FoundBefore == 0 || p.sync.AllowEmpty {
		return nil
	}
	return &pass.Failure{
		Type:   pass.FailureNoNodes,
		Source: pass.ReadSource,
		Message: fmt.Sprintf("there are no nodes of type %s, and the last walk found %s",
			p.sync.NodeType, md.Number(p.result.FoundBefore)),
		Hint: "check nodeType, whether the worker's account may still read the nodes, and Alfresco's search index; if they are meant to be gone, allowEmpty: true",
	}
}

// warnShrunk says so where operators look.
func (p *passRun) warnShrunk(ctx workflow.Context) {
	if p.result.Shrunk() {
		workflow.GetLogger(ctx).Warn("pass found far fewer nodes than the one before", "sync", p.sync.ID,
			"nodes", p.result.CountProcessedNodes, "before", p.result.FoundBefore)
	}
}
