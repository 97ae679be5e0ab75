package alfresco

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
)

// rightsSample is how many other nodes are looked at before an account is said to have no rights.
const rightsSample = 100

// withoutRights distinguishes an account without rights from single nodes that it may not write. Refusals alone don't: once
// everything else is up to date, the read-only nodes are all that is left to write. So if all that was tried was refused,
// it looks among the latest other nodes of the type for one that the account may edit.
func (c *Client) withoutRights(ctx context.Context, nodeType string, updates []Updated) error {
	denied := deniedNodes(updates)
	if len(denied) < 2 {
		return nil
	}
	// A read-only repository may say so with 403, and in the language of the request.
	if d, err := c.discover(ctx); err == nil && d.Status.IsReadOnly {
		return readOnly(http.StatusForbidden)
	}
	if nodeType != "" {
		latest, err := c.sample(ctx, lookup{nodeType: nodeType, after: -1, last: maxDbid, max: rightsSample + min(len(denied), math.MaxInt16),
			latestFirst: true, rights: true})
		if err != nil || slices.ContainsFunc(latest.nodes, func(n Node) bool { return n.editable && !slices.Contains(denied, n.ID) }) {
			return err
		}
	}
	writing := opPut
	if c.speaks == Records {
		writing = opMutate
	}
	return &Error{Operation: writing, Kind: AccessDenied, Status: http.StatusForbidden,
		Summary: fmt.Sprintf("all %d nodes that were to be changed were refused, and the account may edit no other", len(denied)), Hint: hintDenied}
}

// deniedNodes are the nodes that were refused with 403, or none if any was written or refused for another reason.
func deniedNodes(updates []Updated) []string {
	var denied []string
	for _, r := range updates {
		switch {
		case r.Refusal != nil && r.Refusal.Status == http.StatusForbidden:
			denied = append(denied, r.NodeID)
		case r.Written || r.Refusal != nil && !r.Refusal.Gone:
			return nil
		}
	}
	return denied
}
