package activities_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// A date comes back from Alfresco as a time of a day, which is no reason to write it again in every pass.
func TestDiffAndUpdate_datesSettle(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, policy := range []string{"always", "ifOurs"} {
			w := v.world(t)
			var err error
			w.mapping, err = mapping.Parse(fmt.Appendf(nil, `{
				"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]}, "memory": "cm:dcsource",
				"attributes": [{"attribute": "icase:caseStatusChangedDateTime", "source": "req", "write": %q, "value": ".UL.registrationDate"}]
			}`, policy))
			require.NoError(t, err)
			w.kontur.AddCompany(company(1))
			id := w.alfresco.Add(node(1, nil))[0]
			require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts)
			require.NotEqual(t, "2002-07-19", shown(t, w, id)["icase:caseStatusChangedDateTime"], "Alfresco shows it in a form of its own")
			require.Equal(t, pass.DiffAndUpdateResult{Counts: counterparty.Counts{Unchanged: 1}}, w.update(t, w.batch(t)))

			w.kontur.Update(konturtest.OGRN(1), func(c *konturtest.Company) { c.RegistrationDate = "2002-07-20" })
			require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, w.batch(t)).Counts, policy)
			edit(t, w, id, properties{"icase:caseStatusChangedDateTime": "2002-07-21"})
			w.kontur.Update(konturtest.OGRN(1), func(c *konturtest.Company) { c.RegistrationDate = "2002-07-22" })
			want := map[string]counterparty.Counts{"always": {Updated: 1}, "ifOurs": {Unchanged: 1}}[policy]
			require.Equal(t, want, w.update(t, w.batch(t)).Counts, policy)
		}
	})
}
