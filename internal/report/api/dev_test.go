package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPing(t *testing.T) {
	t.Parallel()
	got := ask(t, fake{}, "GET", "/b2b/api/v1/dev/ping?value=test+1", "")
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, `{"value":"test 1","in":1781524800000,"out":1781524800000,"delay":0}`+"\n", got.body)
	require.Equal(t, http.StatusUnauthorized, ask(t, fake{}, "GET", "/dev/ping?value=1", "", "Authorization", wrong).status)
}

// What is computed is what a client would compute, and is let in.
func TestDevToken(t *testing.T) {
	t.Parallel()
	query := url.Values{"user": {"crm@example"}, "pass": {"123"}, "is_hash": {"false"}, "date": {"2026-06-15T12:00:00Z"}, "age": {"60"}}
	want := computed("crm@example", "123", now, 60)
	got := ask(t, fake{}, "GET", "/b2b/api/v1/dev/token?"+query.Encode(), "")
	require.Equal(t, http.StatusOK, got.status)
	require.Regexp(t, `^\{"user":"crm@example","pass":"\*\*\*","pass_hash":"ICy5YqxZB1uWSwcVLSNLcA==","date":"2026-06-15T12:00:00.000Z","stamp":1781524800,"age":60,`+
		`"salt":"1781524800:60","salted_pass_hash":"[^"]{24}","raw_token":"crm@example:1781524800:60:[^"]{24}","token":"`+want+`","header":"AR-REST `+want+`"\}\n$`, got.body)
	require.Equal(t, http.StatusOK, askHandler(t, callersHandler(t), "GET", "/user", "", "Authorization", "AR-REST "+want).status)

	query.Set("pass", "ICy5YqxZB1uWSwcVLSNLcA==")
	query.Set("is_hash", "true")
	require.Equal(t, got.body, ask(t, fake{}, "GET", "/dev/token?"+query.Encode(), "").body)
	require.Contains(t, ask(t, fake{}, "GET", "/dev/token?user=crm&pass=1", "").body, `"token":"`+computed("crm", "1", now, 60), "now, for a minute")
	require.Equal(t, http.StatusUnauthorized, ask(t, fake{}, "GET", "/dev/token?user=crm&pass=1", "", "Authorization", wrong).status)
}

func TestDevTokenRefuses(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                              "user is not allowed as it is; allowed: a user, or user@domain",
		"user=a":                        "pass is not allowed as it is; allowed: a password, or with is_hash=true the base64 of its MD5",
		"user=a&pass=secret&is_hash":    "pass is not allowed as it is",
		"user=a&pass=secret&is_hash=2":  "is_hash is not allowed as it is; allowed: true or false",
		"user=a&pass=secret&date=today": "date is not allowed as it is; allowed: a time such as 2026-01-02T03:04:05Z",
		"user=a&pass=secret&age=0":      "age is not allowed as it is; allowed: a whole number of seconds from 1 to 315360000",
	} {
		got := ask(t, fake{}, "GET", "/dev/token?"+query, "")
		require.Equal(t, http.StatusBadRequest, got.status)
		require.Contains(t, got.body, want)
		require.NotContains(t, got.body, "secret")
	}
}
