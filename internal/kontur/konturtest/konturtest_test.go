package konturtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

const (
	inn1, inn2, inn3 = "0012345673", "0012345680", "0012345698"
	ogrn1, ogrn2     = "1000000000010", "1000000000021"
	innIP            = "001234567887"
	ogrnip1, ogrnip2 = "300000000000015", "300000000000026"
)

func server(t *testing.T, opts ...konturtest.Option) *konturtest.Server {
	s := konturtest.NewServer(t, opts...)
	s.AddCompany(
		konturtest.Company{INN: inn1, OGRN: ogrn1, KPP: "001201001", FullName: "Общество <Пример> / 1"},
		konturtest.Company{INN: inn2, OGRN: ogrn2},
		konturtest.Company{INN: innIP, OGRN: ogrnip1, FIO: "Примеров Пример Примерович"},
		konturtest.Company{INN: innIP, OGRN: ogrnip2, FIO: "Примеров Пример Примерович", Status: konturtest.Status{Dissolved: true}},
	)
	return s
}

// get makes a raw request; the query holds everything but the key.
func get(t *testing.T, s *konturtest.Server, path, query string) (status int, contentType, body string) {
	t.Helper()
	return getWithKey(t, s, path, query, s.Key())
}

func getWithKey(t *testing.T, s *konturtest.Server, path, query, key string) (status int, contentType, body string) {
	t.Helper()
	resp, err := http.Get(s.URL() + path + "?" + query + "&key=" + url.QueryEscape(key))
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

func ogrnsOf(t *testing.T, body string) []string {
	t.Helper()
	var items []struct{ OGRN string }
	require.NoError(t, json.Unmarshal([]byte(body), &items), body)
	ogrns := []string{}
	for _, item := range items {
		ogrns = append(ogrns, item.OGRN)
	}
	return ogrns
}

func TestAnswersAreJSONArraysOfWhatIsKnown(t *testing.T) {
	t.Parallel()
	s := server(t)
	tests := []struct {
		name string
		give string
		want []string
	}{
		{"by INN", "inn=" + inn1, []string{ogrn1}},
		{"by OGRN", "ogrn=" + ogrn2, []string{ogrn2}},
		{"comma as it is", "inn=" + inn1 + "," + inn2, []string{ogrn1, ogrn2}},
		{"comma escaped", "inn=" + inn1 + "%2C" + inn2, []string{ogrn1, ogrn2}},
		{"several companies on one INN", "inn=" + innIP, []string{ogrnip1, ogrnip2}},
		{"unknown alone", "inn=" + inn3, []string{}},
		{"unknown in a batch is missing", "inn=" + inn3 + "," + inn1, []string{ogrn1}},
		{"malformed beside good vanishes", "inn=00000,0012345674," + inn1, []string{ogrn1}},
		{"foreign beside good vanishes", "inn=9909000004," + inn1, []string{ogrn1}},
		{"a repetition counts once", "inn=" + inn1 + "," + inn1, []string{ogrn1}},
		{"empty ogrn beside inn", "ogrn=&inn=" + inn1, []string{ogrn1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, contentType, body := get(t, s, "/api3/req", tt.give)
			require.Equal(t, 200, status)
			require.Equal(t, "application/json; charset=utf-8", contentType)
			require.ElementsMatch(t, tt.want, ogrnsOf(t, body))
		})
	}
}

func TestRefusalsArePlainText(t *testing.T) {
	t.Parallel()
	s := server(t)
	tooMany := "inn=" + strings.Repeat(inn1+",", 100) + inn2
	tests := []struct {
		name, path, query, key string
		want                   int
		text                   string
	}{
		{"only malformed ids", "/api3/req", "inn=00000", s.Key(), 400, "inn/ogrn param is not specified"},
		{"only a foreign id", "/api3/req", "inn=9909000004", s.Key(), 400, "inn/ogrn param is not specified"},
		{"no id", "/api3/req", "inn=", s.Key(), 400, "inn/ogrn param is not specified"},
		{"an INN as OGRN", "/api3/req", "ogrn=" + inn1, s.Key(), 400, "inn/ogrn param is not specified"},
		{"empty key", "/api3/req", "inn=" + inn1, "", 403, "No valid key specified"},
		{"wrong key", "/api3/req", "inn=" + inn1, "wrong", 403, "No valid key specified"},
		{"wrong key on stat", "/api3/stat", "", "wrong", 400, "Param 'key' not specified or invalid"},
		{"101 ids", "/api3/req", tooMany, s.Key(), 400, "the limit is 100"},
		{"unknown method", "/api3/search", "", s.Key(), 404, "Not found"},
		{"unknown path", "/", "", s.Key(), 404, "Not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, contentType, body := getWithKey(t, s, tt.path, tt.query, tt.key)
			require.Equal(t, tt.want, status)
			require.Equal(t, "text/plain; charset=utf-8", contentType)
			require.Contains(t, body, tt.text)
		})
	}
}

