package alfresco

import (
	"context"
	"fmt"
	"net/http"
)

// Report is what a self-check saw.
type Report struct {
	// API is the one that answered.
	API API
	// Version and Edition of Alfresco; empty if its discovery service is off.
	Version, Edition string
	// Nodes is how many entries of the type the index has with a dbid, those of deleted nodes included.
	Nodes int64
	// WithoutDbid is how many more entries it has that a walk would miss. Nodes that come or go during the check show
	// here as well.
	WithoutDbid int64
	// LastTxID is the latest transaction that the index has seen. One that does not grow while nodes are written means a
	// stuck index. It is 0 if the index doesn't say, as a replica or a fresh one does not, nor the Records API.
	LastTxID int64
}

// discovery is what the discovery service says of the repository.
type discovery struct {
	Edition string `json:"edition"`
	Version struct {
		Display string `json:"display"`
	} `json:"version"`
	Status struct {
		IsReadOnly bool `json:"isReadOnly"`
	} `json:"status"`
}

// Check sees whether a walk over the nodes of the type can work: login, a repository that takes writes, an index that
// knows sys:node-dbid, and a readable dbid. On an error the report holds what is known by then.
func (c *Client) Check(ctx context.Context, nodeType string) (Report, error) {
	report := Report{API: c.speaks}
	d, err := c.discover(ctx)
	if err != nil {
		return report, fmt.Errorf("check repository: %w", err)
	}
	report.Version, report.Edition = d.Version.Display, d.Edition
	if d.Status.IsReadOnly {
		return report, fmt.Errorf("check repository: %w", readOnly(http.StatusOK))
	}
	created, err := c.sample(ctx, withDate(nodeType))
	if err != nil {
		return report, fmt.Errorf("count nodes of %s: %w", nodeType, err)
	}
	numbered, err := c.sample(ctx, withDbid(nodeType))
	if err != nil {
		return report, fmt.Errorf("count nodes of %s with a dbid: %w", nodeType, err)
	}
	report.Nodes, report.LastTxID = numbered.total, numbered.lastTxID
	report.WithoutDbid = max(0, created.total-numbered.total)
	if created.total > 0 && numbered.total == 0 {
		return report, noDbids(nodeType, created.total)
	}
	// More than one, because the metadata of some can't be read.
	if _, err := c.NextPage(ctx, PageRequest{NodeType: nodeType, Max: maxBroken + 1}); err != nil {
		return report, fmt.Errorf("read dbid of a node: %w", err)
	}
	return report, nil
}

// discover asks for version and state. A discovery service that is off (501) is no error.
func (c *Client) discover(ctx context.Context) (discovery, error) {
	a, err := c.do(ctx, call{operation: opDiscovery, method: http.MethodGet, path: "/api/discovery"})
	if err != nil {
		return discovery{}, err
	}
	if a.status == http.StatusNotImplemented {
		return discovery{}, nil
	}
	var body struct {
		Entry *struct {
			Repository discovery `json:"repository"`
		} `json:"entry"`
	}
	if err := decode(opDiscovery, a, &body); err != nil {
		return discovery{}, err
	}
	if body.Entry == nil {
		return discovery{}, badResponse(opDiscovery, a.status, "the answer has no entry", hintURL)
	}
	return body.Entry.Repository, nil
}

func readOnly(status int) *Error {
	return &Error{Operation: opDiscovery, Kind: ReadOnly, Status: status, Summary: "the repository is read-only", Hint: hintReadOnly}
}
