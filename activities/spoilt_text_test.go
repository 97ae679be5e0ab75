package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
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
