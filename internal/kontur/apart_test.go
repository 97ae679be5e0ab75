package kontur

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

// kept are the INNs that were handed out.
type kept []string

func (k *kept) Take(item Item) error { *k = append(*k, item.INN); return nil }
func (k *kept) Forget(n int)         { *k = (*k)[:len(*k)-n] }

// inns are those of the companies from first to last.
func inns(first, last int) (list []string) {
	for n := first; n <= last; n++ {
		list = append(list, konturtest.INN(n))
	}
	return list
}

func askable(texts []string) []counterparty.Identifier {
	return counterparty.Askable(counterparty.INN, texts)
}

// without is a list without some of its texts.
func without(list []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(some, s) })
}

// apartCase is a question about the companies 1…ids in a world of 200, of which 151…153 are known from before.
type apartCase struct {
	ids       int
	poisoned  []string
	elsewhere []string // poisoned as well
	giveUp    bool
	unknown   bool // nobody is known from before
	// requests are how many it takes at most, all told.
	requests int
	outage   bool
}

// try asks, and checks what holds whatever comes of it.
func (tt apartCase) try(t *testing.T, poison konturtest.Poison, method string) {
	t.Helper()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		for n := 1; n <= 200; n++ {
			s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
		}
		s.Inject(poison.In(method, slices.Concat(tt.poisoned, tt.elsewhere)...))
		q := Question{Method: method, IDs: askable(inns(1, tt.ids)), Known: askable(inns(151, 153)), GiveUp: tt.giveUp}
		if tt.unknown {
			q.Known = nil
		}
		var got kept
		began := time.Now()
		apart, err := c.QueryApart(t.Context(), q, &got)
		require.LessOrEqual(t, s.Count(), tt.requests)
		require.Less(t, time.Since(began), 25*time.Minute)
		if tt.outage {
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Empty(t, apart.Failing)
			return
		}
		require.NoError(t, err)
		require.Equal(t, s.Count(), apart.Calls)
		require.Equal(t, s.Count()-1, apart.Further)
		named := []string{}
		for _, failing := range apart.Failing {
			named = append(named, failing.ID.String())
			require.NotNil(t, failing.Err)
		}
		require.Equal(t, tt.poisoned, named)
		require.Equal(t, len(named) == tt.ids, apart.NoneThrough)
		require.ElementsMatch(t, without(inns(1, tt.ids), tt.poisoned...), []string(got), "each once")
		require.LessOrEqual(t, s.Spent(method), tt.ids+1+len(tt.elsewhere), "nothing is paid twice, and the control belongs to the world before")
	})
}

func TestPoisonIsToldApart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]apartCase{
		"first":                      {ids: 100, poisoned: inns(1, 1), requests: 16},
		"middle":                     {ids: 100, poisoned: inns(50, 50), requests: 16},
		"last":                       {ids: 100, poisoned: inns(100, 100), requests: 16},
		"two side by side":           {ids: 100, poisoned: inns(1, 2), requests: 22},
		"first and last":             {ids: 100, poisoned: []string{konturtest.INN(1), konturtest.INN(100)}, requests: 28},
		"in two halves":              {ids: 100, poisoned: []string{konturtest.INN(1), konturtest.INN(51)}, requests: 28},
		"one of two":                 {ids: 2, poisoned: inns(2, 2), requests: 6},
		"two of three":               {ids: 3, poisoned: inns(1, 2), requests: 9},
		"half of four":               {ids: 4, poisoned: inns(3, 4), requests: 12},
		"the only one":               {ids: 1, poisoned: inns(1, 1), giveUp: true, requests: 5},
		"one that was known, too":    {ids: 1, poisoned: inns(1, 1), elsewhere: inns(151, 152), giveUp: true, requests: 9},
		"all three":                  {ids: 3, poisoned: inns(1, 3), giveUp: true, requests: 15},
		"all of a batch, to give up": {ids: 10, poisoned: inns(1, 10), giveUp: true, requests: 45},
		"most of a batch":            {ids: 10, poisoned: inns(1, 8), giveUp: true, requests: 45},
	} {
		for _, poison := range konturtest.Poisons() {
			t.Run(fmt.Sprint(name, " ", poison), func(t *testing.T) {
				t.Parallel()
				tt.try(t, poison, "req")
			})
		}
	}
	for _, method := range []string{"egrDetails", "contacts", "sites"} {
		apartCase{ids: 100, poisoned: inns(1, 1), requests: 16}.try(t, konturtest.ServerError, method)
	}
}

// What can't be asked apart within the bounds is named as a whole.
func TestABatchOfNothingButPoison(t *testing.T) {
	t.Parallel()
	for _, poison := range konturtest.Poisons() {
		t.Run(string(poison), func(t *testing.T) {
			t.Parallel()
			apartCase{ids: 100, poisoned: inns(1, 100), giveUp: true, requests: maxInVain + 1 + maxFurther + 1}.try(t, poison, "egrDetails")
		})
	}
}

func TestAnOutageIsNobodysPoison(t *testing.T) {
	t.Parallel()
	everybody := inns(1, 200)
	for name, tt := range map[string]apartCase{
		"a whole batch":                     {ids: 100, poisoned: everybody, requests: maxInVain, outage: true},
		"a whole batch, to give up":         {ids: 100, poisoned: everybody, requests: maxInVain + maxControls, giveUp: true, outage: true},
		"a single one":                      {ids: 1, poisoned: everybody, requests: 1 + maxControls, giveUp: true, outage: true},
		"a single one, before the tries":    {ids: 1, poisoned: inns(1, 1), requests: 1, outage: true},
		"most of a batch, before the tries": {ids: 10, poisoned: inns(1, 8), requests: 20, outage: true},
		"a single one, and nobody is known": {ids: 1, poisoned: inns(1, 1), requests: 1, giveUp: true, unknown: true, outage: true},
		"two, and nobody is known":          {ids: 2, poisoned: inns(1, 2), requests: 3, giveUp: true, unknown: true, outage: true},
		"all, and nobody is known":          {ids: 10, poisoned: inns(1, 10), requests: maxInVain, giveUp: true, unknown: true, outage: true},
	} {
		for _, poison := range konturtest.Poisons() {
			t.Run(fmt.Sprint(name, " ", poison), func(t *testing.T) {
				t.Parallel()
				tt.try(t, poison, "req")
			})
		}
	}
}

