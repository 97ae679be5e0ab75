// Package sample fills the simulators of Alfresco and Kontur.Focus with counterparties in realistic disorder: nodes that
// are right, outdated, nearly empty, ambiguous, mistyped, locked, and an index that remembers nodes that are gone.
//
// It is for the sandbox, for demonstrations and for tests at scale. It is not for rules: what ought to happen to a node is
// told per kind only, for whoever runs a pass over all of it to compare. Everything follows from the seed. Apart from
// some public companies under their public identifiers, all is invented: identifiers of region 00, which does not exist,
// and names that nobody has.
//
// Words: a kind is a sort of counterparty ("branch", "lost leading zero"); a condition is how well a node agrees with
// the register at first.
package sample

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

const (
	// firstDbid leaves room for the nodes that any repository begins with.
	firstDbid = 1000
	// gapEvery is how many nodes come, on average, before other things took some dbids; maxGap is how many at most.
	gapEvery, maxGap = 12, 400

	// Ghosts: a few, and more in a row than a page holds, so that a walk has to step over an empty page.
	fewGhosts, manyGhosts, tailGhosts = 3, 120, 5
	nodeType                          = "idocs:contractor"
)

// Summary is what Fill made.
type Summary struct {
	// Nodes is the number of nodes, Companies that of the register, Ghosts that of index entries without a node.
	Nodes, Companies, Ghosts int
	// Kinds are in a fixed order and have at least one node each.
	Kinds []Kind
	// Conditions counts the nodes that mean a company of the register, by their condition.
	Conditions map[Condition]int
}

// Kind is a sort of counterparty and how many nodes of it there are.
type Kind struct {
	Name  string
	Nodes int
	// Example is the id of one node.
	Example string
	// Outcome is what a pass makes of each node; empty means UPDATED, or UNCHANGED once it agrees with the register.
	Outcome counterparty.Outcome
}

// Count is how many nodes of a kind there are; 0 for a name that is none.
func (s Summary) Count(name string) int { return s.kind(name).Nodes }

// Example is the id of a node of the kind; empty if there is none.
func (s Summary) Example(name string) string { return s.kind(name).Example }

// Expected is how many nodes will have the outcome in each pass. For Updated and Unchanged, which differ from pass to
// pass, it is 0; the nodes that have one of those are Matched.
func (s Summary) Expected(o counterparty.Outcome) int {
	n := 0
	for _, k := range s.Kinds {
		if k.Outcome == o {
			n += k.Nodes
		}
	}
	return n
}

// Matched is how many nodes mean exactly one company of the register and can be written.
func (s Summary) Matched() int { return s.Expected("") }

func (s Summary) kind(name string) Kind {
	for _, k := range s.Kinds {
		if k.Name == name {
			return k
		}
	}
	return Kind{}
}

// Fill adds count nodes to Alfresco and the companies behind them to the register. The same count and seed always give
// the same, if the servers are new. From about 500 nodes on there are nodes of every kind; below, the last kinds are
// missing.
func Fill(a *alfrescotest.Server, k *konturtest.Server, count int, seed uint64) Summary {
	b := newBuilder(seed)
	b.build(count)
	k.AddCompany(b.companies...)
	s := Summary{Nodes: len(b.nodes), Companies: k.Len(), Conditions: map[Condition]int{}}
	ids, ghosts := place(a, b)
	s.Ghosts = ghosts
	for _, kind := range kinds() {
		s.Kinds = append(s.Kinds, Kind{Name: kind.name, Outcome: kind.outcome})
	}
	for i, n := range b.nodes {
		kind := &s.Kinds[n.kind]
		kind.Nodes++
		kind.Example = cmp.Or(kind.Example, ids[i])
		if kind.Outcome == "" {
			s.Conditions[n.condition]++
		}
	}
	s.Kinds = slices.DeleteFunc(s.Kinds, func(k Kind) bool { return k.Nodes == 0 })
	return s
}

// FillRegister adds the companies that Fill would add, without the nodes, and returns how many there are.
func FillRegister(k *konturtest.Server, count int, seed uint64) int {
	b := newBuilder(seed)
	b.build(count)
	k.AddCompany(b.companies...)
	return k.Len()
}

