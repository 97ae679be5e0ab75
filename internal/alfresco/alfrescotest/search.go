package alfrescotest

import (
	"cmp"
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
	Fields       []string `json:"fields"`
	Localization struct {
		Locales []string `json:"locales"`
	} `json:"localization"`
}

const (
	defaultMaxItems = 100
	// elasticTotalCap is where Elasticsearch stops counting.
	elasticTotalCap = 10_000
)

var searchIncludes = []string{
	"allowableOperations", "aspectNames", "isLink", "path", "properties", "association", "isLocked", "permissions", "isFavorite",
}

func (s *Server) search(r request) *reply {
	var req searchRequest
	if err := r.decode(&req); err != nil {
		return invalid(unreadable + ": " + err.Error())
	}
	maxItems, skipCount := defaultMaxItems, 0
	if req.Paging != nil {
		maxItems, skipCount = req.Paging.MaxItems, req.Paging.SkipCount
	}
	switch {
	case req.Query.Query == "":
		return invalid("query is mandatory")
	case req.Query.Language != "" && req.Query.Language != "afts":
		return invalid("The simulator searches with afts only")
	case maxItems < 1:
		return invalid("Only positive values supported for maxItems")
	case skipCount < 0:
		return invalid("Negative values not supported for skipCount")
	}
	if refused := checkIncludes(req.Include, searchIncludes); refused != nil {
		return refused
	}
	for _, order := range req.Sort {
		if order.Type == "" {
			return refusal(http.StatusInternalServerError, keyDefault, "Cannot invoke \"String.hashCode()\" because \"type\" is null")
		}
	}
	conditions, err := parse(req.Query.Query)
	if err != nil {
		return invalid(err.Error())
	}
	q, refused := plan(conditions)
	if refused != nil {
		return refused
	}
	q.include = req.Include
	q.sorted = len(req.Sort) > 0 && slices.Contains([]string{dbidField, `@sys\:node\-dbid`, `sys:node\-dbid`, "DBID"}, req.Sort[0].Field)
	q.descending = q.sorted && !req.Sort[0].Ascending
	q.maxItems, q.skipCount = maxItems, skipCount
	q.languages = r.languages(req.Localization.Locales)
	if refused := s.store.refuseExact(q); refused != nil {
		return refused
	}
	return s.store.search(q, r.language())
}

// search shows nodes in a language, whatever they are looked for in.
func (st *store) search(q query, language string) *reply {
	var hits []hit
	ofIndex := q.dbidSpan || q.createdSpan
	switch {
	case ofIndex:
		hits = st.hits(q)
	case !q.databaseNil:
		hits = shuffled(st.database[q.typeKey]) // the database accepts a sort by dbid and ignores it
	}
	page := cut(hits, q.skipCount, q.maxItems)
	if failed := st.poisoned(page); failed != nil {
		return failed
	}
	entries := st.entries(q, page, language)
	list := object{"entries": entries}
	reached, total := q.skipCount+len(entries), len(hits)
	switch {
	case !ofIndex:
		reached = q.skipCount + q.maxItems
		total = min(total, reached+1) // what was read so far, not a total
	case st.options.engine == Elasticsearch:
		total = min(total, elasticTotalCap)
		list["context"] = object{}
	case st.options.replica:
		list["context"] = object{}
	default:
		list["context"] = object{"consistency": object{"lastTxId": st.indexTx}}
	}
	list["pagination"] = object{
		"count": len(entries), "hasMoreItems": reached < len(hits), "totalItems": total, "skipCount": q.skipCount, "maxItems": q.maxItems,
	}
	return &reply{status: http.StatusOK, body: object{"list": list}}
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
		hits = shuffled(hits)
	case q.descending:
		hits = slices.Clone(hits)
		slices.Reverse(hits)
	}
	return st.sharded(hits)
}

// entries shows the nodes behind the hits as the database has them; ghosts and what may not be read drop out.
func (st *store) entries(q query, hits []hit, language string) []object {
	entries := make([]object, 0, len(hits))
	for _, h := range hits {
		if r := st.nodes[h.id]; r != nil && !r.Forbidden {
			shown := r.represent(language, q.include...)
			shown["location"], shown["search"] = "nodes", object{"score": 1}
			entries = append(entries, object{"entry": shown})
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
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(hashOf(a.id), hashOf(b.id)) })
	return hits
}

func hashOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}
