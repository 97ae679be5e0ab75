package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"golang.org/x/sync/errgroup"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
)

const (
	// maxListed bounds how many runs one list looks through.
	maxListed = 10_000
	// listPage is how many runs Temporal is asked for at once.
	listPage = 500
	// readers is how many reports of a list are read at once.
	readers = 8
)

// Order is how a list is ordered.
type Order string

// The orders. Ties are in order of the uid.
const (
	OldestFirst       Order = "created_at"
	NewestFirst       Order = "-created_at"
	LongestUnchanged  Order = "updated_at"
	LatestChangeFirst Order = "-updated_at"
)

// Page is which part of the list of reports is asked for.
type Page struct {
	Offset, Size int
	Order        Order // default NewestFirst
}

// Listing is a part of the list of reports.
type Listing struct {
	Readings []Reading
	// Total is the number of all reports, as far as they were looked through.
	Total int
}

// listed is a report in the list, with what visibility knows about its runs.
type listed struct {
	uid              string
	created, updated time.Time
	latest           time.Time // start of the latest run
	readable         bool      // some run did not fail
}

// List reads a part of the list of reports, of which at most the 10,000 latest runs are looked through. Temporal's list
// may be some seconds behind. Reports whose runs all failed are left out: there is nothing of them.
func (c *Client) List(ctx context.Context, page Page) (Listing, error) {
	all, err := c.scan(ctx)
	if err != nil {
		return Listing{}, err
	}
	sortListed(all, page.Order)
	from := min(max(page.Offset, 0), len(all))
	shown := all[from:min(from+max(page.Size, 0), len(all))]
	readings := make([]Reading, len(shown))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, entry := range shown {
		group.Go(func() (err error) {
			readings[i], err = c.Read(ctx, entry.uid)
			if errors.Is(err, ErrUnknown) || errors.Is(err, ErrUnknownType) {
				readings[i], err = Reading{}, nil // gone meanwhile
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Listing{}, err
	}
	readings = slices.DeleteFunc(readings, func(r Reading) bool { return r.RunID == "" })
	return Listing{Total: len(all), Readings: readings}, nil
}

func (c *Client) scan(ctx context.Context) ([]*listed, error) {
	found := map[string]*listed{}
	seen := 0
	for info, err := range runs.List(ctx, c.Temporal, fmt.Sprintf("WorkflowType = '%s'", report.Workflow), listPage) {
		if err != nil {
			return nil, fmt.Errorf("list reports: %w", err)
		}
		add(found, info)
		if seen++; seen == maxListed {
			break
		}
	}
	maps.DeleteFunc(found, func(_ string, entry *listed) bool { return !entry.readable })
	return slices.Collect(maps.Values(found)), nil
}

// add takes one more run into the list.
func add(found map[string]*listed, info *workflow.WorkflowExecutionInfo) {
	uid, ok := report.UIDOfWorkflow(info.GetExecution().GetWorkflowId())
	if !ok || !wellFormed(uid) {
		return
	}
	started := info.GetStartTime().AsTime()
	entry := cmp.Or(found[uid], &listed{uid: uid, created: started})
	found[uid] = entry
	if started.Before(entry.created) {
		entry.created = started
	}
	if !started.Before(entry.latest) {
		entry.latest, entry.updated = started, started
		if closed := info.GetCloseTime(); closed != nil {
			entry.updated = closed.AsTime()
		}
	}
	entry.readable = entry.readable || info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_FAILED
}

func sortListed(all []*listed, order Order) {
	slices.SortFunc(all, func(a, b *listed) int {
		var difference int
		switch order {
		case OldestFirst:
			difference = a.created.Compare(b.created)
		case LongestUnchanged:
			difference = a.updated.Compare(b.updated)
		case LatestChangeFirst:
			difference = b.updated.Compare(a.updated)
		default:
			difference = b.created.Compare(a.created)
		}
		return cmp.Or(difference, strings.Compare(a.uid, b.uid))
	})
}
