package activities_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// Whatever the answers lack, double and swap: no value of an item that lacks the identifier asked by, or whose INN or
// OGRN contradicts the node's, reaches a node. What is empty contradicts nothing.
func TestNoValueOfAStrangerReachesANode(t *testing.T) {
	t.Parallel()
	s := newStrangers(t)
	require.Equal(t, findings{written: 319, ambiguous: 11}, s.pass(t, nil, counterparty.INN), "what a good answer gives")
	require.Equal(t, findings{written: 173, ambiguous: 9}, s.pass(t, nil, counterparty.OGRN))
	wrong, written := 0, 0
	for seed := range uint64(120) {
		got := s.pass(t, randomScript(rand.New(rand.NewPCG(seed, 10))), []counterparty.IDKind{counterparty.INN, counterparty.OGRN}[seed%2])
		for _, text := range got.wrong {
			t.Logf("seed %d: %s", seed, text)
		}
		wrong += len(got.wrong)
		written += got.written
	}
	require.Zero(t, wrong, "values of strangers, of %d that were written", written)
	require.Greater(t, written, 20_000, "all the others are brought up to date")
}

// A third of the items of req has no OGRN, and the nodes have none either, so that nothing but the INN tells whose they are.
func TestItemsWithoutOGRNStayWithTheirINN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.Inject(konturtest.Fault{Method: "req", Edit: konturtest.Lacking(3, "ogrn")})
	want := map[string]properties{}
	for n := 1; n <= 600; n++ {
		c := company(n)
		c.KPP, c.OKATO, c.Heads[0].FIO = fmt.Sprintf("0012%05d", n), fmt.Sprintf("004%08d", n), fmt.Sprintf("Тестов Тест %d", n)
		c.Phones, c.Emails = []string{fmt.Sprintf("+7 (000) 000-%04d", n)}, []string{fmt.Sprintf("info%d@example.test", n)}
		w.kontur.AddCompany(c)
		id := w.alfresco.Add(node(n, nil))[0]
		want[id] = properties{
			"idocs:inn": c.INN, "idocs:kpp": c.KPP, "idocs:okpo": c.OKPO, "idocs:okato": c.OKATO, "idocs:fullOrganizationName": c.FullName,
			"idocs:shortOrganizationName": c.ShortName, "idocs:juridicalAddress": c.Address.OneLine, "idocs:postAddress": c.Address.OneLine,
			"idocs:CEOname": "Генеральный директор, " + c.Heads[0].FIO, "idocs:phone": c.Phones[0], "idocs:email": c.Emails[0],
		}
	}
	after := int64(0)
	for range 6 {
		batch, last := w.batchAfter(t, after, counterparty.INN, []string{"idocs:inn"}, "req", "contacts", "contactEmails")
		require.Equal(t, counterparty.Counts{Updated: 100}, w.update(t, batch).Counts)
		after = last
	}
	strangers, withoutOGRN := 0, 0
	for id, properties := range want {
		now, _ := w.alfresco.Get(id)
		for name, value := range properties {
			if now.Properties[name] != value {
				strangers++
			}
		}
		if now.Properties["idocs:ogrn"] == nil {
			withoutOGRN++
		}
	}
	require.Equal(t, 198, withoutOGRN, "33 items of each answer about 100 companies have no OGRN to write")
	require.Zero(t, strangers, "values of strangers")
}

// This is what docs/changes.md tells about nodes that were written so: a good pass mends what is written always, but not a
// KPP, with which the node counts as another unit; once a person has emptied it, the next pass fills it.
func TestNodeWithTheDataOfAnotherCompanyIsMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ours, other := company(1), current(2)
	w.kontur.AddCompany(ours)
	other["idocs:inn"], other["idocs:ogrn"], other["idocs:kpp"], other["idocs:phone"] = ours.INN, nil, "001299001", "+7 (000) 000-00-02"
	id := w.alfresco.Add(alfrescotest.Node{Properties: other})[0]
	want := current(1)
	want["idocs:phone"], want["idocs:email"] = ours.Phones[0], ours.Emails[0]
	stays := []string{"idocs:kpp", "idocs:juridicalAddress", "idocs:postAddress", "idocs:phone"}

	w.update(t, w.batch(t, "req", "contacts", "contactEmails"))
	got, _ := w.alfresco.Get(id)
	emptied := properties{}
	for name, value := range want {
		if slices.Contains(stays, name) {
			require.Equal(t, other[name], got.Properties[name], name)
			emptied[name] = nil
		} else {
			require.Equal(t, value, got.Properties[name], name)
		}
	}

	edit(t, w, id, emptied)
	w.update(t, w.batch(t, "req", "contacts", "contactEmails"))
	got, _ = w.alfresco.Get(id)
	for name, value := range want {
		require.Equal(t, value, got.Properties[name], name)
	}
}

