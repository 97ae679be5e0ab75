package activities_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
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
			written := s.mapping.Diff("", node, choice.Unit, identity.KPP, said).Write
			require.Empty(t, s.wrong(pass.NodeRef{Key: identity.ID(by), KPP: identity.KPP}, node, written, by))
		}
	})
}
