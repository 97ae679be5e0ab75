package alfrescotest

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
)

type searchRequest struct {
	Query struct {
		Language  string `json:"language"`
		UserQuery string `json:"userQuery"`
		Query     string `json:"query"`
	} `json:"query"`
	Include []string `json:"include"`
	Paging  *struct {
		MaxItems  int `json:"maxItems"` // 0 if it is missing, as on the real server
		SkipCount int `json:"skipCount"`
	} `json:"paging"`
	Sort []struct {
		Type      string `json:"type"`
		Field     string `json:"field"`
		Ascending bool   `json:"ascending"`
	} `json:"sort"`
	Fields []string `json:"fields"`
}

type searchAnswer struct {
	List searchList `json:"list"`
}

type searchList struct {
	Pagination pagination     `json:"pagination"`
	Context    *searchContext `json:"context,omitempty"`
	Entries    []searchEntry  `json:"entries"`
}

type pagination struct {
	Count        int  `json:"count"`
	HasMoreItems bool `json:"hasMoreItems"`
	TotalItems   int  `json:"totalItems"`
	SkipCount    int  `json:"skipCount"`
	MaxItems     int  `json:"maxItems"`
}

type searchContext struct {
	Consistency *consistency `json:"consistency,omitempty"`
}

type consistency struct {
	LastTxID int64 `json:"lastTxId"`
}

type searchEntry struct {
	Entry representation `json:"entry"`
}

const (
	defaultMaxItems = 100
	// elasticTotalCap is where Elasticsearch stops counting.
	elasticTotalCap = 10_000
)

var searchIncludes = []string{
	"allowableOperations", "aspectNames", "isLink", "path", "properties", "association", "isLocked", "permissions", "isFavorite",
}

func (s *Server) search(r request) reply {
	var req searchRequest
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return refusal(http.StatusBadRequest, keyInvalidArgument, "Could not read content from HTTP request body: "+err.Error())
	}
	maxItems, skipCount := defaultMaxItems, 0
	if req.Paging != nil {
		maxItems, skipCount = req.Paging.MaxItems, req.Paging.SkipCount
	}
	switch {
	case req.Query.Query == "":
		return refusal(http.StatusBadRequest, keyInvalidArgument, "query is mandatory")
	case req.Query.Language != "" && req.Query.Language != "afts":
		return refusal(http.StatusBadRequest, keyInvalidArgument, "The simulator searches with afts only")
	case maxItems < 1:
		return refusal(http.StatusBadRequest, keyInvalidArgument, "Only positive values supported for maxItems")
	case skipCount < 0:
		return refusal(http.StatusBadRequest, keyInvalidArgument, "Negative values not supported for skipCount")
	}
	for _, include := range req.Include {
		if !slices.Contains(searchIncludes, include) {
			return refusal(http.StatusBadRequest, keyInvalidArgument, "An invalid argument was received "+include)
		}
	}
	for _, order := range req.Sort {
		if order.Type == "" {
			return refusal(http.StatusInternalServerError, keyDefault, "Cannot invoke \"String.hashCode()\" because \"type\" is null")
		}
	}
	conditions, err := parse(req.Query.Query)
	if err != nil {
		return refusal(http.StatusBadRequest, keyInvalidArgument, err.Error())
	}
	q, refused := plan(conditions)
	if refused != nil {
		return *refused
	}
	q.include = req.Include
	q.sorted = len(req.Sort) > 0 && slices.Contains([]string{dbidField, `@sys\:node\-dbid`, `sys:node\-dbid`, "DBID"}, req.Sort[0].Field)
	q.descending = q.sorted && !req.Sort[0].Ascending
	q.maxItems, q.skipCount = maxItems, skipCount
	return s.store.search(q)
}

func (st *store) search(q query) reply {
	st.mu.RLock()
	defer st.mu.RUnlock()
	answer := searchAnswer{searchList{Entries: []searchEntry{}}}
	page := pagination{SkipCount: q.skipCount, MaxItems: q.maxItems}
	if !q.dbidSpan && !q.createdSpan {
		hits := st.database[q.typeKey]
		if q.databaseNil {
			hits = nil
		}
		hits = shuffled(hits) // the database accepts a sort by dbid and ignores it
		answer.List.Entries = st.entries(q, cut(hits, q.skipCount, q.maxItems))
		page.Count = len(answer.List.Entries)
		page.HasMoreItems = len(hits) > q.skipCount+q.maxItems
		page.TotalItems = min(len(hits), q.skipCount+q.maxItems+1) // what was read so far, not a total
		answer.List.Pagination = page
		return reply{status: http.StatusOK, body: answer}
	}
	hits := st.hits(q)
	answer.List.Entries = st.entries(q, cut(hits, q.skipCount, q.maxItems))
	page.Count, page.TotalItems = len(answer.List.Entries), len(hits)
	page.HasMoreItems = q.skipCount+page.Count < len(hits)
	if st.options.engine == Elasticsearch {
		page.TotalItems = min(page.TotalItems, elasticTotalCap)
		answer.List.Context = &searchContext{}
	} else {
		answer.List.Context = &searchContext{Consistency: &consistency{LastTxID: st.indexTx}}
	}
	answer.List.Pagination = page
	return reply{status: http.StatusOK, body: answer}
}

// hits are the entries of the index in the order asked for.
func (st *store) hits(q query) []hit {
	if q.onDbid && st.options.engine == Elasticsearch {
		return nil // the field is empty there
	}
	hits := st.index.between(q.typeKey, q.first, q.last)
	if q.createdSpan && (!q.from.IsZero() || q.to.Before(st.options.now())) {
		hits = slices.DeleteFunc(slices.Clone(hits), func(h hit) bool { return h.created.Before(q.from) || h.created.After(q.to) })
	}
	hits = st.narrowed(q, hits)
	switch {
	case !q.sorted || st.options.engine == Elasticsearch:
		return shuffled(hits)
	case q.descending:
		hits = slices.Clone(hits)
		slices.Reverse(hits)
	}
	return hits
}

// entries shows the nodes behind the hits as the database has them; ghosts and what may not be read drop out.
func (st *store) entries(q query, hits []hit) []searchEntry {
	entries := make([]searchEntry, 0, len(hits))
	for _, h := range hits {
		if r := st.nodes[h.id]; r != nil && !r.Forbidden {
			shown := r.represent(q.include)
			shown.Location, shown.Search = "nodes", &searchScore{Score: 1}
			entries = append(entries, searchEntry{shown})
		}
	}
	return entries
}

func cut(hits []hit, skip, count int) []hit {
	from := min(skip, len(hits))
	return hits[from:min(from+count, len(hits))]
}

// shuffled returns the hits in an order that has nothing to do with dbid but is the same every time.
func shuffled(hits []hit) []hit {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, func(a, b hit) int {
		ha, hb := hashOf(a.id), hashOf(b.id)
		switch {
		case ha < hb:
			return -1
		case ha > hb:
			return 1
		}
		return 0
	})
	return hits
}

func hashOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}
