package alfrescotest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

type recordsMutateRequest struct {
	Version int `json:"version"`
	Records []struct {
		ID         string         `json:"id"`
		Attributes map[string]any `json:"attributes"`
	} `json:"records"`
}

// recordsMutate writes all records in one transaction: the first one that is bad rolls back all.
func (s *Server) recordsMutate(r request) *reply {
	var req recordsMutateRequest
	if err := r.decode(&req); err != nil {
		return s.recordsFailure(nil, &recordsTrouble{"JsonMappingException", err.Error()})
	}
	if req.Version != 1 {
		return &reply{status: http.StatusOK, body: object{"records": []any{}, "errors": []any{}}}
	}
	var ids []string
	for _, record := range req.Records {
		ids = append(ids, record.ID)
	}
	st := s.store
	found := make([]*record, len(req.Records))
	converted := make([]map[string]any, len(req.Records))
	taken := map[string]string{} // names that the transaction gives, with their nodes
	var atCommit *recordsTrouble // what the content model refuses shows when the transaction ends
	for i, record := range req.Records {
		id, isNode := strings.CutPrefix(record.ID, recordPrefix)
		if !isNode {
			return s.recordsFailure(ids, &recordsTrouble{"IllegalArgumentException", "Type is a mandatory parameter"}) // a new record
		}
		found[i] = st.nodes[id]
		properties, broken, t := s.recordProperties(found[i], id, record.Attributes)
		if t != nil {
			return s.recordsFailure(ids, t)
		}
		if atCommit == nil {
			atCommit = broken
		}
		if name, ok := properties["cm:name"].(string); ok {
			if holder := cmp.Or(taken[name], st.names[name]); holder != "" && holder != id {
				return s.recordsFailure(ids, &recordsTrouble{"DuplicateChildNodeNameException", "Duplicate child name not allowed: " + name})
			}
			taken[name] = id
		}
		converted[i] = properties
	}
	if atCommit != nil {
		return s.recordsFailure(ids, atCommit)
	}
	for i, n := range found {
		if len(converted[i]) > 0 {
			n.before, n.lateUntil = n.snapshot(), s.options.now().Add(s.options.records.Late)
			st.apply(n, converted[i], r.user, r.language())
			s.wrote(Write{NodeID: n.ID, User: r.user, Properties: req.Records[i].Attributes, Time: n.ModifiedAt})
		}
	}
	return recordsReply(bare(ids), nil)
}

// recordProperties converts the attributes of one record. What the model lacks, and what a case process protects, is
// skipped in silence.
func (s *Server) recordProperties(n *record, id string, sent map[string]any) (converted map[string]any, broken, t *recordsTrouble) {
	naming := func(text string) string {
		if s.options.records.AnonymousErrors {
			return text
		}
		return text + " Node: " + storePrefix + id
	}
	if n == nil {
		return nil, nil, &recordsTrouble{"InvalidNodeRefException", naming("Node does not exist.")}
	}
	known := map[string]any{}
	for name, value := range sent {
		p, ok := model[name]
		if !ok || slices.Contains(n.Protected, name) {
			continue
		}
		if value == "" && p.kind != text && p.kind != mltext {
			value = nil
		}
		if value == nil && n.Properties[name] == nil && name != "cm:name" {
			continue // null for what is absent is left out
		}
		known[name] = value
	}
	if len(known) == 0 && !n.Forbidden {
		return nil, nil, nil
	}
	switch {
	case s.store.readOnly:
		return nil, nil, &recordsTrouble{"ReadOnlyServerException", logNumber + readOnlyMode}
	case n.ReadOnly || n.Forbidden:
		return nil, nil, deniedTrouble()
	case n.Locked:
		return nil, nil, &recordsTrouble{"NodeLockedException", naming("Update of the node is not allowed: it is locked by another user.")}
	}
	converted, refused := convertAll(known)
	if refused != nil {
		switch {
		case refused.status == http.StatusUnprocessableEntity:
			return nil, &recordsTrouble{"IntegrityException", naming(refused.key)}, nil
		case refused.atCommit():
			return nil, &recordsTrouble{"PersistenceException", refused.text}, nil
		}
		return nil, nil, &recordsTrouble{"TypeConversionException", refused.key}
	}
	return converted, nil, nil
}
