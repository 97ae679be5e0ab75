package alfresco

import "strings"

// uuidProperty holds the id of a node.
const uuidProperty = "sys:node-uuid"

// terms are the alternatives: attribute and value.
func (o *Only) terms() [][2]string {
	var terms [][2]string
	for _, id := range o.Nodes {
		terms = append(terms, [2]string{uuidProperty, id})
	}
	for _, value := range o.Values {
		for _, attribute := range o.Attributes {
			terms = append(terms, [2]string{attribute, value})
		}
	}
	return terms
}

// afts is the condition in AFTS. A phrase matches an attribute whether it is indexed as words or as a whole.
func (o *Only) afts() string {
	var parts []string
	for _, term := range o.terms() {
		parts = append(parts, strings.ReplaceAll(term[0], "-", `\-`)+`:"`+phraseEscape.Replace(term[1])+`"`)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// predicate is the condition in the language of the Records API.
func (o *Only) predicate() predicate {
	var parts []predicate
	for _, term := range o.terms() {
		parts = append(parts, predicate{"eq", term[0], term[1]})
	}
	return predicate{Type: "or", Value: parts}
}
