package kontur_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/secret"
)

func ogrnsOf(items []kontur.Item) []string {
	ogrns := []string{}
	for _, item := range items {
		ogrns = append(ogrns, item.OGRN)
	}
	return ogrns
}

func TestQuery(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(
		konturtest.Company{INN: inn1, OGRN: ogrn1},
		konturtest.Company{INN: inn2, OGRN: ogrn2},
		konturtest.Company{INN: innIP, OGRN: ogrnip1},
		konturtest.Company{INN: innIP, OGRN: ogrnip2, Status: konturtest.Status{Dissolved: true}},
	)
	c := newClient(t, s)
	tests := []struct {
		name string
		by   counterparty.IDKind
		give []string
		want []string
	}{
		{"one INN", counterparty.INN, []string{inn1}, []string{ogrn1}},
		{"one OGRN", counterparty.OGRN, []string{ogrn2}, []string{ogrn2}},
		{"one INN gives several companies", counterparty.INN, []string{innIP}, []string{ogrnip1, ogrnip2}},
		{"one of them by OGRNIP", counterparty.OGRN, []string{ogrnip2}, []string{ogrnip2}},
		{"unknown is empty", counterparty.INN, []string{inn3}, []string{}},
		{"unknown in a batch is missing", counterparty.INN, []string{inn3, inn2, inn1}, []string{ogrn1, ogrn2}},
		{"malformed and foreign are left out", counterparty.INN, []string{badINN, "", "9909000004", inn1}, []string{ogrn1}},
		{"blanks around are trimmed", counterparty.INN, []string{" " + inn1 + "\n"}, []string{ogrn1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			items, err := query(t.Context(), c, "req", tt.by, tt.give)
			require.NoError(t, err)
			require.ElementsMatch(t, tt.want, ogrnsOf(items))
		})
	}
}

func TestQueryAsksOncePerIdentifierInBatchesOfAHundred(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	var inns, ogrns []string
	for n := 1; n <= 250; n++ {
		inns, ogrns = append(inns, konturtest.INN(n)), append(ogrns, konturtest.OGRN(n))
		s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
	}
	items, err := query(t.Context(), newClient(t, s), "req", counterparty.INN, append(slices.Clone(inns), inns...))
	require.NoError(t, err)
	require.ElementsMatch(t, ogrns, ogrnsOf(items))

	var sizes []int
	var sent []string
	for _, r := range s.Requests() {
		sizes = append(sizes, len(r.IDs))
		sent = append(sent, r.IDs...)
		require.Equal(t, "inn", r.Param)
		require.NotContains(t, r.Query, "ogrn")
		require.Empty(t, r.Referer)
	}
	require.Equal(t, []int{100, 100, 50}, sizes)
	require.Equal(t, inns, sent)
}

func TestQueryWithNothingToAskCallsNobody(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	c := newClient(t, s)
	for _, ids := range [][]string{nil, {""}, {badINN}, {ogrn1}, {"9909000004"}} {
		items, err := query(t.Context(), c, "req", counterparty.INN, ids)
		require.NoError(t, err)
		require.Empty(t, items)
	}
	require.Zero(t, s.Count())
}

func TestQueryRefusesMethodsAndKindsThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	c := newClient(t, s)
	for _, method := range []string{"", "stat", "../stat", "req?key=" + s.Key(), "licenses"} {
		_, err := query(t.Context(), c, method, counterparty.INN, []string{inn1})
		requireKind(t, err, kontur.BadRequest)
		requireNoKey(t, err, s.Key())
	}
	for _, by := range []counterparty.IDKind{"", "kpp", "inn=1&ogrn"} {
		require.Empty(t, counterparty.Askable(by, []string{inn1}))
	}
	_, err := c.Query(t.Context(), "req", []counterparty.Identifier{{}}, func(kontur.Item) error { return nil })
	requireKind(t, err, kontur.BadRequest)
	require.Zero(t, s.Count())
}

func TestQueryAnswersForEverySource(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
	c := newClient(t, s)
	for _, method := range methods.All() {
		items, err := query(t.Context(), c, method, counterparty.OGRN, []string{ogrn1})
		require.NoError(t, err)
		require.Len(t, items, 1, method)
		require.Equal(t, inn1, items[0].INN)
	}
}

func TestQueryDropsWhatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(
		konturtest.Company{INN: inn1, OGRN: ogrn1, Extra: map[string]map[string]any{"req": {"inn": inn3}}},
		konturtest.Company{INN: inn2, OGRN: ogrn2, Extra: map[string]map[string]any{"req": {"inn": nil, "ogrn": nil}}},
		konturtest.Company{INN: inn3, OGRN: ogrn3},
	)
	var calls observed
	items, err := query(t.Context(), newClient(t, s, calls.observe), "req", counterparty.INN, []string{inn1, inn2, inn3})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{ogrn1, ogrn3}, ogrnsOf(items), "both say that they have this INN")
	require.Equal(t, 1, calls.list()[0].Dropped)
	require.Equal(t, 2, calls.list()[0].Items)
}

// An answer that does not end is given up, even where not a word of it is kept.
func TestQueryEndsWhereAnAnswerDoesNot(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
	s.Inject(konturtest.Fault{Trouble: konturtest.HugeBody, Bytes: 1 << 40})
	for name, ask := range map[string]func(*kontur.Client) error{
		"the answer about inn " + inn1: func(c *kontur.Client) error {
			_, err := query(t.Context(), c, "contacts", counterparty.INN, []string{inn1})
			return err
		},
		"the answer about 2 companies": func(c *kontur.Client) error {
			_, err := query(t.Context(), c, "contacts", counterparty.INN, []string{inn1, inn2})
			return err
		},
		"the answer is too large": func(c *kontur.Client) error {
			_, err := c.Quotas(t.Context())
			return err
		},
	} {
		e := requireKind(t, ask(newClient(t, s)), kontur.BadResponse)
		require.Contains(t, e.Text, name)
	}
}

// What the caller does not want any more is not read any more, and the call has not failed.
func TestQueryEndsWhereItsCallerSaysSo(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1}, konturtest.Company{INN: inn2, OGRN: ogrn2})
	var calls observed
	enough := errors.New("enough")
	handed := 0
	_, err := newClient(t, s, calls.observe).Query(t.Context(), "req", counterparty.Askable(counterparty.INN, []string{inn1, inn2}), func(kontur.Item) error {
		handed++
		return enough
	})
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, handed)
	require.Empty(t, calls.list()[0].Kind)
}

func TestItemsSurviveAJourneyThroughJSON(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1, Details: konturtest.Details{Capital: konturtest.Capital{Sum: "0.10"}}})
	items, err := query(t.Context(), newClient(t, s), "egrDetails", counterparty.INN, []string{inn1})
	require.NoError(t, err)
	b, err := json.Marshal(items[0].Object)
	require.NoError(t, err)
	require.True(t, bytes.Contains(b, []byte(`"sum":0.10`)), string(b))
}

func TestQueryMeasuresTheUnpackedBody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = fmt.Fprintf(z, `[{"inn":%q,"ogrn":%q,"filler":%q}]`, inn1, ogrn1, strings.Repeat("0", 9_000))
		_ = z.Close()
	}))
	t.Cleanup(server.Close)
	for limit, whole := range map[int64]bool{10_000: true, 5_000: false} {
		c, err := kontur.New(kontur.Options{BaseURL: server.URL, Key: secret.New("k"), MaxItemBytes: limit})
		require.NoError(t, err)
		items, err := query(t.Context(), c, "req", counterparty.INN, []string{inn1})
		require.NoError(t, err)
		require.Len(t, items, 1)
		require.Equal(t, whole, items[0].Object != nil)
	}
}

// Identifiers stand in histories and in reasons: a register that says too much is cut off.
func TestQueryCutsIdentifiersThatAreNone(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: strings.Repeat("1", 5000)})
	var got []string
	_, err := newClient(t, s).Query(t.Context(), "req", counterparty.Askable(counterparty.INN, []string{inn1}), func(item kontur.Item) error {
		got = append(got, item.OGRN)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{strings.Repeat("1", 32) + "… (5000 characters)"}, got)
}
