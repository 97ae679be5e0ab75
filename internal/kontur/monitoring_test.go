package kontur_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
)

// noon of the day on which the tests take place, in Moscow.
var noon = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return noon.AddDate(0, 0, -n) }

func watchedServer(t *testing.T, opts ...konturtest.Option) *konturtest.Server {
	s := konturtest.NewServer(t, append(opts, konturtest.WithClock(func() time.Time { return noon }))...)
	s.AddCompany(
		konturtest.Company{INN: inn1, OGRN: ogrn1},
		konturtest.Company{INN: inn2, OGRN: ogrn2},
		konturtest.Company{INN: innIP, OGRN: ogrnip1},
	)
	return s
}

func TestWatchAddsAndNeverReplaces(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	c := newClient(t, s)
	list, err := c.WatchList(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)

	known, err := c.Watch(t.Context(), []string{ogrn1, konturtest.OGRN(77)})
	require.NoError(t, err)
	require.Equal(t, []kontur.Watched{{INN: inn1, OGRN: ogrn1}}, known, "what nobody knows is not watched")
	_, err = c.Watch(t.Context(), []string{ogrnip1})
	require.NoError(t, err)
	list, err = c.WatchList(t.Context())
	require.NoError(t, err)
	require.Equal(t, []kontur.Watched{{INN: inn1, OGRN: ogrn1}, {INN: innIP, OGRN: ogrnip1}}, list)

	_, err = c.ReplaceWatchList(t.Context(), []string{ogrn2})
	require.NoError(t, err)
	require.Equal(t, []konturtest.Watched{{INN: inn2, OGRN: ogrn2}}, s.WatchList())
	for _, request := range s.Requests() {
		if request.Verb == http.MethodPost {
			require.Contains(t, request.Query, "append=", "without it the server replaces the list")
		}
	}
}

func TestWatchRefusesWhatIsNoIdentifier(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	c := newClient(t, s)
	for _, give := range [][]string{nil, {""}, {ogrn1, "123"}, {ogrn1 + "," + ogrn2}} {
		_, err := c.Watch(t.Context(), give)
		require.Equal(t, kontur.BadRequest, kindOf(t, err), give)
		_, err = c.ReplaceWatchList(t.Context(), give)
		require.Equal(t, kontur.BadRequest, kindOf(t, err), give)
	}
	require.Zero(t, s.Count())
}

func TestChangedHasBothReadingsOfTheDate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		server  konturtest.DateMeaning
		client  kontur.MonitoringDate
		want    []string
		calls   int
		comment string
	}{
		{"since that day", konturtest.SinceDate, kontur.DateSince, []string{ogrn1, ogrn2}, 1, ""},
		{"each day by itself", konturtest.OnDate, kontur.DateOnDay, []string{ogrn1, ogrn2}, 4, ""},
		{"each day of a server that means since", konturtest.SinceDate, kontur.DateOnDay, []string{ogrn1, ogrn2}, 4, "dearer, never wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := watchedServer(t, konturtest.WithMonitoringDate(tt.server))
			s.WatchAll()
			s.MarkChanged(daysAgo(3), ogrn1)
			s.MarkChanged(daysAgo(1), ogrn2, ogrn1)
			s.MarkChanged(daysAgo(9), ogrnip1)
			c := newClient(t, s, func(o *kontur.Options) { o.MonitoringDate = tt.client })
			changed, err := c.Changed(t.Context(), "req", daysAgo(3), noon)
			require.NoError(t, err)
			require.ElementsMatch(t, tt.want, changedOGRNs(changed))
			require.Equal(t, tt.calls, s.Count("req/mon"), tt.comment)
		})
	}
}

func TestChangedTellsOnlyOfTheMethodAndOfWhatIsWatched(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	c := newClient(t, s)
	s.Update(ogrn1, func(c *konturtest.Company) { c.KPP = "001201002" })
	changed, err := c.Changed(t.Context(), "req", noon, noon)
	require.NoError(t, err)
	require.Empty(t, changed, "nobody watches it")
	s.WatchAll()
	changed, err = c.Changed(t.Context(), "req", noon, noon)
	require.NoError(t, err)
	require.Equal(t, []kontur.Watched{{OGRN: ogrn1}}, changed)
}

