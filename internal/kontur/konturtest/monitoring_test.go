package konturtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

func post(t *testing.T, s *konturtest.Server, path, query, body string) (status int) {
	t.Helper()
	resp, err := http.Post(s.URL()+path+"?"+query+"&key="+s.Key(), "text/plain", strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestWatchListIsReplacedUnlessAppended(t *testing.T) {
	t.Parallel()
	s := server(t)
	require.Equal(t, 200, post(t, s, "/api3/monList", "append=true", inn1))
	require.Equal(t, 200, post(t, s, "/api3/monList", "append=true", ogrn2+" "+ogrn2))
	require.Equal(t, []konturtest.Watched{{INN: inn1, OGRN: ogrn1}, {INN: inn2, OGRN: ogrn2}}, s.WatchList())
	require.Equal(t, 200, post(t, s, "/api3/monList", "", ogrnip1))
	require.Equal(t, []konturtest.Watched{{INN: innIP, OGRN: ogrnip1}}, s.WatchList())
	require.Equal(t, 405, post(t, s, "/api3/req", "inn="+inn1, ""))
}

func TestMonitoringNeedsADate(t *testing.T) {
	t.Parallel()
	s := server(t)
	for _, query := range []string{"", "date=", "date=10.03.2026"} {
		status, _, _ := get(t, s, "/api3/req/mon", query)
		require.Equal(t, 400, status, query)
	}
	status, _, _ := get(t, s, "/api3/contacts/mon", "date=2026-03-10")
	require.Equal(t, 404, status)
}

func TestChangesNameCompaniesAsTold(t *testing.T) {
	t.Parallel()
	for by, want := range map[konturtest.ChangesBy]string{
		konturtest.ByOGRN: `[{"ogrn":"` + ogrn1 + `"}]`, konturtest.ByINN: `[{"inn":"` + inn1 + `"}]`, konturtest.ByBoth: `[{"inn":"` + inn1 + `","ogrn":"` + ogrn1 + `"}]`,
	} {
		s := server(t, konturtest.WithChangesBy(by))
		s.WatchAll()
		now := time.Now()
		s.MarkChanged(now, ogrn1)
		_, _, body := get(t, s, "/api3/req/mon", "date="+now.AddDate(0, 0, -2).Format(time.DateOnly))
		require.JSONEq(t, want, body)
	}
}

// What is the same to a method is no change of it.
func TestUpdateIsAChangeOfTheAnswersThatDiffer(t *testing.T) {
	t.Parallel()
	s := server(t, konturtest.WithClock(func() time.Time { return time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC) }))
	s.WatchAll()
	s.Update(ogrn1, func(c *konturtest.Company) { c.Phones = []string{"+70000000000"} })
	_, _, body := get(t, s, "/api3/egrDetails/mon", "date=2026-03-10")
	require.Equal(t, "[]", body)
	_, _, body = get(t, s, "/api3/req/mon", "date=2026-03-10")
	require.Equal(t, []string{ogrn1}, ogrnsOf(t, body), "req counts the phones")
}

func TestPeriodsFollowEachOther(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                     string
		from, to, wantFrom, want string
	}{
		{"a month", "2026-02-01", "2026-02-28", "2026-04-01", "2026-04-30"},
		{"a year", "2025-03-01", "2026-02-28", "2026-03-01", "2027-02-28"},
		{"days", "2026-04-01", "2026-04-10", "2026-04-11", "2026-04-20"},
		{"not over", "2026-04-15", "2026-04-15", "2026-04-15", "2026-04-15"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, konturtest.WithClock(func() time.Time { return time.Date(2026, 4, 15, 9, 0, 0, 0, time.UTC) }),
				konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 5, Spent: 5, From: tt.from, To: tt.to}))
			_, _, body := get(t, s, "/api3/stat", "")
			require.Contains(t, body, `"periodStartDate":"`+tt.wantFrom+`"`)
			require.Contains(t, body, `"periodEndDate":"`+tt.want+`"`)
			require.Equal(t, tt.from != tt.wantFrom, s.Spent("req") == 0)
		})
	}
}

func TestUnknownIdentifiersMayCost(t *testing.T) {
	t.Parallel()
	s := server(t, konturtest.WithChargeForUnknown())
	for range 2 {
		get(t, s, "/api3/req", "inn="+inn1+","+inn3)
	}
	require.Equal(t, 2, s.Spent("req"))
	s.SetSpent("req", 7)
	require.Equal(t, 7, s.Spent("req"))
}