func TestTooManyIDsAreTruncatedIfWanted(t *testing.T) {
	t.Parallel()
	s := server(t, konturtest.WithTooMany(konturtest.Truncate))
	status, _, body := get(t, s, "/api3/req", "inn="+strings.Repeat(inn1+",", 100)+inn2)
	require.Equal(t, 200, status)
	require.Equal(t, []string{ogrn1}, ogrnsOf(t, body))
}

func TestPostIsRefused(t *testing.T) {
	t.Parallel()
	s := server(t)
	resp, err := http.Post(s.URL()+"/api3/req?inn="+inn1+"&key="+s.Key(), "text/plain", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 405, resp.StatusCode)
	require.Equal(t, "GET", resp.Header.Get("Allow"))
}

func TestStatTakesThePrefixOfTheKeyAndTellsTheQuotas(t *testing.T) {
	t.Parallel()
	s := server(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req", "egrDetails"}, Limit: 10, Spent: 3}))
	get(t, s, "/api3/req", "inn="+inn1+","+inn2)
	get(t, s, "/api3/egrDetails", "inn="+inn1)
	status, _, body := getWithKey(t, s, "/api3/stat", "", s.Key()[:20])
	require.Equal(t, 200, status)
	require.Contains(t, body, `"methodName":"api3\/req & api3\/egrDetails"`)
	require.JSONEq(t, `[{"methodName":"api3/req & api3/egrDetails","limitType":"LegalEntities","limit":10,"spent":5,
		"periodStartDate":"2026-01-01","periodEndDate":"2026-12-31"}]`, body)
}

func TestQuotaCountsDistinctCompaniesAndRefusesBeyond(t *testing.T) {
	t.Parallel()
	s := server(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1}))
	for range 3 {
		status, _, _ := get(t, s, "/api3/req", "inn="+inn1)
		require.Equal(t, 200, status, "a repetition is free")
	}
	status, _, _ := get(t, s, "/api3/req", "inn="+inn2)
	require.Equal(t, 403, status, "a second company is beyond the limit")
	status, _, _ = get(t, s, "/api3/sites", "inn="+inn1)
	require.Equal(t, 403, status, "a method outside the contract")
}

func TestRecordMasksTheKey(t *testing.T) {
	t.Parallel()
	s := server(t)
	get(t, s, "/api3/req", "inn="+inn1+","+inn2)
	requests := s.Requests()
	require.Len(t, requests, 1)
	r := requests[0]
	require.Equal(t, "req", r.Method)
	require.Equal(t, "inn", r.Param)
	require.Equal(t, []string{inn1, inn2}, r.IDs)
	require.Equal(t, 200, r.Status)
	require.NotContains(t, r.Query, s.Key())
	require.Equal(t, 1, s.Count())
	require.Equal(t, 1, s.MaxConcurrent())
}

func TestOrderIsShuffledAndTheSameForTheSameRequest(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	var inns, ogrns []string
	for n := 1; n <= 50; n++ {
		s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
		inns, ogrns = append(inns, konturtest.INN(n)), append(ogrns, konturtest.OGRN(n))
	}
	_, _, first := get(t, s, "/api3/req", "inn="+strings.Join(inns, ","))
	_, _, second := get(t, s, "/api3/req", "inn="+strings.Join(inns, ","))
	require.Equal(t, first, second)
	require.ElementsMatch(t, ogrns, ogrnsOf(t, first))
	require.NotEqual(t, ogrns, ogrnsOf(t, first))
}