// Since a day that is still to come nothing has changed, whatever did.
func TestChangedRefusesADayThatIsStillToCome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		since, now time.Time
		want       string
		calls      int
	}{
		{"by the clock that is handed in", noon, daysAgo(2), "changes since 2026-03-10 are asked about, and by the clock of Temporal it is 2026-03-08", 0},
		{"by the server's", noon.AddDate(0, 0, 2), noon.AddDate(0, 0, 3), "changes since 2026-03-12 are asked about, and by the clock of Kontur.Focus it is 2026-03-10", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, date := range []kontur.MonitoringDate{kontur.DateSince, kontur.DateOnDay} {
				s := watchedServer(t)
				_, err := newClient(t, s, func(o *kontur.Options) { o.MonitoringDate = date }).Changed(t.Context(), "req", tt.since, tt.now)
				require.Equal(t, kontur.BadRequest, kindOf(t, err))
				require.ErrorContains(t, err, tt.want)
				var e *kontur.Error
				require.ErrorAs(t, err, &e)
				require.Contains(t, e.Hint, "NTP")
				require.Equal(t, tt.calls, s.Count())
			}
		})
	}
}

// The days are the server's: with a clock that is behind, what changed today would be missed until it has caught up.
func TestChangedGoesOnToTheServersToday(t *testing.T) {
	t.Parallel()
	s := watchedServer(t, konturtest.WithMonitoringDate(konturtest.OnDate))
	s.WatchAll()
	s.MarkChanged(noon, ogrn1)
	c := newClient(t, s, func(o *kontur.Options) { o.MonitoringDate = kontur.DateOnDay })
	changed, err := c.Changed(t.Context(), "req", daysAgo(3), daysAgo(2))
	require.NoError(t, err)
	require.Equal(t, []kontur.Watched{{OGRN: ogrn1}}, changed)
	require.Equal(t, 4, s.Count("req/mon"))
	_, err = c.Changed(t.Context(), "req", daysAgo(1), noon.AddDate(0, 0, 5))
	require.NoError(t, err)
	require.Equal(t, 6, s.Count("req/mon"), "and no further")
}

// A pass that starts just after midnight in Moscow is still in the day before in UTC.
func TestChangedReckonsDaysInMoscow(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	_, err := newClient(t, s).Changed(t.Context(), "req", time.Date(2026, 3, 9, 22, 30, 0, 0, time.UTC), noon)
	require.NoError(t, err)
	require.Equal(t, "date=2026-03-10&key=%2A%2A%2A", s.Requests()[0].Query)
}

func TestChangedRefusesWhatNoAnswerCovers(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	c := newClient(t, s)
	_, err := c.Changed(t.Context(), "contacts", noon, noon)
	require.Equal(t, kontur.BadRequest, kindOf(t, err))
	_, err = c.Changed(t.Context(), "req", daysAgo(kontur.MaxMonitoredDays+1), noon)
	require.Equal(t, kontur.BadRequest, kindOf(t, err))
	require.Zero(t, s.Count())
}

// The documentation has the OGRN, and one public client reads the INN.
func TestChangedTakesCompaniesByOGRNAndByINN(t *testing.T) {
	t.Parallel()
	for by, want := range map[konturtest.ChangesBy][]kontur.Watched{
		konturtest.ByOGRN: {{OGRN: ogrn1}, {OGRN: ogrnip1}},
		konturtest.ByINN:  {{INN: inn1}, {INN: innIP}},
		konturtest.ByBoth: {{INN: inn1, OGRN: ogrn1}, {INN: innIP, OGRN: ogrnip1}},
	} {
		for _, date := range []kontur.MonitoringDate{kontur.DateSince, kontur.DateOnDay} {
			s := watchedServer(t, konturtest.WithChangesBy(by))
			s.WatchAll()
			s.MarkChanged(daysAgo(1), ogrn1, ogrnip1)
			changed, err := newClient(t, s, func(o *kontur.Options) { o.MonitoringDate = date }).Changed(t.Context(), "req", daysAgo(1), noon)
			require.NoError(t, err)
			require.Equal(t, want, changed, "each once")
		}
	}
}

