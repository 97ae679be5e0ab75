package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// fetchBatch reads the next batches of nodes after the checkpoint. It returns no values of attributes but the identifier and the
// KPP: the rest is read again when it is compared.
type fetchBatch struct {
	repository Repository
	mapping    *mapping.Mapping
	observer   Observer
}

func (f *fetchBatch) execute(ctx context.Context, request pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
	next := alfresco.PageRequest{
		NodeType: request.NodeType, After: request.After, Last: request.Last, Max: request.Max, Properties: wanted(f.mapping, request.Attributes),
	}
	if request.CreatedBefore != nil {
		next.CreatedBefore = *request.CreatedBefore
	}
	if request.Only.Narrows() {
		next.Only = only(request)
	}
	for {
		pages, err := f.repository.NextPages(alfresco.WithoutWriting(ctx), next, request.Batches)
		if err != nil || len(pages) == 0 {
			return pass.FetchBatchResult{}, err
		}
		var result pass.FetchBatchResult
		for _, page := range pages {
			if batch := f.batch(request, page); len(batch.Nodes)+len(batch.Failed) > 0 {
				f.observe(ctx, batch.Failed)
				result.Batches = append(result.Batches, batch)
			}
			next.After = page.LastDbid
		}
		if len(result.Batches) > 0 { // none would mean that the walk is over
			return result, nil
		}
	}
}

// batch is what a page has of the nodes that are wanted.
func (f *fetchBatch) batch(request pass.FetchBatchRequest, page alfresco.Page) pass.FetchedBatch {
	batch := pass.FetchedBatch{Nodes: make([]pass.NodeRef, 0, len(page.Nodes)), LastDbid: page.LastDbid, Total: page.Total}
	if request.Last > 0 {
		batch.Total = 0 // what is counted ends there, too
	}
	for _, node := range page.Failed {
		batch.Failed = append(batch.Failed, pass.FailedNode{Dbid: node.Dbid, Reason: node.Reason})
	}
	zone := zoneOf(request.AskedBefore)
	for _, node := range page.Nodes {
		key := firstText(node.Properties, request.Attributes)
		if !chosen(request.Only, node.ID, key) {
			continue
		}
		identity := f.mapping.Identity(node.Properties)
		ref := pass.NodeRef{ID: node.ID, Key: counterparty.ShortID(key), KPP: identity.KPP,
			Stands: request.AskedBefore.Stands(node.ID, node.ModifiedAt, zone)}
		if since := request.ModifiedSince; since != nil {
			known, _ := identity.Known() // what can't be an OGRN is in no list of those that changed
			ref.OGRN = known.OGRN
			ref.Modified = node.ModifiedAt.IsZero() || !node.ModifiedAt.Before(*since)
		}
		batch.Nodes = append(batch.Nodes, ref)
	}
	return batch
}

// observe counts nodes that can't be read: they are part of no batch that is written.
func (f *fetchBatch) observe(ctx context.Context, failed []pass.FailedNode) {
	if n := len(failed); n > 0 {
		f.observer.BatchDone(activity.GetInfo(ctx).WorkflowExecution.ID, pass.DiffAndUpdateResult{Counts: counterparty.Counts{Failed: n}})
	}
}

// only is what a walk is narrowed to, in the words of Alfresco.
func only(request pass.FetchBatchRequest) *alfresco.Only {
	o := &alfresco.Only{Attributes: request.Attributes, Values: request.Only.IDs}
	for _, id := range request.Only.Nodes {
		if dbid, ok := pass.DbidOf(id); ok {
			o.Dbids = append(o.Dbids, dbid)
		} else {
			o.Nodes = append(o.Nodes, id)
		}
	}
	return o
}

// chosen reports whether a node is one of those that the walk is narrowed to. The search may find more: it looks for words. Of
// one that was found by its dbid nothing else is known, so that with dbids all count that were found.
func chosen(only *pass.Selection, id, key string) bool {
	isDbid := func(id string) bool { _, ok := pass.DbidOf(id); return ok }
	return !only.Narrows() || slices.Contains(only.Nodes, id) || slices.Contains(only.IDs, key) || slices.ContainsFunc(only.Nodes, isDbid)
}

// zoneOf is the time zone in which days count. One that this machine does not know is UTC: some hours hardly matter in a week.
func zoneOf(before *pass.AskedBefore) *time.Location {
	if before != nil {
		if zone, err := time.LoadLocation(before.TimeZone); err == nil {
			return zone
		}
	}
	return time.UTC
}

// wanted are the properties of a node that anybody looks at: those that hold its identifier and those of the mapping.
func wanted(m *mapping.Mapping, attributes []string) []string {
	return slices.Concat(m.Attributes(), attributes)
}

// firstText is the bare text of the first attribute that holds an identifier, or else of the first one that holds something.
func firstText(properties map[string]any, attributes []string) (first string) {
	for _, attribute := range attributes {
		text := textOf(properties[attribute])
		if _, ok := counterparty.Recognize(text); ok {
			return text
		}
		first = cmp.Or(first, text)
	}
	return first
}

// textOf is a property as text: of a list the first item that holds something, of a number all its digits, because an
// identifier may be in an integer property.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return counterparty.Bare(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		for _, item := range v {
			if text := textOf(item); text != "" {
				return text
			}
		}
		return ""
	}
	return fmt.Sprint(value)
}
