package alfrescotest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// dateLayout is how the REST API writes times.
const dateLayout = "2006-01-02T15:04:05.000-0700"

func formatDate(t time.Time) string { return t.UTC().Format(dateLayout) }

// represent shows a node as the REST API does in a language, with the extra parts that are asked for.
func (r *record) represent(language string, include ...string) object {
	shown := object{
		"isFile": r.Type != "cm:folder", "isFolder": r.Type == "cm:folder", "id": r.ID, "name": r.Name, "nodeType": r.Type, "parentId": rootFolder,
		"createdAt": formatDate(r.CreatedAt), "createdByUser": object{"id": "person", "displayName": "Person"},
		"modifiedAt": formatDate(r.ModifiedAt), "modifiedByUser": object{"id": r.modifier, "displayName": r.modifier},
		"content": object{"mimeType": "text/plain", "mimeTypeName": "Plain Text", "sizeInBytes": 0},
	}
	for _, part := range include {
		switch part {
		case "properties":
			if visible := r.visible(language); len(visible) > 0 {
				shown[part] = visible
			}
		case "aspectNames":
			if len(r.aspects) > 0 {
				shown[part] = slices.Clone(r.aspects)
			}
		case "allowableOperations":
			if !r.ReadOnly {
				shown[part] = []string{"delete", "update", "updatePermissions"}
			}
		case "isLocked":
			shown[part] = r.Locked
		}
	}
	return shown
}

// visible are the properties that the REST API shows: no empty texts, nothing of sys, no cm:name and the like.
func (r *record) visible(language string) map[string]any {
	visible := r.in(language)
	maps.DeleteFunc(visible, func(_ string, value any) bool { return value == "" })
	return visible
}

var nodeIncludes = []string{
	"allowableOperations", "association", "isDirectLinkEnabled", "isLink", "isFavorite", "isLocked", "path", "permissions", "definition",
	"aspectNames", "properties",
}

func (s *Server) getNode(r request) *reply {
	include := []string{"properties", "aspectNames"}
	if asked := r.URL.Query().Get("include"); asked != "" {
		include = append(include, strings.Split(asked, ",")...)
	}
	if refused := checkIncludes(include, nodeIncludes); refused != nil {
		return refused
	}
	found, refused := s.store.readable(s.store.resolve(r))
	if refused != nil {
		return refused
	}
	return entry(http.StatusOK, found.represent(r.language(), include...))
}

func checkIncludes(asked, known []string) *reply {
	for _, part := range asked {
		if !slices.Contains(known, part) {
			return invalid("An invalid argument was received " + part)
		}
	}
	return nil
}

func (s *Server) putNode(r request) *reply {
	var req struct {
		Name        string         `json:"name"`
		NodeType    string         `json:"nodeType"`
		AspectNames *[]string      `json:"aspectNames"`
		Properties  map[string]any `json:"properties"`
		// Permissions are taken and not enforced: flags on nodes are what this server knows of them.
		Permissions *struct {
			IsInheritanceEnabled *bool `json:"isInheritanceEnabled"`
			LocallySet           []struct {
				AuthorityID  string `json:"authorityId"`
				Name         string `json:"name"`
				AccessStatus string `json:"accessStatus"`
			} `json:"locallySet"`
		} `json:"permissions"`
	}
	if err := r.decode(&req); err != nil {
		return invalid(unreadable + ": " + err.Error())
	}
	st := s.store
	found, refused := st.readable(r.PathValue("id"))
	if refused != nil {
		return refused
	}
	converted, refused := convertAll(named(req.Properties, req.Name))
	if refused != nil && !refused.atCommit() {
		return refused
	}
	newName, _ := converted["cm:name"].(string)
	switch holder := st.names[newName]; {
	case st.readOnly:
		return refusal(http.StatusInternalServerError, keyDefault, readOnlyMode)
	case found.ReadOnly:
		return denied()
	case found.Locked:
		return refusal(http.StatusConflict, keyDefault, "Update of the node is not allowed: it is locked by another user")
	case refused != nil:
		return refused
	case newName != "" && holder != "" && holder != found.ID:
		return duplicate(newName)
	}
	if req.AspectNames != nil {
		st.replaceAspects(found, *req.AspectNames)
	}
	st.apply(found, converted, r.user, r.language())
	s.wrote(Write{NodeID: found.ID, User: r.user, Properties: req.Properties, Time: found.ModifiedAt})
	return entry(http.StatusOK, found.represent(r.language(), "properties", "aspectNames"))
}

// readable expects the lock.
func (st *store) readable(id string) (*record, *reply) {
	found := st.nodes[id]
	switch {
	case found == nil:
		return nil, notFound(id)
	case found.Forbidden:
		return nil, denied()
	}
	return found, nil
}

// replaceAspects takes away the properties of the aspects that go.
func (st *store) replaceAspects(r *record, aspects []string) {
	for name := range r.Properties {
		if aspect := model[name].aspect; aspect != "" && !slices.Contains(aspects, aspect) {
			delete(r.Properties, name)
			delete(r.translations, name)
		}
	}
	r.aspects = slices.Clone(aspects)
}
