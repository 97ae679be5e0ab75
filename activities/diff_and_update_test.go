package activities_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

func TestDiffAndUpdate_writesOnlyWhatDiffers(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		was := current(1)
		was["idocs:okpo"], was["idocs:CEOname"] = "00000009", "Директор, Прежний Пример Примерович"
		id := w.alfresco.Add(alfrescotest.Node{Properties: was})[0]
		result := w.update(t, w.batch(t))
		want := []counterparty.Change{
			{Attribute: "idocs:okpo", Was: "00000009", Became: "00000001", Source: "req"},
			{Attribute: "idocs:CEOname", Was: "Директор, Прежний Пример Примерович", Became: "Генеральный директор, Тестов Тест Тестович", Source: "req"},
		}
		require.Equal(t, want, outcomes(result)[id].Changes)
		writes := w.alfresco.Writes()
		require.Len(t, writes, 1)
		require.Equal(t, properties{"idocs:okpo": "00000001", "idocs:CEOname": "Генеральный директор, Тестов Тест Тестович"}, writes[0].Properties)
	})
}

// The head office and a branch have one INN, which is asked about once, and each takes the address of its own place.
func TestDiffAndUpdate_nodesOfOneCompany(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		ids := w.alfresco.Add(
			node(1, nil), node(1, properties{"idocs:kpp": headKPP}), node(1, properties{"idocs:kpp": branchKPP}),
			node(1, properties{"idocs:kpp": "001250001", "idocs:juridicalAddress": "своё место"}),
		)
		request := w.batch(t)
		require.Equal(t, []string{konturtest.INN(1)}, w.kontur.Requests()[0].IDs)
		require.Equal(t, counterparty.Counts{Updated: 4}, w.update(t, request).Counts)

		c := company(1)
		tests := []struct {
			name, id, wantKPP string
			wantAddress       any
		}{
			{"no KPP is the head office", ids[0], headKPP, c.Address.OneLine},
			{"KPP of the head office", ids[1], headKPP, c.Address.OneLine},
			{"KPP of the branch", ids[2], branchKPP, c.Branches[0].Address.OneLine},
			{"KPP that the register does not tell", ids[3], "001250001", "своё место"},
		}
		for _, tt := range tests {
			got, _ := w.alfresco.Get(tt.id)
			require.Equal(t, tt.wantKPP, got.Properties["idocs:kpp"], tt.name)
			require.Equal(t, tt.wantAddress, got.Properties["idocs:juridicalAddress"], tt.name)
			require.Equal(t, c.FullName, got.Properties["idocs:fullOrganizationName"], tt.name)
			require.Equal(t, c.OGRN, got.Properties["idocs:ogrn"], tt.name)
		}
	})
}

func TestDiffAndUpdate_soleProprietor(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		inn, ogrnip := konturtest.PersonINN(1), konturtest.OGRNIP(1)
		w.kontur.AddCompany(konturtest.Company{INN: inn, OGRN: ogrnip, FIO: "Примеров Пример Примерович", OKPO: "0000000001"})
		byINN := w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:inn": inn}})[0]
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts)
		want := properties{
			"idocs:inn": inn, "idocs:psrnsp": ogrnip, "idocs:okpo": "0000000001",
			"idocs:fullOrganizationName":  "Индивидуальный предприниматель Примеров Пример Примерович",
			"idocs:shortOrganizationName": "ИП Примеров Пример Примерович",
		}
		got, _ := w.alfresco.Get(byINN)
		require.Equal(t, want, got.Properties)

		w.alfresco.Delete(byINN)
		byOGRNIP := w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:psrnsp": ogrnip}})[0]
		request := w.batchBy(t, counterparty.OGRN, []string{"idocs:ogrn", "idocs:psrnsp"})
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
		got, _ = w.alfresco.Get(byOGRNIP)
		require.Equal(t, want, got.Properties)
	})
}

func TestDiffAndUpdate_askedByOGRN(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		namesake := company(2)
		namesake.INN = konturtest.INN(1)
		w.kontur.AddCompany(company(1), namesake)
		id := w.alfresco.Add(alfrescotest.Node{Properties: properties{"idocs:ogrn": namesake.OGRN}})[0]
		request := w.batchBy(t, counterparty.OGRN, []string{"idocs:ogrn", "idocs:psrnsp"})
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
		got, _ := w.alfresco.Get(id)
		require.Equal(t, namesake.FullName, got.Properties["idocs:fullOrganizationName"])
		require.Equal(t, namesake.INN, got.Properties["idocs:inn"])
	})
}

