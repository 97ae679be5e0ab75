package alfrescotest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// rootFolder is Company Home, which requests may call -root-. There is one level of folders below it.
const rootFolder = "00000000-0000-4000-8000-000000000001"

// newNode is the body of a request for a new node.
type newNode struct {
	Name         string         `json:"name"`
	NodeType     string         `json:"nodeType"`
	RelativePath string         `json:"relativePath"`
	Properties   map[string]any `json:"properties"`
}

// addChild creates one node in a folder, and before it the folders of relativePath that are missing.
func (s *Server) addChild(r request) *reply {
	var asked newNode
	if err := json.Unmarshal(r.body, &asked); err != nil {
		return invalid(unreadable + ": " + err.Error())
	}
	converted, refused := convertAll(named(asked.Properties, asked.Name))
	st := s.store
	parent := r.PathValue("id")
	switch folder := st.nodes[parent]; {
	case parent != "-root-" && parent != rootFolder && folder == nil:
		return notFound(parent)
	case asked.Name == "":
		return invalid("Node name is expected")
	case !isType(asked.NodeType):
		return invalid("Node type is expected to be a known one: " + asked.NodeType)
	case refused != nil:
		return refused
	case st.readOnly:
		return refusal(http.StatusInternalServerError, keyDefault, readOnlyMode)
	}
	for segment := range strings.SplitSeq(asked.RelativePath, "/") {
		if segment != "" && st.names[segment] == "" {
			st.add(Node{Name: segment, Type: "cm:folder"})
		}
	}
	if st.names[asked.Name] != "" {
		return duplicate(asked.Name)
	}
	delete(converted, "cm:name")
	id := st.add(Node{Name: asked.Name, Type: asked.NodeType, Properties: converted, Language: r.language()})
	return entry(http.StatusCreated, st.nodes[id].represent(r.language(), "properties", "aspectNames"))
}

// named are the properties with the node's name among them, unless that is empty.
func named(properties map[string]any, name string) map[string]any {
	all := map[string]any{}
	maps.Copy(all, properties)
	if name != "" {
		all["cm:name"] = name
	}
	return all
}

// isType: a type of the model whose nodes can be made.
func isType(name string) bool {
	return name == "cm:folder" || slices.Contains(lineage(name), "cm:content")
}

// resolve is the id of a node that a request names by an id, or by a path below Company Home.
func (st *store) resolve(r request) string {
	id, path := r.PathValue("id"), r.URL.Query().Get("relativePath")
	if id == "-root-" && path != "" {
		return st.names[path[strings.LastIndexByte(path, '/')+1:]]
	}
	return id
}
