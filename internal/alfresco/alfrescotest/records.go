package alfrescotest

import (
	"bytes"
	"encoding/json"
	"math"
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
}

// WithRecords adds Citeck's Records API. Without it the server is a stock Alfresco and answers 404.
func WithRecords(u Unsure) Option { return func(o *options) { o.records = &u } }

// recordPrefix is how the Records API writes the id of a node.
const recordPrefix = "alfresco/@" + storePrefix

type recordsAnswer struct {
	Records    []recordAtts     `json:"records"`
	HasMore    *bool            `json:"hasMore,omitempty"`
	TotalCount *int             `json:"totalCount,omitempty"`
	Messages   []recordsMessage `json:"messages"`
	TxnActions []any            `json:"txnActions"`
	Version    int              `json:"version"`
}

type recordAtts struct {
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"`
}

type recordsMessage struct {
	Level string `json:"level"`
	Time  string `json:"time"`
	Type  string `json:"type"`
	Msg   any    `json:"msg"`
}

// recordsTrouble is an exception: it comes with status 200 and leaves the records of the answer bare.
type recordsTrouble struct{ class, text string }

func (s *Server) recordsFailure(ids []string, t *recordsTrouble) reply {
	m := recordsMessage{Level: "ERROR", Time: s.options.now().UTC().Format(time.RFC3339), Type: "records-error",
		Msg: map[string]any{"type": t.class, "msg": t.text, "stackTrace": []string{}}}
	if s.options.records.PlainMessages {
		m.Type, m.Msg = t.class, t.text
	}
	answer := recordsAnswer{Records: []recordAtts{}, Messages: []recordsMessage{m}, TxnActions: []any{}, Version: 1}
	for _, id := range ids {
		answer.Records = append(answer.Records, recordAtts{ID: id, Attributes: map[string]any{}})
	}
	return reply{status: http.StatusOK, body: answer}
}

type recordsQueryRequest struct {
	Version int `json:"version"`
	Query   *struct {
		SourceID string    `json:"sourceId"`
		Language string    `json:"language"`
		Query    predicate `json:"query"`
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

// decodeRecords is strict where the real server skips what it doesn't know: a misspelt field must not pass a test.
func decodeRecords(body []byte, into any) *recordsTrouble {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return &recordsTrouble{"JsonMappingException", err.Error()}
	}
	return nil
}

// recordsQuery searches the index if there is a query, and reads records from the database if there is none.
func (s *Server) recordsQuery(r request) reply {
	var req recordsQueryRequest
	if t := decodeRecords(r.body, &req); t != nil {
		return s.recordsFailure(nil, t)
	}
	if req.Version != 1 {
		return reply{status: http.StatusOK, body: map[string]any{"records": []any{}, "errors": []any{}, "hasMore": false, "totalCount": 0}}
	}
	st := s.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	if req.Query == nil {
		return s.readRecords(req)
	}
	q, t := recordsPlan(req)
	if t != nil {
		return s.recordsFailure(nil, t)
	}
	hits := st.hits(q)
	answer := recordsAnswer{Records: []recordAtts{}, Messages: []recordsMessage{}, TxnActions: []any{}, Version: 1}
	page := cut(hits, q.skipCount, q.maxItems)
	for _, h := range page {
		if found := st.nodes[h.id]; found != nil && !found.Forbidden {
			answer.Records = append(answer.Records, recordAtts{recordPrefix + h.id, found.attributes(req.Attributes)})
		}
	}
	more, total := q.skipCount+len(page) < len(hits), len(hits)
	answer.HasMore = &more
	if !s.options.records.NoTotals {
		answer.TotalCount = &total
	}
	return reply{status: http.StatusOK, body: answer}
}

func recordsPlan(req recordsQueryRequest) (query, *recordsTrouble) {
	q := query{typeKey: "sys:base", first: math.MinInt64, last: math.MaxInt64}
	for _, c := range req.Query.Query.conditions() {
		if t := c.apply(&q); t != nil {
			return q, t
		}
	}
	switch {
	case req.Query.SourceID != "alfresco/":
		return q, &recordsTrouble{"RecordsSourceNotFoundException", "Source is not found: " + req.Query.SourceID}
	case req.Query.Language != "predicate":
		return q, &recordsTrouble{"LanguageNotSupportedException", "Language is not supported: " + req.Query.Language}
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

// readRecords shows records as the database has them. It expects the lock.
func (s *Server) readRecords(req recordsQueryRequest) reply {
	answer := recordsAnswer{Records: []recordAtts{}, Messages: []recordsMessage{}, TxnActions: []any{}, Version: 1}
	for _, ref := range req.Records {
		id, isNode := strings.CutPrefix(ref, recordPrefix)
		found := s.store.nodes[id]
		shown := recordAtts{ID: ref}
		switch {
		case !isNode, found == nil:
			shown.Attributes = attributesOfNothing(req.Attributes, true)
		case found.Forbidden && s.options.records.HideForbidden:
			shown.Attributes = attributesOfNothing(req.Attributes, false)
		case found.Forbidden:
			return s.recordsFailure(req.Records, deniedTrouble())
		default:
			shown.Attributes = found.attributes(req.Attributes)
		}
		answer.Records = append(answer.Records, shown)
	}
	return reply{status: http.StatusOK, body: answer}
}

func deniedTrouble() *recordsTrouble {
	return &recordsTrouble{"AccessDeniedException", "08250008 Access Denied.  You do not have the appropriate permissions to perform this operation."}
}
