package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// PostgreSQL takes no U+0000 and XML no other control character; a second look finds nothing to do.
func TestDiffAndUpdate_writesNoControlCharacters(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		spoilt := company(1)
		spoilt.FullName = "\x00Общество с ограниченной\u0085ответственностью \"Пример\x1f 1\"\x00"
		w.kontur.AddCompany(spoilt)
		id := w.alfresco.Add(node(1, nil))[0]
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts)
		got, _ := w.alfresco.Get(id)
		require.Equal(t, current(1), got.Properties)
		require.Equal(t, counterparty.Counts{Unchanged: 1}, w.update(t, w.batch(t)).Counts)
	})
}

// What stood in the place of U+FFFD is lost: the node keeps what it has there, and says why.
func TestDiffAndUpdate_writesNoLostCharacters(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		spoilt := company(1)
		spoilt.FullName = "\ufffd\ufffd\ufffd \"Пример\""
		w.kontur.AddCompany(spoilt)
		had := current(1)
		had["idocs:fullOrganizationName"], had["idocs:okpo"] = "typed in", "00000077"
		id := w.alfresco.Add(node(1, had))[0]
		result := w.update(t, w.batch(t))
		require.Equal(t, counterparty.Counts{Updated: 1}, result.Counts)
		require.Equal(t, []string{"idocs:okpo"}, attributesOf(result.Nodes[0].Changes))
		require.Equal(t, "idocs:fullOrganizationName: req: jq expression returns a text with a lost character, U+FFFD", result.Nodes[0].Reason)
		want := current(1)
		want["idocs:fullOrganizationName"] = "typed in"
		got, _ := w.alfresco.Get(id)
		require.Equal(t, want, got.Properties)
	})
}

// What can't be a KPP or an OGRN decides nothing, so that the node is not frozen, and is told.
func TestDiffAndUpdate_whatCanBeNoIdentifierCountsAsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namesake := company(9)
	namesake.INN, namesake.KPP, namesake.DissolutionDate, namesake.Status.Dissolved = konturtest.INN(1), "001299999", "2010-01-01", true
	w.kontur.AddCompany(company(1), namesake)
	const none = ", so it counts as none"
	tests := []struct {
		name string
		give properties
		want string
	}{
		{"a word for a KPP", properties{"idocs:kpp": "нет"}, `KPP "нет" does not have 9 characters` + none},
		{"a dash for a KPP", properties{"idocs:kpp": "-"}, `KPP "-" does not have 9 characters` + none},
		{"a KPP with a blank in it", properties{"idocs:kpp": "0020 01001"}, `KPP "0020 01001" does not have 9 characters` + none},
		{"a KPP in small letters", properties{"idocs:kpp": "0012ab001"}, `KPP "0012ab001" has something other than digits and capital Latin letters in its 5th and 6th place` + none},
		{"what nobody sees behind the KPP", properties{"idocs:kpp": headKPP + "\u200b"}, ""},
		{"a word for an OGRN", properties{"idocs:ogrn": "нет"}, `OGRN "нет" has characters other than the digits 0 to 9` + none},
		{"a slip in the OGRN", properties{"idocs:ogrn": "1000000000011"}, `OGRN "1000000000011" has a wrong check digit` + none},
		{"zeros for an OGRN", properties{"idocs:ogrn": "0000000000000"}, `OGRN "0000000000000" is all zeros` + none},
	}
	ids := make([]string, len(tests))
	for i, tt := range tests {
		ids[i] = w.alfresco.Add(node(1, tt.give))[0]
	}
	result := w.update(t, w.batch(t))
	require.Equal(t, counterparty.Counts{Updated: len(tests)}, result.Counts)
	for i, tt := range tests {
		require.Equal(t, tt.want, outcomes(result)[ids[i]].Reason, tt.name)
		want := current(1)
		if ogrn := tt.give["idocs:ogrn"]; ogrn != nil {
			want["idocs:ogrn"] = ogrn // written only where there is none
		}
		got, _ := w.alfresco.Get(ids[i])
		require.Equal(t, want, got.Properties, tt.name)
	}
}

// A dash where a form insists on an OGRN does not hide the OGRNIP.
func TestFetchBatch_takesTheAttributeThatHoldsAnIdentifier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ogrnip := konturtest.OGRNIP(1)
	w.alfresco.Add(
		alfrescotest.Node{Properties: properties{"idocs:ogrn": "-", "idocs:psrnsp": ogrnip}},
		alfrescotest.Node{Properties: properties{"idocs:ogrn": konturtest.OGRN(2), "idocs:psrnsp": ogrnip}},
		alfrescotest.Node{Properties: properties{"idocs:ogrn": "-", "idocs:psrnsp": "нет"}},
	)
	request := w.fetchRequest()
	request.Attributes = []string{"idocs:ogrn", "idocs:psrnsp"}
	fetched, err := w.fetch(request)
	require.NoError(t, err)
	require.Equal(t, []string{ogrnip, konturtest.OGRN(2), "-"}, []string{fetched.Nodes[0].Key, fetched.Nodes[1].Key, fetched.Nodes[2].Key})
}

// A list of companies that changed has no such OGRN, so that the node would never be asked about again.
func TestFetchBatch_whatCanBeNoOGRNIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.alfresco.Add(node(1, properties{"idocs:ogrn": "нет"}), node(2, properties{"idocs:ogrn": "\u200b" + konturtest.OGRN(2)}))
	request := w.fetchRequest()
	request.ModifiedSince = new(time.Now())
	fetched, err := w.fetch(request)
	require.NoError(t, err)
	require.Empty(t, fetched.Nodes[0].OGRN)
	require.Equal(t, konturtest.OGRN(2), fetched.Nodes[1].OGRN)
}
