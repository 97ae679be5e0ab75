package alfrescotest

import (
	"maps"
	"net/http"
	"strings"
)

// metadataLayout is how the metadata web script writes times, unlike the REST API.
const metadataLayout = "2006-01-02T15:04:05.000Z"

const storePrefix = "workspace://SpacesStore/"

// metadata is the web script that shows all properties, sys:node-dbid among them. What isn't there or may not be read
// is an empty object.
func (s *Server) metadata(r request) *reply {
	nothing := &reply{status: http.StatusOK, body: struct{}{}}
	id, ok := strings.CutPrefix(r.URL.Query().Get("nodeRef"), storePrefix)
	if !ok {
		return nothing
	}
	found := s.store.nodes[id]
	if found == nil || found.Forbidden {
		return nothing
	}
	if found.BrokenAspect {
		return webScriptPage(http.StatusInternalServerError)
	}
	properties := found.in(r.language())
	maps.Copy(properties, object{
		"sys:node-dbid": found.Dbid, "sys:node-uuid": found.ID, "sys:store-protocol": "workspace", "sys:store-identifier": "SpacesStore",
		"cm:name": found.Name, "cm:created": found.CreatedAt.UTC().Format(metadataLayout), "cm:creator": "person",
		"cm:modified": found.ModifiedAt.UTC().Format(metadataLayout), "cm:modifier": found.modifier,
	})
	if r.URL.Query().Get("shortQNames") != "true" {
		properties = longNames(properties)
	}
	return &reply{status: http.StatusOK, body: object{
		"nodeRef": storePrefix + id, "type": found.Type, "mimetype": "text/plain", "properties": properties, "aspects": append([]string{}, found.aspects...),
	}}
}

// namespaces are those of the simulated models.
var namespaces = map[string]string{
	"sys": "http://www.alfresco.org/model/system/1.0", "cm": "http://www.alfresco.org/model/content/1.0",
	"idocs": "http://www.citeck.ru/model/content/idocs/1.0", "icase": "http://www.citeck.ru/model/icase/1.0",
}

func longNames(properties map[string]any) map[string]any {
	long := make(map[string]any, len(properties))
	for name, value := range properties {
		prefix, local, _ := strings.Cut(name, ":")
		long["{"+namespaces[prefix]+"}"+local] = value
	}
	return long
}
