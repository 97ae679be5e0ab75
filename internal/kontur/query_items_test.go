package kontur_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
)

func TestQueryTakesNullForAbsentAndKeepsNumbersExact(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1,
		Details: konturtest.Details{Capital: konturtest.Capital{Sum: "12345678901234567890.123456789"}},
		Extra: map[string]map[string]any{"egrDetails": {"UL": map[string]any{
			"okpo": nil, "list": []any{nil, "a", nil, map[string]any{"b": nil}}, "path": "a/b",
		}}}})
	items, err := query(t.Context(), newClient(t, s), "egrDetails", counterparty.INN, []string{inn1})
	require.NoError(t, err)
	ul := items[0].Object["UL"].(map[string]any)
	require.NotContains(t, ul, "okpo")
	require.Equal(t, []any{"a", map[string]any{}}, ul["list"])
	require.Equal(t, "a/b", ul["path"])

	query, err := gojq.Parse(".UL.statedCapital.sum")
	require.NoError(t, err)
	sum, ok := query.Run(items[0].Object).Next()
	require.True(t, ok)
	text, err := gojq.Marshal(sum)
	require.NoError(t, err)
	require.Equal(t, "12345678901234567890.123456789", string(text))
}

func TestQueryStripsTheOneOffLink(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1, Statements: konturtest.Statements{Red: true}})
	items, err := query(t.Context(), newClient(t, s), "briefReport", counterparty.INN, []string{inn1})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"summary": map[string]any{"redStatements": true}}, items[0].Object["briefReport"])
	require.NotContains(t, fmt.Sprint(items), "token")
}

// One company of an answer is too large: nothing is asked twice, and the others are as they are.
func TestQueryTellsWhoseItemIsTooLarge(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	var inns []string
	for n := 1; n <= 9; n++ {
		inns = append(inns, konturtest.INN(n))
		s.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
	}
	s.Update(konturtest.OGRN(5), func(c *konturtest.Company) { c.Phones = []string{strings.Repeat("0", 4000)} })
	c := newClient(t, s, func(o *kontur.Options) { o.MaxItemBytes = 4000 })
	for _, ids := range [][]string{inns, {inns[4]}} {
		s.Forget()
		items, err := query(t.Context(), c, "contacts", counterparty.INN, ids)
		require.NoError(t, err)
		require.Len(t, items, len(ids))
		for _, item := range items {
			require.Equal(t, item.OGRN == konturtest.OGRN(5), item.Object == nil)
			require.Equal(t, item.OGRN == konturtest.OGRN(5), item.Bytes > 4000)
			require.NotEmpty(t, item.INN)
		}
		require.Equal(t, 1, s.Count())
	}
}
