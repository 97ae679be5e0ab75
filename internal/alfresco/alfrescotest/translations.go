package alfrescotest

import (
	"maps"
	"slices"
)

// translations are the texts of a d:mltext property by language; nil where it was unset. Alfresco reads and writes the one of
// the request's language (MLPropertyInterceptor, MLText.getClosestValue).
type translations map[string]any

// closest is the text that a request in a language sees: in that one, in the server's own, or in any; nil: none.
func (t translations) closest(language string) any {
	for _, tag := range append([]string{language, ownLanguage}, slices.Sorted(maps.Keys(t))...) {
		if text, ok := t[tag]; ok {
			return text
		}
	}
	return nil
}

// translate writes a text in a language, and returns what the property has in the node's own. Nil unsets that language's.
func (r *record) translate(name string, text any, language string) any {
	if r.translations[name] == nil {
		r.translations[name] = translations{}
	}
	r.translations[name][language] = text
	return r.translations[name].closest(r.Language)
}

// language is that in which a request reads and writes: the first one of its header, whatever it searches in.
func (r request) language() string { return r.languages(nil)[0] }

// in are the properties as a request in a language sees them.
func (r *record) in(language string) map[string]any {
	properties := maps.Clone(r.Properties)
	for name, t := range r.translations {
		properties[name] = t.closest(language)
	}
	maps.DeleteFunc(properties, func(_ string, value any) bool { return value == nil })
	return properties
}

// Translation is what a node has in a property of type d:mltext in a language; nil: nothing.
func (s *Server) Translation(id, property, language string) any {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.store.nodes[id].translations[property][language]
}
