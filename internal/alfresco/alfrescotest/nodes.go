package alfrescotest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// dateLayout is how the REST API writes times.
const dateLayout = "2006-01-02T15:04:05.000-0700"

func formatDate(t time.Time) string { return t.UTC().Format(dateLayout) }

// representation is a node as the REST API shows it.
type representation struct {
	IsFile         bool           `json:"isFile"`
	IsFolder       bool           `json:"isFolder"`
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	NodeType       string         `json:"nodeType"`
	Location       string         `json:"location,omitempty"`
	ParentID       string         `json:"parentId"`
	CreatedAt      string         `json:"createdAt"`
	CreatedByUser  user           `json:"createdByUser"`
	ModifiedAt     string         `json:"modifiedAt"`
	ModifiedByUser user           `json:"modifiedByUser"`
	Content        content        `json:"content"`
	IsLocked       *bool          `json:"isLocked,omitempty"`
	AspectNames    []string       `json:"aspectNames,omitempty"`
	Properties     map[string]any `json:"properties,omitempty"`
	Operations     []string       `json:"allowableOperations,omitempty"`
	Search         *searchScore   `json:"search,omitempty"`
}

type user struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

type content struct {
	MimeType     string `json:"mimeType"`
	MimeTypeName string `json:"mimeTypeName"`
	SizeInBytes  int64  `json:"sizeInBytes"`
}

type searchScore struct {
	Score float64 `json:"score"`
}

// represent shows a node with the extra parts that are asked for.
func (r *record) represent(include []string) representation {
	shown := representation{
		IsFile: r.Type != "cm:folder", IsFolder: r.Type == "cm:folder", ID: r.ID, Name: r.Name, NodeType: r.Type, ParentID: rootFolder,
		CreatedAt: formatDate(r.CreatedAt), CreatedByUser: user{"person", "Person"},
		ModifiedAt: formatDate(r.ModifiedAt), ModifiedByUser: user{r.modifier, r.modifier},
		Content: content{MimeType: "text/plain", MimeTypeName: "Plain Text"},
	}
	for _, part := range include {
		switch part {
		case "properties":
			shown.Properties = r.visible()
		case "aspectNames":
			shown.AspectNames = slices.Clone(r.aspects)
		case "allowableOperations":
			if !r.ReadOnly {
				shown.Operations = []string{"delete", "update", "updatePermissions"}
			}
		case "isLocked":
			locked := r.Locked
			shown.IsLocked = &locked
		}
	}
	return shown
}

// visible are the properties that the REST API shows: no empty texts, nothing of sys, no cm:name and the like.
func (r *record) visible() map[string]any {
	visible := map[string]any{}
	for name, value := range r.Properties {
		if value != "" {
			visible[name] = value
		}
	}
	return visible
}

var nodeIncludes = []string{
	"allowableOperations", "association", "isDirectLinkEnabled", "isLink", "isFavorite", "isLocked", "path", "permissions", "definition",
	"aspectNames", "properties",
}

func (s *Server) getNode(r request) reply {
	include := []string{"properties", "aspectNames"}
	if asked := r.URL.Query().Get("include"); asked != "" {
		for part := range strings.SplitSeq(asked, ",") {
			if !slices.Contains(nodeIncludes, part) {
				return refusal(http.StatusBadRequest, keyInvalidArgument, "An invalid argument was received "+part)
			}
			include = append(include, part)
		}
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found, refused := s.store.readable(s.store.resolve(r))
	if refused != nil {
		return *refused
	}
	return reply{status: http.StatusOK, body: searchEntry{found.represent(include)}}
}

func (s *Server) putNode(r request) reply {
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
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(&req); err != nil {
		return refusal(http.StatusBadRequest, keyInvalidArgument, "Could not read content from HTTP request body: "+err.Error())
	}
	sent := maps.Clone(req.Properties)
	if req.Name != "" {
		if sent == nil {
			sent = map[string]any{}
		}
		sent["cm:name"] = req.Name
	}
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	found, refused := st.readable(r.PathValue("id"))
	if refused != nil {
		return *refused
	}
	converted, refused := convertAll(sent)
	if refused != nil && refused.status != http.StatusUnprocessableEntity {
		return *refused
	}
	newName, _ := converted["cm:name"].(string)
	switch holder := st.names[newName]; {
	case st.readOnly:
		return refusal(http.StatusInternalServerError, keyDefault, "Access Denied.  The system is currently in read-only mode.")
	case found.ReadOnly:
		return refusal(http.StatusForbidden, keyDenied, "Permission was denied")
	case found.Locked:
		return refusal(http.StatusConflict, keyDefault, "Update of the node is not allowed: it is locked by another user")
	case refused != nil:
		return *refused
	case newName != "" && holder != "" && holder != found.ID:
		return refusal(http.StatusConflict, keyDefault, "Duplicate child name not allowed: "+newName)
	}
	if req.AspectNames != nil {
		st.replaceAspects(found, *req.AspectNames)
	}
	st.apply(found, converted, r.user)
	s.wrote(Write{NodeID: found.ID, User: r.user, Properties: req.Properties, Time: found.ModifiedAt})
	return reply{status: http.StatusOK, body: searchEntry{found.represent([]string{"properties", "aspectNames"})}}
}

// readable expects the lock.
func (st *store) readable(id string) (*record, *reply) {
	found := st.nodes[id]
	switch {
	case found == nil:
		return nil, fail(http.StatusNotFound, keyNotFound, "The entity with id: "+id+" was not found")
	case found.Forbidden:
		return nil, fail(http.StatusForbidden, keyDenied, "Permission was denied")
	}
	return found, nil
}

// replaceAspects takes away the properties of the aspects that go.
func (st *store) replaceAspects(r *record, aspects []string) {
	for name := range r.Properties {
		if aspect := model[name].aspect; aspect != "" && !slices.Contains(aspects, aspect) {
			delete(r.Properties, name)
		}
	}
	r.aspects = slices.Clone(aspects)
}