// What can't be about one company is asked once, as it always was.
func TestNothingIsAskedInPartsThatCannotBeAboutOne(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]konturtest.Fault{
		"key":          {Status: 401},
		"contract":     {Status: 402},
		"quota":        {Status: 403, Text: "Limit exceeded"},
		"limit":        {Status: 429, RetryAfter: "60"},
		"empty answer": {Trouble: konturtest.Nothing},
	} {
		bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
			s.Inject(fault)
			apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 100)), Known: askable(inns(101, 101)), GiveUp: true}, &kept{})
			require.Equal(t, name == "empty answer", err == nil, name)
			require.Empty(t, apart.Failing)
			require.Equal(t, 1, s.Count(), name)
		})
	}
	c, err := New(Options{BaseURL: "http://127.0.0.1:1", Key: secret.New("k"), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 100))}, &kept{})
	require.Error(t, err)
	require.Equal(t, 1, apart.Calls, "connection refused")
}

// A register that is slow for everybody lets parts time out that have less time: nobody is to blame.
func TestASlowRegisterIsNobodysPoison(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{time.Second, 4 * time.Second, 6 * time.Second, 14 * time.Second} {
		for _, poisoned := range []int{1, 50, 100} {
			bubble(t, Options{RequestsPerSecond: 1e6}, []konturtest.Option{konturtest.WithLatency(latency)}, func(t *testing.T, s *konturtest.Server, c *Client) {
				s.Inject(konturtest.Hang.In("req", konturtest.INN(poisoned)))
				apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 100))}, &kept{})
				require.Equal(t, latency < leastTimeout, err == nil, "%s", latency)
				if err == nil {
					require.Len(t, apart.Failing, 1)
				}
				require.LessOrEqual(t, apart.Further, maxFurther)
			})
		}
	}
}

// What a large answer told before it broke off is told again by the parts.
func TestWhatBrokeOffIsForgotten(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithFatItems())
	for n := 1; n <= 8; n++ {
		s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
	}
	fault := konturtest.Hang.In("egrDetails", konturtest.INN(8))
	fault.Delay, fault.Trouble = 0, konturtest.CutBody
	s.Inject(fault)
	c, err := New(Options{BaseURL: s.URL(), Key: secret.New(s.Key()), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	var got kept
	apart, err := c.QueryApart(t.Context(), Question{Method: "egrDetails", IDs: askable(inns(1, 8))}, &got)
	require.NoError(t, err)
	require.Len(t, apart.Failing, 1)
	require.ElementsMatch(t, inns(1, 7), []string(got))
}

// Wherever an outage begins while one is told apart: it is an outage, or it came too late to matter.
func TestAnOutageInTheMiddleIsNobodysPoison(t *testing.T) {
	t.Parallel()
	for _, poisoned := range []int{1, 50, 100} {
		for after := range 15 {
			bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
				for n := 1; n <= 100; n++ {
					s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
				}
				outage := konturtest.ServerError.In("req", inns(1, 100)...)
				holds := outage.Match
				outage.Match = func(r konturtest.Request) bool { return s.Count() > after && holds(r) }
				s.Inject(konturtest.ServerError.In("req", konturtest.INN(poisoned)), outage)
				var got kept
				apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 100))}, &got)
				require.LessOrEqual(t, s.Count(), after+maxInVain+maxControls)
				if err == nil {
					require.Len(t, apart.Failing, 1, "after %d", after)
					require.Equal(t, konturtest.INN(poisoned), apart.Failing[0].ID.String())
					require.Len(t, got, 99)
				}
			})
		}
	}
}

// A short outage hits whoever is asked about then.
func TestWhatFailedInAShortOutageIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	for times := range maxInVain {
		bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
			for n := 1; n <= 100; n++ {
				s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
			}
			if times > 0 {
				s.Inject(konturtest.Fault{Status: 503, Times: times})
			}
			var got kept
			apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 100))}, &got)
			require.NoError(t, err)
			require.Empty(t, apart.Failing, "%d", times)
			require.ElementsMatch(t, inns(1, 100), []string(got))
		})
	}
}

// Time-outs take up the time that there is for a closer look. It has to do for the few that are asked about at once.
func TestCloserLookClearsTheOneThatGoesThrough(t *testing.T) {
	t.Parallel()
	for place := 1; place <= 4; place++ {
		bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
			s.AddCompany(konturtest.Company{INN: konturtest.INN(place), OGRN: konturtest.OGRN(place)}, konturtest.Company{INN: konturtest.INN(9), OGRN: konturtest.OGRN(9)})
			poisoned := without(inns(1, 4), konturtest.INN(place))
			s.Inject(konturtest.Hang.In("req", poisoned...))
			var got kept
			apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(1, 4)), Known: askable(inns(9, 9)), GiveUp: true}, &got)
			require.NoError(t, err)
			require.Len(t, apart.Failing, 3, "place %d", place)
			require.Equal(t, kept{konturtest.INN(place)}, got)
		})
	}
}