// A node may be asked about by another attribute than those in which the mapping reads who it is.
func TestNodeThatHasAnotherIdentifierThanTheOneAskedByIsAmbiguous(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1))
	id := w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:ogrn": konturtest.OGRN(2), "idocs:psrnsp": konturtest.OGRN(1)}})[0]
	batch := w.batchBy(t, counterparty.OGRN, []string{"idocs:psrnsp"})
	result := w.update(t, batch)
	require.Equal(t, counterparty.NodeOutcome{NodeID: id, Outcome: counterparty.Ambiguous,
		Reason: "OGRN 1000000000021 on the node is not the OGRN 1000000000010 by which it was asked about"}, outcomes(result)[id])
	require.Empty(t, w.alfresco.Writes())
}

// FuzzNoValueOfAStrangerReachesANode does without network and Temporal, which would be most of its time.
func FuzzNoValueOfAStrangerReachesANode(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed%2 == 0, []byte(randomScript(rand.New(rand.NewPCG(seed, 11)))))
	}
	s := newStrangers(f)
	good := map[counterparty.IDKind]map[string][]map[string]any{}
	for _, by := range []counterparty.IDKind{counterparty.INN, counterparty.OGRN} {
		s.pass(f, nil, by)
		good[by] = s.served
	}
	f.Fuzz(func(t *testing.T, byOGRN bool, steps []byte) {
		by := counterparty.INN
		if byOGRN {
			by = counterparty.OGRN
		}
		s.served = map[string][]map[string]any{}
		answers := map[string][]counterparty.Projection{}
		for source, items := range good[by] {
			items = slices.Clone(items)
			for i := range items {
				items[i] = copied(items[i])
			}
			s.served[source] = script(steps[:min(len(steps), 100)]).edit(source)(items)
			for _, item := range s.served[source] {
				p, err := s.mapping.Project(source, identifier(item["inn"]), identifier(item["ogrn"]), item, s.kpps)
				if err == nil {
					answers[source] = append(answers[source], p)
				}
			}
		}
		matcher := counterparty.NewAnswers(by, answers)
		for _, node := range s.nodes {
			identity := s.mapping.Identity(node)
			choice, said := matcher.Match(identity)
			if choice.Outcome != "" {
				continue
			}
			written := s.mapping.Revise("", node, choice.Unit, identity.KPP, said).Write
			require.Empty(t, s.wrong(pass.NodeRef{Key: identity.ID(by), KPP: identity.KPP}, node, written, by))
		}
	})
}

// strangers is a world of companies of which no two say the same in anything that is mapped.
type strangers struct {
	*world
	nodes []properties
	kpps  []string

	mu     sync.Mutex
	served map[string][]map[string]any // what a source answered, after the edit
}

func newStrangers(tb testing.TB) *strangers {
	s := &strangers{world: newWorld(tb)}
	proprietor := func(n int, dissolved bool) konturtest.Company {
		c := company(100 + n)
		c.INN, c.OGRN, c.Branches, c.Status.Dissolved = konturtest.PersonINN(1), konturtest.OGRNIP(n), nil, dissolved
		return c
	}
	namesake := func(n, of int, dissolved bool) konturtest.Company {
		c := company(n)
		c.INN, c.Status.Dissolved = konturtest.INN(of), dissolved
		return c
	}
	for i, c := range []konturtest.Company{
		company(1), company(2), company(3), company(4), namesake(5, 4, true), company(6), namesake(7, 6, false), proprietor(1, false), proprietor(2, true),
	} {
		n := i + 1
		c.KPP, c.OKATO, c.FIO = fmt.Sprintf("0012010%02d", n), fmt.Sprintf("004010000%02d", n), fmt.Sprintf("Примеров Пример %d", n)
		c.Heads[0].FIO, c.Phones, c.Emails = fmt.Sprintf("Тестов Тест %d", n), []string{fmt.Sprintf("+7 (000) 000-00-%02d", n)}, []string{fmt.Sprintf("info%d@example.test", n)}
		for b := range c.Branches {
			c.Branches[b].KPP = fmt.Sprintf("0012430%02d", n)
		}
		s.kontur.AddCompany(c)
		ogrn := "idocs:ogrn"
		if len(c.OGRN) == 15 {
			ogrn = "idocs:psrnsp"
		}
		s.nodes = append(s.nodes,
			properties{"idocs:inn": c.INN}, properties{"idocs:inn": c.INN, "idocs:kpp": c.KPP}, properties{"idocs:inn": c.INN, "idocs:kpp": fmt.Sprintf("0012430%02d", n)},
			properties{"idocs:inn": c.INN, ogrn: c.OGRN}, properties{ogrn: c.OGRN}, properties{"idocs:inn": konturtest.INN(n%3 + 1), ogrn: c.OGRN})
		s.kpps = append(s.kpps, c.KPP, fmt.Sprintf("0012430%02d", n))
	}
	return s
}