func TestChangesShowInTheNextAnswer(t *testing.T) {
	t.Parallel()
	s := server(t)
	require.True(t, s.Update(ogrn1, func(c *konturtest.Company) { c.INN, c.KPP = inn3, "001243001" }))
	_, _, body := get(t, s, "/api3/req", "inn="+inn1+","+inn3)
	require.Contains(t, body, "001243001")
	require.Equal(t, []string{ogrn1}, ogrnsOf(t, body))
	require.True(t, s.Remove(ogrn1))
	require.False(t, s.Remove(ogrn1))
	require.False(t, s.Update(ogrn1, func(*konturtest.Company) {}))
	_, _, body = get(t, s, "/api3/req", "inn="+inn3)
	require.Equal(t, "[]", body)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 15, 4, 5, 1, time.UTC)
	tests := []struct {
		name string
		form konturtest.RetryAfterForm
		want string
	}{
		{"seconds", konturtest.Seconds, "2"},
		{"a date, rounded up", konturtest.HTTPDate, "Fri, 02 Jan 2026 15:04:07 GMT"},
		{"nothing", konturtest.NoHeader, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, konturtest.WithRate(1), konturtest.WithClock(func() time.Time { return now }),
				konturtest.WithRetryAfter(tt.form, 1500*time.Millisecond))
			get(t, s, "/api3/req", "inn="+inn1)
			resp, err := http.Get(s.URL() + "/api3/req?key=" + s.Key() + "&inn=" + inn1)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, 429, resp.StatusCode)
			require.Equal(t, tt.want, resp.Header.Get("Retry-After"))
		})
	}
}

func TestFaultsEndAfterTheirTimesAndHitTheirMethodOnly(t *testing.T) {
	t.Parallel()
	s := server(t)
	s.Inject(konturtest.Fault{Method: "req", Times: 2, Status: 503, Text: "down"},
		konturtest.Fault{Method: "sites", Status: 500})
	var statuses []int
	for _, path := range []string{"/api3/contacts", "/api3/req", "/api3/req", "/api3/req", "/api3/sites", "/api3/sites"} {
		status, _, _ := get(t, s, path, "inn="+inn1)
		statuses = append(statuses, status)
	}
	require.Equal(t, []int{200, 503, 503, 200, 500, 500}, statuses)
	s.ClearFaults()
	status, _, _ := get(t, s, "/api3/sites", "inn="+inn1)
	require.Equal(t, 200, status)
}

func TestInventedIDsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0012345673", konturtest.INN(1234567))
	require.Equal(t, "0012345610", konturtest.INN(1234561), "remainder 10")
	require.Equal(t, "001234567887", konturtest.PersonINN(12345678))
	require.Equal(t, "001234568200", konturtest.PersonINN(12345682), "both remainders 10")
	require.Equal(t, "1000000000010", konturtest.OGRN(1))
	require.Equal(t, "1000000000110", konturtest.OGRN(11), "remainder 10")
	require.Equal(t, "300000000000015", konturtest.OGRNIP(1))
	require.Equal(t, "300000000000060", konturtest.OGRNIP(6), "remainder 10 or more")
}

func BenchmarkHundredIDsOfTenThousand(b *testing.B) {
	s := konturtest.NewServer(b)
	var ids []string
	for n := 1; n <= 10_000; n++ {
		c := full
		c.INN, c.OGRN = konturtest.INN(n), konturtest.OGRN(n)
		s.AddCompany(c)
		if n%100 == 0 {
			ids = append(ids, c.INN)
		}
	}
	for b.Loop() {
		resp, err := http.Get(s.URL() + "/api3/req?key=" + s.Key() + "&inn=" + strings.Join(ids, ","))
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		require.NoError(b, resp.Body.Close())
	}
}
