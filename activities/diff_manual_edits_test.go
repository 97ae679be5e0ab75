package activities_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// ifOurs is a mapping of three attributes, OKPO by a policy of its own, with a memory in a property that every Alfresco has.
func ifOurs(t *testing.T, okpo string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse(fmt.Appendf(nil, `{
		"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
		"memory": "cm:dcsource",
		"attributes": [
			{"attribute": "idocs:shortOrganizationName", "source": "req", "write": "ifOurs", "value": ".UL.legalName.short"},
			{"attribute": "idocs:CEOname", "source": "req", "write": "ifOurs", "value": ".UL.heads[0].fio"},
			{"attribute": "idocs:okpo", "source": "req", "write": %q, "value": ".UL.okpo"}
		]
	}`, okpo))
	require.NoError(t, err)
	return m
}

// change gives the n-th company another name, another head and another OKPO.
func change(w *world, n int, to string) {
	w.kontur.Update(konturtest.OGRN(n), func(c *konturtest.Company) {
		c.ShortName, c.Heads, c.OKPO = "ООО "+to, []konturtest.Head{{FIO: "Глава " + to, Position: "Директор"}}, "0000"+to
	})
}

func shown(t *testing.T, w *world, id string) properties {
	t.Helper()
	n, ok := w.alfresco.Get(id)
	require.True(t, ok)
	return n.Properties
}

// The main promise: what a pass wrote goes with the register, what a person typed in stays and is told.
func TestDiffAndUpdate_keepsManualEdits(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.mapping = ifOurs(t, "always")
		w.kontur.AddCompany(company(1), company(2))
		ids := w.alfresco.Add(node(1, nil), node(2, nil))
		require.Equal(t, counterparty.Counts{Updated: 2}, w.update(t, w.batch(t)).Counts)
		require.Regexp(t, `^counterparty-sync/1 idocs:CEOname=\S{8} idocs:okpo=\S{8} idocs:shortOrganizationName=\S{8}$`, shown(t, w, ids[0])["cm:dcsource"])
		edit(t, w, ids[0], properties{"idocs:shortOrganizationName": "Наш лучший клиент", "idocs:okpo": "00000077"})
		edit(t, w, ids[1], properties{"idocs:CEOname": nil})
		for n := 1; n <= 2; n++ {
			change(w, n, "0009")
		}

		result := w.update(t, w.batch(t))

		require.Equal(t, counterparty.Counts{Updated: 2}, result.Counts)
		first := outcomes(result)[ids[0]]
		require.Equal(t, []counterparty.Change{
			{Attribute: "idocs:CEOname", Was: "Тестов Тест Тестович", Became: "Глава 0009", Source: "req"},
			{Attribute: "idocs:okpo", Was: "00000077", Became: "00000009", Source: "req"},
		}, first.Changes, "the memory is no change of its own")
		require.Equal(t, []counterparty.Change{
			{Attribute: "idocs:shortOrganizationName", Was: "Наш лучший клиент", Became: "ООО 0009", Source: "req", Reason: counterparty.KeptByHand},
		}, first.Reported)
		require.Equal(t, "Наш лучший клиент", shown(t, w, ids[0])["idocs:shortOrganizationName"])
		require.Equal(t, []string{"idocs:shortOrganizationName", "idocs:CEOname", "idocs:okpo"}, attributesOf(outcomes(result)[ids[1]].Changes), "what was emptied is filled")

		w.alfresco.Forget()
		result = w.update(t, w.batch(t))
		require.Equal(t, counterparty.Counts{Unchanged: 2}, result.Counts)
		require.Zero(t, w.alfresco.Count(v.write), "what is kept is told again, and nothing is written")
		require.Equal(t, first.Reported, outcomes(result)[ids[0]].Reported)
		require.NotContains(t, outcomes(result), ids[1])
	})
}