// A change without a name would be missed for good.
func TestChangedRefusesRowsThatNameNobody(t *testing.T) {
	t.Parallel()
	set := func(field string, value any) konturtest.Edit {
		return func(rows []map[string]any) []map[string]any { rows[0][field] = value; return rows }
	}
	both := func(edits ...konturtest.Edit) konturtest.Edit {
		return func(rows []map[string]any) []map[string]any {
			for _, edit := range edits {
				rows = edit(rows)
			}
			return rows
		}
	}
	for name, edit := range map[string]konturtest.Edit{
		"the OGRN of a company that changed is empty":                         konturtest.Lacking(2, "ogrn"),
		"the OGRN of a company that changed has 3 digits instead of 13 or 15": both(set("inn", inn1), set("ogrn", "123")),
		"the INN of a company that changed has 3 digits instead of 10 or 12":  both(konturtest.Lacking(1, "ogrn"), set("inn", "123")),
	} {
		s := watchedServer(t)
		s.WatchAll()
		s.MarkChanged(noon, ogrn1, ogrn2)
		s.Inject(konturtest.Fault{Method: "req/mon", Edit: edit})
		_, err := newClient(t, s).Changed(t.Context(), "req", noon, noon)
		require.Equal(t, kontur.BadResponse, kindOf(t, err))
		require.ErrorContains(t, err, name)
	}
}

func TestMonitoringThatTheContractLacksIsForbidden(t *testing.T) {
	t.Parallel()
	c := newClient(t, watchedServer(t, konturtest.WithoutMonitoring()))
	_, err := c.WatchList(t.Context())
	require.Equal(t, kontur.Forbidden, kindOf(t, err))
	_, err = c.Changed(t.Context(), "egrDetails", noon, noon)
	require.Equal(t, kontur.Forbidden, kindOf(t, err))
}

// Each would be "nobody is watched" or "nothing changed".
func TestListsOfWhatIsNoCompanyAreRefused(t *testing.T) {
	t.Parallel()
	s := watchedServer(t)
	s.WatchAll()
	s.Inject(konturtest.Fault{Trouble: konturtest.ErrorObject})
	c := newClient(t, s)
	_, err := c.WatchList(t.Context())
	require.Equal(t, kontur.BadResponse, kindOf(t, err))
	_, err = c.Changed(t.Context(), "req", noon, noon)
	require.Equal(t, kontur.BadResponse, kindOf(t, err))
	_, err = c.Watch(t.Context(), []string{ogrn1})
	require.Equal(t, kontur.BadResponse, kindOf(t, err))
}

func TestQuotaIsOfItsPeriod(t *testing.T) {
	t.Parallel()
	q := kontur.Quota{Limit: 10, Spent: 12, From: "2026-01-01", To: "2026-03-31"}
	left, limited := q.Left()
	require.True(t, limited)
	require.Zero(t, left, "overspent is none left")
	_, limited = kontur.Quota{Spent: 3}.Left()
	require.False(t, limited)
	require.True(t, q.Current(noon))
	require.True(t, q.Current(time.Date(2026, 3, 31, 20, 59, 0, 0, time.UTC)))
	require.False(t, q.Current(time.Date(2026, 3, 31, 21, 0, 0, 0, time.UTC)), "midnight in Moscow")
	require.True(t, kontur.Quota{}.Current(noon))
}

func changedOGRNs(changed []kontur.Watched) []string {
	ogrns := make([]string, len(changed))
	for i, c := range changed {
		ogrns[i] = c.OGRN
	}
	return ogrns
}

func kindOf(t *testing.T, err error) kontur.Kind {
	t.Helper()
	var e *kontur.Error
	require.ErrorAs(t, err, &e)
	return e.Kind
}
