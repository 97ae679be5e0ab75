package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/secret"
)

func TestUser(t *testing.T) {
	t.Parallel()
	const dates = `"comment":"","tags":"","created_at":"1900-01-01T00:00:00.000Z","created_by":"counterparty-sync","updated_at":"1900-01-01T00:00:00.000Z",` +
		`"updated_by":"counterparty-sync","active_from":"1900-01-01T00:00:00.000Z","active_to":"3000-01-01T00:00:00.000Z"}`
	const head = `{"state":"ok","size":1,"stamp":"` + stamp + `","data":[{"login":"`
	const roles = `"roles":"ALL_REPORTS_READ,ALL_REPORTS_WRITE",`
	h := callersHandler(t)
	got := askHandler(t, h, "GET", "/b2b/api/v1/user?_detailed=false", "")
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, head+`token@counterparty-sync","email":"","contacts":"","state":"ACTIVE","domain_uid":"counterparty-sync",`+roles+
		`"uid":"token@counterparty-sync","name":"token",`+dates+"]}\n", got.body)
	got = askHandler(t, h, "GET", "/user?_detailed=true", "", "Authorization", "AR-REST "+computed("crm@example", "123", now, 60))
	require.Equal(t, head+`crm@example","email":"","contacts":"","state":"ACTIVE","domain_uid":"example","domain":{"state":"ACTIVE",`+roles+
		`"uid":"example","name":"example",`+dates+`,`+roles+`"uid":"crm@example","name":"crm",`+dates+"]}\n", got.body)
	require.Equal(t, http.StatusBadRequest, askHandler(t, h, "GET", "/user?_detailed=maybe", "").status)
}

// quotasHandler knows the lines of a contract, or why it doesn't.
func quotasHandler(lines []api.Quota, err error) logged {
	return logged{Handler: api.New(api.Options{
		Reports: fake{}, Types: types, Token: secret.New(token), Now: func() time.Time { return now }, Log: zap.NewNop(),
		Quotas: func(context.Context, pass.KeyName) ([]api.Quota, error) { return lines, err },
	})}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	line := func(method string, limit, spent int64, from, to string) api.Quota {
		return api.Quota{Methods: []string{"other", method}, Limit: limit, Spent: spent, From: from, To: to}
	}
	shown := func(kind, quota string) string {
		return `{"report_type_uid":"requisites@counterparty-sync","balance_type":"` + kind + `","quote_init":` + quota + `}`
	}
	for name, tt := range map[string]struct {
		give []api.Quota
		want string
	}{
		"nothing limits it": {[]api.Quota{line("egrDetails", 10, 1, "", ""), line("req", 0, 3, "", "")}, `"size":0,"stamp":"` + stamp + `","data":[]`},
		"a year":            {[]api.Quota{line("req", 5000, 1234, "2026-01-01", "2026-12-31")}, shown("TOTAL", `5000,"quote_up":0,"quote_use":1234`)},
		"a month":           {[]api.Quota{line("req", 10, 1, "2026-01-01", "2026-01-31")}, shown("MONTH", `10,"quote_up":0,"quote_use":1`)},
		"a day":             {[]api.Quota{line("req", 10, 1, "2026-01-01", "2026-01-01")}, shown("DAY", `10,"quote_up":0,"quote_use":1`)},
		"no dates":          {[]api.Quota{line("req", 10, 1, "", "")}, shown("TOTAL", `10,"quote_up":0,"quote_use":1`)},
		"the least first": {[]api.Quota{line("req", 10, 1, "", ""), line("req", 100, 99, "2026-06-15", "2026-06-15")},
			`[` + shown("DAY", `100,"quote_up":0,"quote_use":99`) + `,` + shown("TOTAL", `10,"quote_up":0,"quote_use":1`) + `]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := askHandler(t, quotasHandler(tt.give, nil), "GET", "/b2b/api/v1/user/balance/requisites%40counterparty-sync?_detailed=false", "")
			require.Equal(t, http.StatusOK, got.status, got.body)
			require.Contains(t, got.body, tt.want)
		})
	}
}

func TestBalanceThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, h := range []logged{quotasHandler(nil, errors.New("secret detail")), handler(fake{})} {
		got := askHandler(t, h, "GET", "/user/balance/full", "")
		require.Equal(t, http.StatusServiceUnavailable, got.status)
		require.Contains(t, got.body, `"message":"how much is left is not known now: Kontur.Focus does not tell"`)
		require.NotContains(t, got.body, "secret detail")
		require.Equal(t, "60", got.header.Get("Retry-After"))
	}
	got := ask(t, fake{}, "GET", "/user/balance/none", "")
	require.Equal(t, http.StatusInternalServerError, got.status)
	require.Contains(t, got.body, "DataSeekObjectError")
}
