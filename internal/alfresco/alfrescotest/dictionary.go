package alfrescotest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// WithoutModel makes the server one before Alfresco 7.0, whose REST API does not show the content model.
func WithoutModel() Option { return func(o *options) { o.withoutModel = true } }

// classDefinition is a type or an aspect as the REST API shows it.
type classDefinition struct {
	ID               string               `json:"id"`
	Title            string               `json:"title"`
	ParentID         string               `json:"parentId,omitempty"`
	MandatoryAspects []string             `json:"mandatoryAspects,omitempty"`
	Properties       []propertyDefinition `json:"properties,omitempty"`
}

type propertyDefinition struct {
	ID                  string `json:"id"`
	DataType            string `json:"dataType"`
	IsMultiValued       bool   `json:"isMultiValued"`
	IsMandatory         bool   `json:"isMandatory"`
	IsMandatoryEnforced bool   `json:"isMandatoryEnforced"`
	IsProtected         bool   `json:"isProtected"`
}

var dataTypes = map[kind]string{text: "d:text", mltext: "d:mltext", integer: "d:int", boolean: "d:boolean", datetime: "d:datetime"}

// getType shows a type with its own properties and those that it inherits, and not those of its aspects.
func (s *Server) getType(r request) *reply {
	id := r.PathValue("id")
	types := lineage(id)
	if s.options.withoutModel || len(types) == 1 {
		return notFound(id)
	}
	shown := classDefinition{ID: id, Title: id, ParentID: parents[id]}
	if slices.Contains(types, "idocs:contractor") {
		shown.MandatoryAspects = mandatoryAspects
	}
	for _, p := range defined("") {
		if p.ID == "cm:name" || slices.Contains(types, "idocs:contractor") {
			shown.Properties = append(shown.Properties, p)
		}
	}
	return &reply{status: http.StatusOK, body: object{"entry": shown}}
}

// listAspects shows all aspects, a page at a time.
func (s *Server) listAspects(r request) *reply {
	if s.options.withoutModel {
		return notFound("aspects")
	}
	names := map[string]bool{"cm:auditable": true}
	for _, p := range model {
		if p.aspect != "" {
			names[p.aspect] = true
		}
	}
	aspects := slices.Sorted(maps.Keys(names))
	skip, most := 0, defaultMaxItems
	for name, into := range map[string]*int{"skipCount": &skip, "maxItems": &most} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		var err error
		if *into, err = strconv.Atoi(text); err != nil || *into < 0 {
			return invalid("Invalid paging parameter " + name)
		}
	}
	page := aspects[min(skip, len(aspects)):min(skip+most, len(aspects))]
	entries := make([]object, 0, len(page))
	for _, id := range page {
		shown := classDefinition{ID: id, Title: id}
		if slices.Contains(strings.Split(r.URL.Query().Get("include"), ","), "properties") {
			shown.Properties = defined(id)
		}
		entries = append(entries, object{"entry": shown})
	}
	return &reply{status: http.StatusOK, body: object{"list": object{
		"pagination": object{"count": len(page), "hasMoreItems": skip+len(page) < len(aspects), "totalItems": len(aspects), "skipCount": skip, "maxItems": most},
		"entries":    entries,
	}}}
}

// defined are the properties of an aspect, or with an empty name those that types have themselves.
func defined(aspect string) []propertyDefinition {
	var properties []propertyDefinition
	for _, name := range slices.Sorted(maps.Keys(model)) {
		if p := model[name]; p.aspect == aspect {
			properties = append(properties, propertyDefinition{ID: name, DataType: dataTypes[p.kind], IsMultiValued: p.multiple,
				IsMandatory: p.required, IsMandatoryEnforced: p.required})
		}
	}
	if aspect == "cm:auditable" {
		for _, name := range []string{"cm:created", "cm:modified", "cm:accessed"} {
			properties = append(properties, propertyDefinition{ID: name, DataType: "d:datetime", IsProtected: true})
		}
	}
	return properties
}