func TestDiffAndUpdate_answersOfAllSourcesMeetByOGRN(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		other := company(2)
		other.INN, other.Phones, other.Status = konturtest.INN(1), []string{"+7 (000) 000-00-02"}, konturtest.Status{Dissolved: true}
		w.kontur.AddCompany(company(1), other)
		id := w.alfresco.Add(node(1, nil))[0]
		request := w.batch(t, "req", "contacts", "contactEmails")
		slices.Reverse(request.Answers)
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
		got, _ := w.alfresco.Get(id)
		require.Equal(t, "+7 (000) 000-00-01", got.Properties["idocs:phone"], "and not that of the dissolved company with the same INN")
		require.Equal(t, "info@example.test", got.Properties["idocs:email"])
	})
}

// What the register has no value for stays, and so does what is written only into empty attributes.
func TestDiffAndUpdate_keepsWhatAPersonTyped(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		c := company(1)
		c.OKPO, c.Heads = "", nil
		w.kontur.AddCompany(c)
		mine := properties{
			"idocs:okpo": "00000077", "idocs:CEOname": "кого знают люди", "idocs:phone": "+7 (000) 000-00-77", "idocs:email": "mine@example.test",
			"idocs:postAddress": "а/я 77", "idocs:bankTitle": "Банк",
		}
		id := w.alfresco.Add(node(1, mine))[0]
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t, "req", "contacts", "contactEmails")).Counts)
		got, _ := w.alfresco.Get(id)
		require.Subset(t, got.Properties, mine)
		for name := range mine {
			require.NotContains(t, w.alfresco.Writes()[0].Properties, name)
		}
	})
}

// What of an answer can't be read costs its attribute and nothing else, and people are told.
func TestDiffAndUpdate_tellsWhatCouldNotBeCompared(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		broken := map[string]map[string]any{"req": {"UL": map[string]any{"heads": "nobody knows this form"}}}
		one, two := company(1), company(2)
		one.Extra, two.Extra = broken, broken
		w.kontur.AddCompany(one, two)
		ids := w.alfresco.Add(node(1, nil), node(2, current(2)))
		result := w.update(t, w.batch(t))
		require.Equal(t, counterparty.Counts{Updated: 1, Unchanged: 1}, result.Counts)
		for _, id := range ids {
			require.Contains(t, outcomes(result)[id].Reason, "idocs:CEOname")
			require.NotContains(t, attributesOf(outcomes(result)[id].Changes), "idocs:CEOname")
		}
	})
}

func TestDiffAndUpdate_looksWhereTheNodesWereFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, request := range []pass.DiffAndUpdateRequest{
		{NodeType: contractor, After: 7, LastDbid: 120, Whole: true}, {NodeType: contractor, After: 7, LastDbid: 120}, {},
	} {
		var got alfresco.Batch
		w.repository = fakeRepository{look: func(_ context.Context, batch alfresco.Batch, _ []string, _ alfresco.Decide) ([]alfresco.Updated, error) {
			got = batch
			return nil, nil
		}}
		request.Nodes = []pass.NodeRef{{ID: "a"}, {ID: "b"}, {ID: "a"}} // a node that moves while the index is read may show twice
		w.update(t, request)
		require.Equal(t, alfresco.Batch{IDs: []string{"a", "b"}, NodeType: request.NodeType, After: request.After, Last: request.LastDbid, Whole: request.Whole}, got)
	}
}

// Many nodes are looked at by one search, and only those that differ are read and written.
func TestDiffAndUpdate_readsWhatDiffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 20 {
		w.kontur.AddCompany(company(n + 1))
		is := current(n + 1)
		if n%7 == 0 {
			is["idocs:okpo"] = "x"
		}
		w.alfresco.Add(node(n+1, is))
	}
	request := w.batch(t)
	w.alfresco.Forget()
	require.Equal(t, counterparty.Counts{Updated: 3, Unchanged: 17}, w.update(t, request).Counts)
	require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Search: 1, alfrescotest.Get: 3, alfrescotest.Put: 3}, w.alfresco.Counts())
}
