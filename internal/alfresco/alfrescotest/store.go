package alfrescotest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// record is a node with what only the repository knows of it.
type record struct {
	Node
	aspects  []string
	modifier string
	// translations are those of properties of type d:mltext, whose values among the Properties are in the node's language.
	translations map[string]translations
	// before is what the Records API shows until then, if mutations are late.
	before    *record
	lateUntil time.Time
}

// snapshot is the record as it is, without what it was before.
func (r *record) snapshot() *record {
	was := &record{Node: r.clone(), aspects: slices.Clone(r.aspects), modifier: r.modifier, translations: map[string]translations{}}
	for name, t := range r.translations {
		was.translations[name] = maps.Clone(t)
	}
	return was
}

func (r *record) clone() Node {
	n := r.Node
	n.Properties = maps.Clone(n.Properties)
	return n
}

// store is the database and the index that follows it.
type store struct {
	options options

	mu       sync.RWMutex
	nodes    map[string]*record
	names    map[string]string // cm:name to node id: names are unique, as in one folder
	lastDbid int64
	lastTxID int64
	readOnly bool

	database catalog
	index    catalog
	indexTx  int64
	known    map[string]indexed // by node id
	shards   map[string]shards  // nodes that sit in two of them, by id
	poison   map[string]Fault   // what searches come to that would show a node, by its id
	pending  []transaction      // which the index has yet to see
}

func newStore(o options) *store {
	return &store{
		options: o, nodes: map[string]*record{}, names: map[string]string{}, lastDbid: 100, lastTxID: 4710,
		database: catalog{}, index: catalog{}, indexTx: 4710, known: map[string]indexed{}, shards: map[string]shards{}, poison: map[string]Fault{},
	}
}

// add expects the lock.
func (st *store) add(n Node) string {
	n.Dbid = cmp.Or(n.Dbid, st.lastDbid+1)
	st.lastDbid = max(st.lastDbid, n.Dbid)
	n.ID = cmp.Or(n.ID, fmt.Sprintf("00000000-0000-4000-8000-%012x", n.Dbid))
	n.Type = cmp.Or(n.Type, "idocs:contractor")
	n.Language = languageOf(cmp.Or(n.Language, st.options.language))
	if n.CreatedAt.IsZero() {
		n.CreatedAt = st.options.now()
	}
	if n.ModifiedAt.IsZero() {
		n.ModifiedAt = n.CreatedAt
	}
	properties, refused := convertAll(n.Properties)
	if refused != nil {
		panic(fmt.Sprintf("alfrescotest: add node %s: %s", n.ID, refused.key))
	}
	if st.nodes[n.ID] != nil {
		panic("alfrescotest: add node " + n.ID + ": the id is taken")
	}
	fullName, _ := properties["idocs:fullOrganizationName"].(string)
	n.Name = cmp.Or(n.Name, fullName, fmt.Sprintf("node-%d", n.Dbid))
	r := &record{Node: n, modifier: "person", translations: map[string]translations{}}
	r.Properties = map[string]any{}
	if slices.Contains(lineage(n.Type), "idocs:contractor") {
		r.aspects = slices.Clone(mandatoryAspects)
	}
	st.nodes[n.ID] = r
	st.rename(r, n.Name)
	st.set(r, properties, n.Language)
	st.database.add(n.Type, r.hit())
	st.reindex(r)
	return n.ID
}

func (st *store) delete(id string, leaveGhost bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	r := st.nodes[id]
	if r == nil {
		return
	}
	delete(st.nodes, id)
	delete(st.names, r.Name)
	st.database.remove(r.Type, r.Dbid)
	if !leaveGhost {
		st.indexes(func() { st.index.remove(r.Type, r.Dbid) })
	}
}

// apply writes converted properties as one transaction, texts in a language. It expects the lock.
func (st *store) apply(r *record, properties map[string]any, user, language string) {
	st.set(r, properties, language)
	if name, ok := properties["cm:name"].(string); ok {
		st.rename(r, name)
	}
	if full, ok := properties["idocs:fullOrganizationName"].(string); ok && full != "" && st.options.citeckNames {
		st.rename(r, full)
	}
	r.ModifiedAt, r.modifier = st.options.now(), user
	st.reindex(r)
}

func (st *store) set(r *record, properties map[string]any, language string) {
	for name, value := range properties {
		if name == "cm:name" {
			continue
		}
		if model[name].kind == mltext {
			value = r.translate(name, value, language)
		}
		if value == nil {
			delete(r.Properties, name)
			continue
		}
		r.Properties[name] = value
		if aspect := model[name].aspect; aspect != "" {
			r.addAspects(aspect)
			r.addAspects(companions[aspect]...)
		}
	}
}

func (r *record) addAspects(aspects ...string) {
	for _, aspect := range aspects {
		if !slices.Contains(r.aspects, aspect) {
			r.aspects = append(r.aspects, aspect)
		}
	}
}

var notInNames = regexp.MustCompile(`["*\\><?/:|]`)

// rename makes a file name of the text and a number behind it if the name is taken, as Citeck's naming behaviour does.
func (st *store) rename(r *record, text string) {
	name := cmp.Or(strings.TrimRight(notInNames.ReplaceAllString(text, "_"), ". "), "_")
	free := name
	for i := 1; st.names[free] != "" && st.names[free] != r.ID; i++ {
		free = fmt.Sprintf("%s (%d)", name, i)
	}
	if st.names[r.Name] == r.ID {
		delete(st.names, r.Name)
	}
	st.names[free] = r.ID
	r.Name = free
}

func convertAll(properties map[string]any) (map[string]any, *reply) {
	converted := make(map[string]any, len(properties))
	// Refusals of the request's form come before those of a value's content.
	var content *reply
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		value, refused := convert(name, properties[name])
		switch {
		case refused == nil:
			converted[name] = value
		case !refused.atCommit():
			return nil, refused
		case content == nil:
			content = refused
		}
	}
	return converted, content
}
