package kontur_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

// What stands between client and network sees no key, and the server gets one all the same.
func TestWrapSeesNoKey(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	var seen []string
	c, err := kontur.New(kontur.Options{BaseURL: s.URL(), Key: secret.New(s.Key()), Wrap: func(next http.RoundTripper) http.RoundTripper {
		return seeing(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.URL.String())
			return next.RoundTrip(r)
		})
	}})
	require.NoError(t, err)
	_, err = c.Quotas(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{s.URL() + "/api3/stat"}, seen)
}

type seeing func(*http.Request) (*http.Response, error)

func (f seeing) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Several companies of one INN, unknown identifiers and questions by OGRN are what the register is like, and no fault.
func TestFactsOfAnOrdinaryRegister(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	twin := konturtest.Invented(1)
	twin.OGRN = konturtest.OGRN(99)
	s.AddCompany(konturtest.Invented(1), twin, konturtest.Invented(2))
	c, err := kontur.New(kontur.Options{BaseURL: s.URL(), Key: secret.New(s.Key())})
	require.NoError(t, err)
	tests := []struct {
		by   counterparty.IDKind
		give []string
		want map[string]string
	}{
		{counterparty.INN, []string{konturtest.INN(1), konturtest.INN(2), konturtest.INN(3)},
			map[string]string{"kontur.batch": "3 items for 3 identifiers, 0 others", "kontur.several": "1 of 2 have several", "kontur.unknown": "1 of 3 are"}},
		{counterparty.OGRN, []string{konturtest.OGRN(1), konturtest.OGRN(2)},
			map[string]string{"kontur.batch": "2 items for 2 identifiers, 0 others", "kontur.several": "one each", "kontur.unknown": "all 2 are known"}},
		{counterparty.INN, []string{konturtest.INN(7)},
			map[string]string{"kontur.batch": "0 items for 1 identifiers, 0 others", "kontur.several": "no item", "kontur.unknown": "1 of 1 are"}},
		{counterparty.INN, nil, map[string]string{"kontur.batch": "no identifier was asked about", "kontur.unknown": "no identifier was asked about"}},
	}
	for _, tt := range tests {
		facts, err := c.TryFacts(t.Context(), kontur.Trial{Methods: []string{"req"}, IDs: counterparty.Askable(tt.by, tt.give)})
		require.NoError(t, err)
		seen := map[string]string{}
		for _, f := range facts {
			require.NotEqual(t, fact.Differs, f.Verdict, "%+v", f)
			seen[f.ID] = f.Seen
		}
		for id, want := range tt.want {
			require.Equal(t, want, seen[id], id)
		}
	}
}
