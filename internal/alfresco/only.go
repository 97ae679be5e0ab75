package alfresco

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Only chooses nodes: those with one of the ids or dbids, and those with one of the values in one of the attributes. The search
// may show more, because it looks for words in a text; who wants exactly these compares.
type Only struct {
	Nodes      []string
	Dbids      []int64
	Attributes []string
	Values     []string
}

// DefaultLanguages are those in which texts are looked for unless Options says otherwise.
func DefaultLanguages() []string { return []string{"ru", "en"} }

// storePrefix stands before the id of a node in a reference.
const storePrefix = "workspace://SpacesStore/"

// afts is the condition in AFTS. ID is not indexed as words, as the property of the id is; a phrase matches an attribute
// whether it is indexed as words or as a whole, and needs no search across languages, as an exact term does.
func (o *Only) afts() string {
	var parts []string
	for _, id := range o.Nodes {
		parts = append(parts, phrase("ID", storePrefix+id))
	}
	for _, dbid := range o.Dbids {
		parts = append(parts, fmt.Sprintf(`sys:node\-dbid:[%d TO %[1]d]`, dbid))
	}
	for _, value := range o.Values {
		for _, attribute := range o.Attributes {
			parts = append(parts, phrase(strings.ReplaceAll(attribute, "-", `\-`), value))
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// byText reports whether texts are looked for, which are found in the languages alone that are asked for.
func (l lookup) byText() bool { return l.only != nil && len(l.only.Values) > 0 }

// Conditions that every node meets; the first one only if the index has dbids.
const (
	anyDbid    = `sys:node\-dbid:[0 TO MAX]`
	anyCreated = `cm:created:[MIN TO MAX]`
)

// afts is the search in AFTS, which both APIs take. The range is there from the first page on: without one the query goes to
// the database engine, which ignores a sort by dbid silently.
func (l lookup) afts() string {
	condition := anyCreated
	switch {
	case l.anyDate:
	case l.after < 0:
		condition = anyDbid
	case l.last == maxDbid:
		condition = fmt.Sprintf(`sys:node\-dbid:<%d TO MAX]`, l.after)
	default:
		condition = fmt.Sprintf(`sys:node\-dbid:<%d TO %d]`, l.after, l.last)
	}
	if l.only != nil {
		condition += " AND " + l.only.afts()
	}
	if !l.changedSince.IsZero() {
		condition += ` AND cm:modified:["` + l.changedSince.UTC().Format(time.RFC3339) + `" TO MAX]`
	}
	if !l.createdBefore.IsZero() {
		condition += ` AND cm:created:[MIN TO "` + l.createdBefore.UTC().Format(time.RFC3339) + `"]`
	}
	return phrase("TYPE", l.nodeType) + " AND " + condition
}

func phrase(field, text string) string { return field + `:"` + phraseEscape.Replace(text) + `"` }

// phraseEscape keeps a text inside the quotes of an AFTS phrase.
var phraseEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// merged is one answer to a lookup that was made in several languages. A node that more than one of them found is one node;
// beyond the last one of an answer that was cut off there may be others that it does not show.
func merged(l lookup, answers []found) found {
	all := found{upTo: l.last}
	for _, f := range answers {
		all.nodes = append(all.nodes, f.nodes...)
		all.total += f.total
		all.upTo = min(all.upTo, f.upTo)
	}
	slices.SortStableFunc(all.nodes, func(a, b Node) int { return cmp.Compare(a.dbid, b.dbid) })
	shown := len(all.nodes)
	all.nodes = slices.CompactFunc(all.nodes, func(a, b Node) bool { return a.ID == b.ID })
	all.total -= int64(shown - len(all.nodes))
	all.nodes = slices.DeleteFunc(all.nodes, func(n Node) bool { return n.dbid > all.upTo })
	if len(all.nodes) == 0 && all.upTo < l.last {
		all.total = max(all.total, int64(l.max)+1) // a smaller range shows what is there
	}
	return all
}
