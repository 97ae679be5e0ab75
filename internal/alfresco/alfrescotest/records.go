package alfrescotest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Unsure is what is not known of Citeck's Records API. The zero value is what its source says.
type Unsure struct {
	// PlainMessages makes the text of an error the message itself, and its class the message's type. Else the message is
	// an object with both.
	PlainMessages bool
	// AnonymousErrors keep which node an error is about to themselves. Else those about locks, constraints and missing
	// nodes name it.
	AnonymousErrors bool
	// HideForbidden shows a node that may not be read as one without attributes. Else it fails the whole request.
	HideForbidden bool
	// NoTotals leaves totalCount out.
	NoTotals bool
	// Late is how long a mutation is not seen by reads, by the server's clock.
	Late time.Duration
}

// WithRecords adds Citeck's Records API. Without it the server is a stock Alfresco and answers 404.
func WithRecords(u Unsure) Option { return func(o *options) { o.records = &u } }

// recordPrefix is how the Records API writes the id of a node.
const recordPrefix = "alfresco/@" + storePrefix

// recordsReply answers with records, and with more that there is to say.
func recordsReply(records []object, more object) *reply {
	answer := object{"records": records, "messages": []any{}, "txnActions": []any{}, "version": 1}
	maps.Copy(answer, more)
	return &reply{status: http.StatusOK, body: answer}
}

// recordsTrouble is an exception: it comes with status 200 and leaves the records of the answer bare.
type recordsTrouble struct{ class, text string }

func (s *Server) recordsFailure(ids []string, t *recordsTrouble) *reply {
	m := object{"level": "ERROR", "time": s.options.now().UTC().Format(time.RFC3339), "type": "records-error",
		"msg": object{"type": t.class, "msg": t.text, "stackTrace": []string{}}}
	if s.options.records.PlainMessages {
		m["type"], m["msg"] = t.class, t.text
	}
	return recordsReply(bare(ids), object{"messages": []object{m}})
}

// bare are records of which nothing is shown but the ids.
func bare(ids []string) []object {
	records := make([]object, len(ids))
	for i, id := range ids {
		records[i] = object{"id": id, "attributes": object{}}
	}
	return records
}

type recordsQueryRequest struct {
	Version int `json:"version"`
	Query   *struct {
		SourceID string          `json:"sourceId"`
		Language string          `json:"language"`
		Query    json.RawMessage `json:"query"`
		SortBy   []struct {
			Attribute string `json:"attribute"`
			Ascending bool   `json:"ascending"`
		} `json:"sortBy"`
		Page struct {
			MaxItems  int `json:"maxItems"`
			SkipCount int `json:"skipCount"`
		} `json:"page"`
		Consistency string `json:"consistency"`
	} `json:"query"`
	Records    []string          `json:"records"`
	Attributes map[string]string `json:"attributes"`
}

// recordsQuery searches the index if there is a query, and reads records from the database if there is none.
func (s *Server) recordsQuery(r request) *reply {
	var req recordsQueryRequest
	if err := r.decode(&req); err != nil {
		return s.recordsFailure(nil, &recordsTrouble{"JsonMappingException", err.Error()})
	}
	if req.Version != 1 {
		return &reply{status: http.StatusOK, body: object{"records": []any{}, "errors": []any{}, "hasMore": false, "totalCount": 0}}
	}
	if req.Query == nil {
		return s.readRecords(req, r.language())
	}
	q, t := s.recordsPlan(req)
	if t != nil {
		return s.recordsFailure(nil, t)
	}
	q.languages = r.languages(nil)
	hits := s.store.hits(q)
	page := cut(hits, q.skipCount, q.maxItems)
	if failed := s.store.poisoned(page); failed != nil {
		return failed
	}
	records := []object{}
	for _, h := range page {
		if found := s.store.nodes[h.id]; found != nil && !found.Forbidden {
			records = append(records, object{"id": recordPrefix + h.id, "attributes": attributes(found, true, req.Attributes, r.language())})
		}
	}
	more := object{"hasMore": q.skipCount+len(page) < len(hits)}
	if !s.options.records.NoTotals {
		more["totalCount"] = len(hits)
	}
	return recordsReply(records, more)
}

func (s *Server) recordsPlan(req recordsQueryRequest) (query, *recordsTrouble) {
	conditions, t := clausesOf(req.Query.Language, req.Query.Query)
	if t != nil {
		return query{}, t
	}
	q, refused := plan(conditions)
	if refused != nil {
		return q, &recordsTrouble{"SearcherException", refused.text}
	}
	if refused := s.store.refuseExact(q); refused != nil {
		return q, &recordsTrouble{"UnsupportedOperationException", refused.text}
	}
	switch {
	case req.Query.SourceID != "alfresco/":
		return q, &recordsTrouble{"RecordsSourceNotFoundException", "Source is not found: " + req.Query.SourceID}
	case !q.onDbid && !q.createdSpan:
		// The database would answer, without an order; the client is to have a range in every search.
		return q, &recordsTrouble{"IllegalArgumentException", "The simulator searches with a range only"}
	case req.Query.Consistency == "TRANSACTIONAL":
		return q, &recordsTrouble{"QueryModelException", "Analysis mode not supported for DB DEFAULT"}
	case req.Query.Page.MaxItems < 1:
		return q, &recordsTrouble{"IllegalArgumentException", "maxItems"}
	}
	q.sorted = len(req.Query.SortBy) > 0 && req.Query.SortBy[0].Attribute == dbidField
	q.descending = q.sorted && !req.Query.SortBy[0].Ascending
	q.maxItems, q.skipCount = req.Query.Page.MaxItems, req.Query.Page.SkipCount
	return q, nil
}

// readRecords shows records as the database has them, in a language.
func (s *Server) readRecords(req recordsQueryRequest, language string) *reply {
	records := bare(req.Records)
	for _, shown := range records {
		var found *record
		if id, isNode := strings.CutPrefix(shown["id"].(string), recordPrefix); isNode {
			found = s.store.nodes[id]
		}
		exists := found != nil
		if exists && s.options.now().Before(found.lateUntil) {
			found = found.before
		}
		if exists && found.Forbidden {
			if !s.options.records.HideForbidden {
				return s.recordsFailure(req.Records, deniedTrouble())
			}
			found = nil
		}
		shown["attributes"] = attributes(found, exists, req.Attributes, language)
	}
	return recordsReply(records, nil)
}

func deniedTrouble() *recordsTrouble {
	return &recordsTrouble{"AccessDeniedException", logNumber + "Access Denied.  You do not have the appropriate permissions to perform this operation."}
}