// findings are what a pass did.
type findings struct {
	wrong              []string
	written, ambiguous int
}

// pass brings all nodes up to date while the answers are spoiled, and looks where each value came from.
func (s *strangers) pass(t testing.TB, steps script, by counterparty.IDKind) findings {
	t.Helper()
	s.served = map[string][]map[string]any{}
	s.kontur.ClearFaults()
	for _, source := range spoiledSources {
		edit := steps.edit(source)
		s.kontur.Inject(konturtest.Fault{Method: source, Edit: func(items []map[string]any) []map[string]any {
			s.mu.Lock()
			defer s.mu.Unlock()
			items = edit(items)
			for _, item := range items {
				s.served[source] = append(s.served[source], copied(item))
			}
			return items
		}})
	}
	nodes := make([]alfrescotest.Node, len(s.nodes))
	for i, p := range s.nodes {
		nodes[i] = alfrescotest.Node{Properties: p}
	}
	ids := s.alfresco.Add(nodes...)
	defer s.alfresco.Delete(ids...)
	attributes := map[counterparty.IDKind][]string{counterparty.INN: {"idocs:inn"}, counterparty.OGRN: {"idocs:ogrn", "idocs:psrnsp"}}[by]
	request := pass.DiffAndUpdateRequest{By: by, Attributes: attributes}
	var keys []string
	for i, id := range ids {
		identity := s.mapping.Identity(s.nodes[i])
		request.Nodes = append(request.Nodes, pass.NodeRef{ID: id, Key: identity.ID(by), KPP: identity.KPP})
		keys = append(keys, identity.ID(by))
	}
	for _, source := range spoiledSources {
		result, err := s.query(pass.QuerySourceRequest{Source: source, By: by, IDs: counterparty.Askable(by, keys), KPPs: s.kpps})
		require.NoError(t, err)
		request.Answers = append(request.Answers, pass.Answer{Source: source, Projections: result.Projections})
	}
	found := findings{ambiguous: s.update(t, request).Counts.Ambiguous}
	for i, id := range ids {
		now, ok := s.alfresco.Get(id)
		require.True(t, ok)
		written := map[string]any{}
		for name, value := range now.Properties {
			if strings.HasPrefix(name, "idocs:") && !mapping.Same(s.nodes[i][name], value) {
				written[name] = value
			}
		}
		found.written += len(written)
		found.wrong = append(found.wrong, s.wrong(request.Nodes[i], s.nodes[i], written, by)...)
	}
	return found
}

// wrong tells the values that no item may have given to the node, and those that items about different companies gave.
func (s *strangers) wrong(ref pass.NodeRef, node, written properties, by counterparty.IDKind) []string {
	identity := s.mapping.Identity(node)
	// from are the OGRNs of the items that may have given each value.
	from := map[string]map[string]bool{}
	ogrns := map[string]bool{"": true}
	for source, items := range s.served {
		for _, item := range items {
			inn, ogrn := identifier(item["inn"]), identifier(item["ogrn"])
			asked := map[counterparty.IDKind]string{counterparty.INN: inn, counterparty.OGRN: ogrn}[by]
			if asked != ref.Key || differ(inn, identity.INN) || differ(ogrn, identity.OGRN) {
				continue
			}
			p, err := s.mapping.Project(source, inn, ogrn, item, []string{ref.KPP})
			if err != nil {
				continue
			}
			ogrns[ogrn] = true
			for name, value := range written {
				if mapping.Same(value, p.Values[name]) || p.Branches[ref.KPP] != nil && mapping.Same(value, p.Branches[ref.KPP][name]) {
					if from[name] == nil {
						from[name] = map[string]bool{}
					}
					from[name][ogrn] = true
				}
			}
		}
	}
	var wrong []string
	for name, value := range written {
		if from[name] == nil {
			wrong = append(wrong, fmt.Sprintf("%v got %s = %v", node, name, value))
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	for ogrn := range ogrns {
		one := true
		for name := range written {
			one = one && (from[name][ogrn] || from[name][""])
		}
		if one {
			return nil
		}
	}
	return []string{fmt.Sprintf("%v got values of several companies: %v", node, written)}
}

func differ(a, b string) bool { return cmp.Or(a, b) != cmp.Or(b, a) }

// identifier is an identifier of an item, empty if there is none.
func identifier(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	case float64:
		return fmt.Sprint(value)
	}
	return ""
}
