package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/secret"
)

// house has two callers with tokens of their own, and the token for all; who may be taken out.
type house struct {
	list *callers.Callers
	logged
}

func newHouse(t *testing.T, rates api.Rates) *house {
	t.Helper()
	h := &house{list: known(t, "crm", "erp")}
	core, logs := observer.New(zap.DebugLevel)
	f := fake{
		make:    func(r report.Request) (desk.Made, error) { return desk.Made{UID: r.UID(), IsNew: true}, nil },
		refresh: func(uid string, _ *report.Webhook) (desk.Made, error) { return desk.Made{UID: uid}, nil },
		read:    func(context.Context, string) (desk.Reading, error) { return reading(t), nil },
		list: func(desk.Page) (desk.Listing, error) {
			return desk.Listing{Readings: []desk.Reading{reading(t)}, Total: 1}, nil
		},
	}
	h.logged = logged{Handler: api.New(api.Options{
		Reports: f, Types: types, Token: secret.New(token), Callers: func() *callers.Callers { return h.list }, Rates: rates,
		Now: func() time.Time { return now }, Log: zap.New(core),
	}), logs: logs}
	return h
}

func known(t *testing.T, names ...string) *callers.Callers {
	t.Helper()
	text := "callers:\n"
	for _, name := range names {
		text += fmt.Sprintf("  - {name: %s, tokenHashes: [%s]}\n", name, callers.TokenHash(tokenOf(name)))
	}
	list, err := callers.Parse([]byte(text))
	require.NoError(t, err)
	return list
}

func tokenOf(name string) string { return callers.TokenPrefix + "of-" + name }

// status is that of one request with the token, from an address of the token's own.
func (h *house) status(token string) int {
	r := httptest.NewRequest("GET", "/user/report_types", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestCallersHaveTokensOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, api.Rates{})
	for header, login := range map[string]string{
		"Bearer " + tokenOf("crm"): "crm", "bearer " + tokenOf("erp"): "erp", "AR-REST " + tokenOf("crm"): "crm",
		"Bearer " + token: "token@counterparty-sync",
	} {
		got := askHandler(t, h.logged, "GET", "/user", "", "Authorization", header)
		require.Equal(t, http.StatusOK, got.status, header)
		require.Contains(t, got.body, `"login":"`+login+`"`)
	}
	got := askHandler(t, h.logged, "GET", "/user", "", "Authorization", "Bearer "+tokenOf("nobody"))
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.NotContains(t, got.body+got.log, tokenOf("nobody"))
	require.NotContains(t, got.body+got.log, "crm")

	h.list = known(t, "erp")
	require.Equal(t, http.StatusUnauthorized, h.status(tokenOf("crm")), "who is gone is refused at once")
	require.Equal(t, http.StatusOK, h.status(tokenOf("erp")))
	h.list = nil
	require.Equal(t, http.StatusUnauthorized, h.status(tokenOf("erp")))
	require.Equal(t, http.StatusOK, h.status(token), "the token for all is no matter of the file")
}

func TestTheLogSaysWhoAskedAboutWhom(t *testing.T) {
	t.Parallel()
	const made = "requisites_7736050003@counterparty-sync"
	asked := func(caller, asks, uid string) map[string]any {
		return map[string]any{"login": caller, "asks": asks, "uid": uid}
	}
	for name, tt := range map[string]struct {
		method, path, body string
		want               []map[string]any // of info; each has a message of its own
		quiet              int              // lines of debug
	}{
		"make":                  {"POST", "/user/reports/requisites/_make", `{"queryType":"INN","query":"7736050003"}`, []map[string]any{asked("crm", "make", made)}, 0},
		"refresh":               {"POST", "/user/reports/" + uid + "/_refresh", "", []map[string]any{asked("crm", "refresh", uid)}, 0},
		"read with its content": {"GET", "/user/reports/" + uid + "?_content=true", "", []map[string]any{asked("crm", "read", uid)}, 0},
		"wait for it":           {"GET", "/user/reports/" + uid, "", nil, 1},
		"list":                  {"GET", "/user/reports", "", []map[string]any{{"login": "crm", "reports": int64(1)}}, 0},
		"list with content": {"GET", "/user/reports?_content=true", "",
			[]map[string]any{asked("crm", "read", uid), {"login": "crm", "reports": int64(1)}}, 0},
		"about nobody": {"GET", "/user/report_types", "", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, api.Rates{})
			logs := h.logs
			h.logged.logs = nil // askHandler would take them
			got := askHandler(t, h.logged, tt.method, tt.path, tt.body, "Authorization", "Bearer "+tokenOf("crm"))
			require.Equal(t, http.StatusOK, got.status, got.body)
			var info []map[string]any
			quiet := 0
			for _, entry := range logs.All() {
				require.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), tokenOf("crm"))
				if entry.Level == zap.DebugLevel {
					require.Equal(t, map[string]any{"login": "crm", "uid": uid}, entry.ContextMap())
					quiet++
					continue
				}
				info = append(info, entry.ContextMap())
			}
			require.Equal(t, tt.want, info)
			require.Equal(t, tt.quiet, quiet)
		})
	}
}

func TestOneCallersLimitIsNotTheOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, api.Rates{All: 10, Each: 2})
	answered := 0
	for range 1000 {
		if h.status(tokenOf("crm")) == http.StatusOK {
			answered++
		}
	}
	require.Equal(t, 4, answered, "twice the rate at once")
	for range 4 {
		require.Equal(t, http.StatusOK, h.status(tokenOf("erp")))
		require.Equal(t, http.StatusOK, h.status(token))
	}
	got := askHandler(t, h.logged, "GET", "/user", "", "Authorization", "Bearer "+tokenOf("erp"))
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Contains(t, got.body, "too many requests of this caller")
}

func TestAllCallersTogetherHaveALimitToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, api.Rates{All: 3, Each: 2})
	for range 3 {
		require.Equal(t, http.StatusOK, h.status(tokenOf("crm")))
		require.Equal(t, http.StatusOK, h.status(tokenOf("erp")))
	}
	got := askHandler(t, h.logged, "GET", "/user", "", "Authorization", "Bearer "+tokenOf("crm"))
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Contains(t, got.body, "too many requests of all callers together")
}

func TestStrangersTakeNoTurnsOfCallers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, api.Rates{All: 1, Each: 1})
	for range 10_000 { // from the address of the callers, too
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests}, h.status(tokenOf("nobody")))
	}
	require.Equal(t, http.StatusOK, h.status(tokenOf("crm")))
	require.Equal(t, http.StatusOK, h.status(tokenOf("erp")))
}
