package activities_test

import (
	"cmp"
	"encoding/json"
	"fmt"
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
		result, err := s.query(pass.QuerySourceRequest{Source: source, By: by, IDs: counterparty.Texts(counterparty.Askable(by, keys)), KPPs: s.kpps})
		require.NoError(t, err)
		request.Answers = append(request.Answers, s.answers(t, source, projections(t, result)))
	}
	found := findings{ambiguous: s.update(t, request).Counts.Ambiguous}
	for i, id := range ids {
		now, ok := s.alfresco.Get(id)
		require.True(t, ok)
		written := map[string]any{}
		for name, value := range now.Properties {
			if strings.HasPrefix(name, "idocs:") && !mapping.Equal(s.nodes[i][name], value) {
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
				if mapping.Equal(value, p.Values[name]) || p.Branches[ref.KPP] != nil && mapping.Equal(value, p.Branches[ref.KPP][name]) {
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