// Nodes are read and written by the same requests with a memory and without one.
func TestDiffAndUpdate_memoryCostsNoRequest(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		counts := func(m *mapping.Mapping) (first, second map[alfrescotest.Operation]int) {
			w := v.world(t)
			w.mapping = m
			for n := 1; n <= 20; n++ {
				w.kontur.AddCompany(company(n))
				w.alfresco.Add(node(n, nil))
			}
			w.update(t, w.batch(t))
			first = w.alfresco.Counts()
			w.alfresco.Forget()
			require.Equal(t, pass.DiffAndUpdateResult{Counts: counterparty.Counts{Unchanged: 20}}, w.update(t, w.batch(t)))
			return first, w.alfresco.Counts()
		}
		plain, err := mapping.Parse([]byte(`{
			"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
			"attributes": [{"attribute": "idocs:okpo", "source": "req", "write": "always", "value": ".UL.okpo"}]
		}`))
		require.NoError(t, err)
		first, second := counts(ifOurs(t, "always"))
		plainFirst, plainSecond := counts(plain)
		require.Equal(t, plainFirst, first)
		require.Equal(t, plainSecond, second)
		require.Zero(t, second[v.write])
	})
}

// Either value and memory stand, or neither does: a write that Alfresco refuses leaves no memory of it.
func TestDiffAndUpdate_memoryIsWrittenWithTheValues(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.mapping = ifOurs(t, "always")
		w.kontur.AddCompany(company(1))
		ids := w.alfresco.Add(node(1, nil))
		w.update(t, w.batch(t))
		before := shown(t, w, ids[0])
		change(w, 1, "0002")
		refuse := v.refused
		refuse.Operation = v.write
		remove := w.alfresco.Inject(refuse)
		require.Equal(t, counterparty.Counts{Rejected: 1}, w.update(t, w.batch(t)).Counts)
		require.Equal(t, before, shown(t, w, ids[0]))
		remove()
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts, "and what is ours is still known")
		require.Equal(t, "Глава 0002", shown(t, w, ids[0])["idocs:CEOname"])
		for _, write := range w.alfresco.Writes() {
			require.Contains(t, write.Properties, "cm:dcsource")
			require.Greater(t, len(write.Properties), 1)
		}
	})
}

func TestDiffAndUpdate_textOfSomebodyElseInTheMemory(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.mapping = ifOurs(t, "always")
		w.kontur.AddCompany(company(1))
		id := w.alfresco.Add(node(1, properties{"cm:dcsource": "ЕГРЮЛ", "idocs:CEOname": "Кто-то"}))[0]
		outcome := outcomes(w.update(t, w.batch(t)))[id]
		require.Equal(t, counterparty.Updated, outcome.Outcome)
		require.Equal(t, []string{"idocs:shortOrganizationName", "idocs:okpo"}, attributesOf(outcome.Changes))
		require.Equal(t, []string{"idocs:CEOname"}, attributesOf(outcome.Reported))
		require.True(t, strings.HasPrefix(outcome.Reason, "cm:dcsource: holds a text that this program did not write"), outcome.Reason)
		require.Equal(t, "ЕГРЮЛ", shown(t, w, id)["cm:dcsource"])
	})
}

// A memory that Alfresco does not keep is told like any other attribute: nothing would ever be ours.
func TestDiffAndUpdate_memoryThatTheModelLacks(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		var err error
		w.mapping, err = mapping.Parse([]byte(`{
			"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]}, "memory": "my:memory",
			"attributes": [{"attribute": "idocs:okpo", "source": "req", "write": "ifOurs", "value": ".UL.okpo"}]
		}`))
		require.NoError(t, err)
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		_, err = execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), w.batch(t))
		requireFailure(t, err, pass.FailureUnknownAttribute, false)
		require.ErrorContains(t, err, "my:memory")
	})
}

// The memory of a node is the same whichever API wrote it.
func TestDiffAndUpdate_memoryOutlivesAChangeOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
	w.mapping = ifOurs(t, "always")
	w.kontur.AddCompany(company(1))
	id := w.alfresco.Add(node(1, nil))[0]
	for i, api := range []alfresco.API{alfresco.REST, alfresco.Records, alfresco.REST} {
		w.repository = alfrescoClient(t, w.alfresco.URL(), alfrescotest.DefaultPassword, api)
		to := "000" + string(rune('1'+i))
		change(w, 1, to)
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts)
		require.Equal(t, "Глава "+to, shown(t, w, id)["idocs:CEOname"])
	}
}