// Nodes are the nodes that Fill would add, in the order of their dbid, for a repository that chooses dbids itself. What
// flags say, locked or read-only, is not to be had there: the outcomes of such nodes are those of their like.
func Nodes(count int, seed uint64) []alfrescotest.Node {
	b := newBuilder(seed)
	b.build(count)
	nodes := make([]alfrescotest.Node, len(b.nodes))
	for i, made := range b.nodes {
		nodes[i] = made.node
	}
	return nodes
}

// place gives the nodes their dbids, with gaps and ghosts between them.
func place(a *alfrescotest.Server, b *builder) (ids []string, ghosts int) {
	created := time.Date(2019, 1, 9, 9, 0, 0, 0, time.UTC)
	dbid := int64(firstDbid)
	haunt := func(n int) {
		a.AddGhosts(nodeType, dbid, dbid+int64(n)-1)
		dbid += int64(n)
		ghosts += n
	}
	nodes := make([]alfrescotest.Node, len(b.nodes))
	for i, made := range b.nodes {
		switch {
		case i == len(b.nodes)/3:
			haunt(fewGhosts)
		case i == len(b.nodes)*2/3:
			haunt(manyGhosts)
		case b.rand.IntN(gapEvery) == 0:
			dbid += 1 + int64(b.rand.IntN(maxGap))
		}
		nodes[i] = made.node
		nodes[i].Dbid = dbid
		nodes[i].CreatedAt = created.Add(time.Duration(i) * 37 * time.Minute)
		dbid++
	}
	ids = a.Add(nodes...)
	haunt(tailGhosts)
	return ids, ghosts
}

// builder collects companies and nodes.
type builder struct {
	rand      *rand.Rand
	serial    int // of invented identifiers
	kind      int // that is being made
	companies []konturtest.Company
	nodes     []madeNode
}

type madeNode struct {
	kind int
	// condition is empty for nodes that mean no company.
	condition Condition
	node      alfrescotest.Node
}

func newBuilder(seed uint64) *builder {
	return &builder{
		// The second number only sets this stream apart from others with the same seed.
		rand:   rand.New(rand.NewPCG(seed, 0x5a3d1e)),
		serial: firstSerial,
	}
}

// build makes count nodes: each kind its share, and at least one group of each; the last kind fills up. In the end
// the kinds are mixed.
func (b *builder) build(count int) {
	all := kinds()
	for i, kind := range all {
		b.kind = i
		want := max(1, count*kind.perMille/1000)
		if i == len(all)-1 {
			want = count - len(b.nodes)
		}
		for made := len(b.nodes); len(b.nodes)-made < want && len(b.nodes) < count; {
			kind.make(b)
		}
	}
	// A group may be larger than what was left.
	b.nodes = b.nodes[:min(len(b.nodes), max(0, count))]
	b.rand.Shuffle(len(b.nodes), func(i, j int) { b.nodes[i], b.nodes[j] = b.nodes[j], b.nodes[i] })
}

// last is the node that was added last.
func (b *builder) last() *madeNode { return &b.nodes[len(b.nodes)-1] }

// register adds a company.
func (b *builder) register(c konturtest.Company) { b.companies = append(b.companies, c) }

// add adds a node with these properties.
func (b *builder) add(properties map[string]any) *alfrescotest.Node {
	b.nodes = append(b.nodes, madeNode{kind: b.kind, node: alfrescotest.Node{Type: nodeType, Properties: properties}})
	return &b.last().node
}

// number is the next serial number of invented identifiers.
func (b *builder) number() int {
	b.serial++
	return b.serial
}

// oneIn is true for one in n, on average.
func (b *builder) oneIn(n int) bool { return b.rand.IntN(n) == 0 }

func pick[T any](b *builder, list []T) T { return list[b.rand.IntN(len(list))] }

// digits is a text of n digits.
func (b *builder) digits(n int) string {
	s := ""
	for len(s) < n {
		s += fmt.Sprint(b.rand.IntN(10))
	}
	return s
}
