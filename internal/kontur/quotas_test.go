package kontur_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
)

func TestQuotas(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithClock(func() time.Time { return time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC) }), konturtest.WithQuotas(
		konturtest.QuotaLine{Methods: []string{"req", "egrDetails"}, Limit: 5000, Spent: 1234},
		konturtest.QuotaLine{Methods: []string{"contacts"}, LimitType: konturtest.LimitRequests, Limit: 10, From: "2026-02-01", To: "2026-02-28"},
	))
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
	c := newClient(t, s)
	for range 2 {
		for _, method := range []string{"req", "contacts"} {
			_, err := query(t.Context(), c, method, counterparty.INN, []string{inn1})
			require.NoError(t, err)
		}
	}
	quotas, err := c.Quotas(t.Context())
	require.NoError(t, err)
	require.Equal(t, []kontur.Quota{
		{Methods: []string{"req", "egrDetails"}, LimitType: "LegalEntities", Limit: 5000, Spent: 1235, From: "2026-01-01", To: "2026-12-31"},
		{Methods: []string{"contacts"}, LimitType: "Requests", Limit: 10, Spent: 2, From: "2026-02-01", To: "2026-02-28"},
	}, quotas)
}

func TestQuotasEndWhereAnAnswerDoesNot(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10}))
	s.Inject(konturtest.Fault{Trouble: konturtest.HugeBody, Bytes: 2 << 20})
	_, err := newClient(t, s).Quotas(t.Context())
	require.Equal(t, kontur.BadResponse, kindOf(t, err))
}

// What the server says of a contract goes into logs and metrics; it may repeat the key anywhere.
func TestQuotasHoldNoKey(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.SetQuotas(konturtest.QuotaLine{Methods: []string{"req", "echo-" + s.Key()}, Limit: 10})
	quotas, err := newClient(t, s).Quotas(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"req", "echo-***"}, quotas[0].Methods)
}
