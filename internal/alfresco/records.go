package alfresco

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// records speaks Citeck's Records API. Facts about it were read in the source of Citeck/ecos-community-core and
// Citeck/ecos-records.
type records struct{ c *Client }

const (
	recordsPath = "/s/citeck/ecos/records/"
	// recordsSource is the application whose records are asked for; nodes are those without a source of their own.
	recordsSource = "alfresco/"
	// recordPrefix stands before the id of a node.
	recordPrefix = recordsSource + "@" + storePrefix
	// recordsVersion makes errors come as messages; version 0 has another form of answer.
	recordsVersion = 1
)

// Names under which system attributes are asked for. Properties go by their own names, which all have a colon.
const (
	askDbid    = "dbid"
	askGone    = "gone"
	askType    = "type"
	askName    = "name"
	askCreated = "created"
	askChanged = "modified"
	askRights  = "rights"
)

// recordsCall is a query or a mutation on the wire. A query searches the index with a Query; with Records, a list of refs, it
// reads these from the database. A mutation writes Records, a list of recordBody.
type recordsCall struct {
	Version    int               `json:"version"`
	Query      *recordsQuery     `json:"query,omitempty"`
	Records    any               `json:"records,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

type recordsQuery struct {
	SourceID    string        `json:"sourceId"`
	Language    string        `json:"language"`
	Query       string        `json:"query"`
	SortBy      []recordsSort `json:"sortBy"`
	Page        searchPaging  `json:"page"`
	Consistency string        `json:"consistency"`
}

type recordsSort struct {
	Attribute string `json:"attribute"`
	Ascending bool   `json:"ascending"`
}

// recordsAnswer is the answer to a query and to a mutation.
type recordsAnswer struct {
	Records    []recordBody     `json:"records"`
	HasMore    bool             `json:"hasMore"`
	TotalCount *int64           `json:"totalCount"`
	Messages   []recordsMessage `json:"messages"`
	// Errors come in place of messages from a server that knows no versions (ecos-records, RecordsQueryResult).
	Errors []json.RawMessage `json:"errors"`
}

type recordBody struct {
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"`
}

// find implements api. The API knows one language of a request, by its header, so that texts are looked for once in each.
func (r records) find(ctx context.Context, l lookup) (found, error) {
	if !l.byText() {
		return r.findIn(ctx, l, "")
	}
	answers := make([]found, len(r.c.languages))
	for i, language := range r.c.languages {
		var err error
		if answers[i], err = r.findIn(ctx, l, language); err != nil {
			return found{}, err
		}
	}
	return merged(l, answers), nil
}

// findIn asks in a language; empty: in the client's first one. The consistency is that of the index: a range in the database would be
// refused.
func (r records) findIn(ctx context.Context, l lookup, language string) (found, error) {
	a, failed, err := r.query(ctx, r.c, language, l.timeout, recordsCall{
		Query: &recordsQuery{
			SourceID: recordsSource, Language: "fts-alfresco", Query: l.afts(),
			SortBy: []recordsSort{{dbidProperty, !l.latestFirst}}, Page: searchPaging{MaxItems: l.max}, Consistency: "EVENTUAL",
		},
		Attributes: attributes(l.properties, l.rights),
	})
	if err == nil && failed != nil {
		err = failed.ofSearch()
	}
	if err != nil {
		return found{}, err
	}
	return foundRecords(l, a)
}

func foundRecords(l lookup, a recordsAnswer) (found, error) {
	var f found
	at, seen := int64(-1), make(map[string]bool, len(a.Records))
	for _, record := range a.Records {
		n, gone, err := record.node()
		switch {
		case err != nil:
			return found{}, badResponse(opQuery, http.StatusOK, err.Error(), hintBroken)
		case gone, l.latestFirst && n.dbid == 0:
			continue // the index has not caught up
		case n.dbid == 0:
			return found{}, badResponse(opQuery, http.StatusOK, "the answer has no sys:node-dbid", hintBroken)
		case n.CreatedAt.IsZero():
			return found{}, badResponse(opQuery, http.StatusOK, "the answer has no date of creation", hintBroken)
		case seen[n.ID]:
			continue // a node that sits in two shards of the index for a moment is one node
		case !l.anyDate && !l.latestFirst && (n.dbid <= max(at, l.after) || n.dbid > l.last):
			return found{}, badResponse(opQuery, http.StatusOK,
				fmt.Sprintf("a node of the page has dbid %d, so the search ignored the range or the order", n.dbid), hintEngine)
		}
		at, seen[n.ID] = n.dbid, true
		f.nodes = append(f.nodes, n)
	}
	f.total = int64(len(a.Records))
	if a.TotalCount != nil {
		f.total = max(f.total, *a.TotalCount)
	} else if a.HasMore {
		f.total++
	}
	if f.upTo = l.last; l.mayHaveMore(a) {
		f.upTo = max(at, l.after)
	}
	return f, nil
}

// mayHaveMore reports whether an answer was cut off, or may have been: without a total, entries that are not shown count as more.
func (l lookup) mayHaveMore(a recordsAnswer) bool {
	switch {
	case l.last-l.after <= int64(l.max):
		return false // there are no more dbids
	case a.TotalCount != nil:
		return *a.TotalCount > int64(l.max)
	}
	return a.HasMore
}

const dbidProperty = "sys:node-dbid"

// attributes are what is asked for of each node, by the name under which it comes back. Properties are asked for as lists
// of texts: without a scalar the answer would hold the labels of listed values, and without the brackets one value only.
func attributes(properties []string, rights bool) map[string]string {
	ask := map[string]string{
		askDbid: dbidProperty + "?num", askGone: "_notExists?bool", askType: "TYPE?str", askName: "cm:name?str",
		askCreated: "_created?str", askChanged: "_modified?str",
	}
	for _, name := range properties {
		if strings.Contains(name, ":") {
			ask[name] = name + "[]?str"
		}
	}
	if rights {
		ask[askRights] = "permissions._has.Write?bool"
	}
	return ask
}

// node reads a record. gone says that the node is not there any more.
func (b recordBody) node() (n Node, gone bool, err error) {
	_, id, ok := strings.Cut(b.ID, storePrefix)
	if !ok || !isID(id) {
		return Node{}, false, fmt.Errorf("a record has no id of a node")
	}
	n = Node{ID: id, Properties: map[string]any{}}
	if gone, _ = b.Attributes[askGone].(bool); gone {
		return n, true, nil
	}
	n.Type, _ = b.Attributes[askType].(string)
	n.Name, _ = b.Attributes[askName].(string)
	n.editable, _ = b.Attributes[askRights].(bool)
	if number, ok := b.Attributes[askDbid].(float64); ok && number >= 1 && number == math.Trunc(number) {
		n.dbid = int64(number)
	}
	for name, at := range map[string]*time.Time{askCreated: &n.CreatedAt, askChanged: &n.ModifiedAt} {
		if text, ok := b.Attributes[name].(string); ok && text != "" {
			if *at, err = parseTime(text); err != nil {
				return Node{}, false, err
			}
		}
	}
	for name, value := range b.Attributes {
		if value := filled(value); value != nil && strings.Contains(name, ":") && name != "cm:name" {
			n.Properties[name] = value
		}
	}
	return n, false, nil
}

// filled is a list of texts as REST shows properties: without empty ones, one value by itself, and nothing as nil.
func filled(value any) any {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	full := slices.DeleteFunc(slices.Clone(list), func(item any) bool { return item == nil || item == "" })
	switch len(full) {
	case 0:
		return nil
	case 1:
		return full[0]
	}
	return full
}
