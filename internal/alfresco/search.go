package alfresco

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

type searchBody struct {
	List *struct {
		Pagination struct {
			HasMoreItems bool   `json:"hasMoreItems"`
			TotalItems   *int64 `json:"totalItems"`
		} `json:"pagination"`
		Context struct {
			Consistency struct {
				LastTxID *int64 `json:"lastTxId"`
			} `json:"consistency"`
		} `json:"context"`
		Entries []struct {
			Entry nodeBody `json:"entry"`
		} `json:"entries"`
	} `json:"list"`
}

// The requests have fields in this order on the wire.
type searchCall struct {
	Query   searchQuery  `json:"query"`
	Include []string     `json:"include,omitempty"`
	Paging  searchPaging `json:"paging"`
	Sort    []searchSort `json:"sort,omitempty"`
}

type searchQuery struct {
	Language string `json:"language"`
	Query    string `json:"query"`
}

// searchPaging needs both numbers: a missing maxItems is 0 for Alfresco, and refused.
type searchPaging struct {
	MaxItems  int `json:"maxItems"`
	SkipCount int `json:"skipCount"`
}

// searchSort needs all three: without a type the server fails, and the direction is descending by default.
type searchSort struct {
	Type      string `json:"type"`
	Field     string `json:"field"`
	Ascending bool   `json:"ascending"`
}

// rest speaks version 1 of the REST API and, for the dbid alone, the metadata web script.
type rest struct{ c *Client }

// find implements api. The range is there from the first page on: without one the query goes to the database engine,
// which ignores a sort by dbid silently.
func (r rest) find(ctx context.Context, l lookup) (found, error) {
	condition := anyCreated
	switch {
	case l.anyDate:
	case l.after < 0:
		condition = anyDbid
	case l.last == maxDbid:
		condition = fmt.Sprintf(`sys:node\-dbid:<%d TO MAX]`, l.after)
	default:
		condition = fmt.Sprintf(`sys:node\-dbid:<%d TO %d]`, l.after, l.last)
	}
	if l.only != nil {
		condition += " AND " + l.only.afts()
	}
	if !l.changedSince.IsZero() {
		condition += ` AND cm:modified:["` + l.changedSince.UTC().Format(time.RFC3339) + `" TO MAX]`
	}
	query := `TYPE:"` + phraseEscape.Replace(l.nodeType) + `" AND ` + condition
	s := searchCall{Query: searchQuery{Language: "afts", Query: query}, Paging: searchPaging{MaxItems: l.max}}
	if l.properties != nil {
		s.Include = append(s.Include, "properties") // all of them: it can't be asked for some
	}
	if l.rights {
		s.Include = append(s.Include, "allowableOperations")
	}
	if len(s.Include) > 0 {
		s.Sort = []searchSort{{Type: "FIELD", Field: "sys:node-dbid", Ascending: !l.latestFirst}}
	}
	return r.search(ctx, s)
}

// Conditions that every node meets; the first one only if the index has dbids.
const (
	anyDbid    = `sys:node\-dbid:[0 TO MAX]`
	anyCreated = `cm:created:[MIN TO MAX]`
)

func (r rest) search(ctx context.Context, body searchCall) (found, error) {
	a, err := r.c.do(ctx, call{operation: opSearch, method: http.MethodPost, path: publicAPI + "/search/versions/1/search", body: body})
	if err != nil {
		return found{}, err
	}
	var result searchBody
	if err := decode(opSearch, a, &result); err != nil {
		return found{}, err
	}
	if result.List == nil {
		return found{}, badResponse(opSearch, a.status, "the answer has no list", hintURL)
	}
	// Only Solr says which transaction its index has seen. Every query of this client has a range, so that the index
	// answers it and never the database.
	lastTxID := result.List.Context.Consistency.LastTxID
	if lastTxID == nil {
		return found{}, &Error{Operation: opSearch, Kind: NotSearchable, Status: a.status,
			Summary: "the answer doesn't come from Solr: it names no last transaction", Hint: hintEngine}
	}
	f := found{lastTxID: *lastTxID}
	for _, e := range result.List.Entries {
		if !isID(e.Entry.ID) {
			return found{}, badResponse(opSearch, a.status, "an entry has no id of a node", hintBroken)
		}
		// A node that sits in two shards of the index for a moment is one node.
		if !slices.ContainsFunc(f.nodes[max(0, len(f.nodes)-1):], func(n Node) bool { return n.ID == e.Entry.ID }) {
			f.nodes = append(f.nodes, e.Entry.node())
		}
	}
	f.total = int64(len(result.List.Entries))
	if total := result.List.Pagination.TotalItems; total != nil {
		f.total = max(f.total, *total)
	} else if result.List.Pagination.HasMoreItems {
		f.total++
	}
	return f, nil
}

// phraseEscape keeps a text inside the quotes of an AFTS phrase.
var phraseEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
