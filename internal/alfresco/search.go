package alfresco

import (
	"context"
	"net/http"
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
	Query   searchQuery `json:"query"`
	Include []string    `json:"include,omitempty"`
	// Localization comes in place of Accept-Language where texts are looked for: that takes one language only.
	Localization *searchLocalization `json:"localization,omitempty"`
	Paging       searchPaging        `json:"paging"`
	Sort         []searchSort        `json:"sort,omitempty"`
}

type searchQuery struct {
	Language string `json:"language"`
	Query    string `json:"query"`
}

type searchLocalization struct {
	Locales []string `json:"locales"`
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

// find implements api.
func (r rest) find(ctx context.Context, l lookup) (found, error) {
	s := searchCall{Query: searchQuery{Language: "afts", Query: l.afts()}, Paging: searchPaging{MaxItems: l.max}}
	if l.byText() {
		s.Localization = &searchLocalization{Locales: r.c.languages}
	}
	if l.properties != nil {
		s.Include = append(s.Include, "properties") // all of them: it can't be asked for some
	}
	if l.rights {
		s.Include = append(s.Include, "allowableOperations")
	}
	if len(s.Include) > 0 {
		s.Sort = []searchSort{{Type: "FIELD", Field: "sys:node-dbid", Ascending: !l.latestFirst}}
	}
	return r.search(ctx, s, l.timeout)
}

func (r rest) search(ctx context.Context, body searchCall, timeout time.Duration) (found, error) {
	a, err := r.c.do(ctx, call{operation: opSearch, method: http.MethodPost, path: publicAPI + "/search/versions/1/search", body: body, timeout: timeout})
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
	var f found
	// Which transaction its index has seen only Solr says, and of Solr not each: a replica has no tracker, and a fresh core
	// has seen none (Alfresco/SearchServices, SolrCoreLoadListener, ConsistencyComponent).
	if last := result.List.Context.Consistency.LastTxID; last != nil {
		f.lastTxID = *last
	}
	seen := make(map[string]bool, len(result.List.Entries))
	for _, e := range result.List.Entries {
		if !isID(e.Entry.ID) {
			return found{}, badResponse(opSearch, a.status, "an entry has no id of a node", hintBroken)
		}
		if !seen[e.Entry.ID] { // a node that sits in two shards of the index for a moment is one node
			seen[e.Entry.ID] = true
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
