package konturtest_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

// Each key has a contract of its own on one register.
func TestFurtherKeys(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 5}))
	second := s.AddKey("second-key-0123456789-abcdefghijklmnop", konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1}))
	for i := 1; i <= 2; i++ {
		s.AddCompany(konturtest.Company{INN: konturtest.INN(i), OGRN: konturtest.OGRN(i)})
	}
	ask := func(of *konturtest.Server, call string) (int, string) {
		r, err := http.Get(s.URL() + "/api3/" + call + "&key=" + of.Key())
		require.NoError(t, err)
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return r.StatusCode, string(body)
	}
	both := "req?inn=" + konturtest.INN(1) + "," + konturtest.INN(2)
	status, _ := ask(s, both)
	require.Equal(t, http.StatusOK, status)
	status, text := ask(second, both)
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, "Limit exceeded", text)
	status, _ = ask(second, "req?inn="+konturtest.INN(1))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 2, s.Spent("req"))
	require.Equal(t, 1, second.Spent("req"))
	require.Len(t, s.Requests(), 1)
	require.Len(t, second.Requests(), 2)

	s.WatchAll()
	require.Len(t, s.WatchList(), 2)
	require.Empty(t, second.WatchList())
	second.WatchAll()
	require.True(t, s.Update(konturtest.OGRN(2), func(c *konturtest.Company) { c.KPP = "770101001" }))
	today := time.Now().In(time.FixedZone("MSK", 3*60*60)).Format(time.DateOnly)
	for _, of := range []*konturtest.Server{s, second} {
		_, text = ask(of, "req/mon?date="+today)
		require.JSONEq(t, `[{"ogrn":"`+konturtest.OGRN(2)+`"}]`, text)
	}
	second.Inject(konturtest.Fault{Status: http.StatusServiceUnavailable})
	status, _ = ask(second, "stat?")
	require.Equal(t, http.StatusServiceUnavailable, status)
	status, _ = ask(s, "stat?")
	require.Equal(t, http.StatusOK, status)
}
