package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/secret"
)

// computed is a token as a client of the SpectrumData B2B API computes it.
func computed(user, password string, stamp time.Time, age int) string {
	sum := func(text string) string {
		hash := md5.Sum([]byte(text))
		return base64.StdEncoding.EncodeToString(hash[:])
	}
	times := fmt.Sprintf("%d:%d:", stamp.Unix(), age)
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + times + sum(times+sum(password))))
}

// callersHandler knows crm@example with the password 123, and the token too.
func callersHandler(t *testing.T) logged {
	t.Helper()
	list, err := callers.Parse([]byte("callers: [{name: crm, domain: example, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}]"))
	require.NoError(t, err)
	return logged{Handler: api.New(api.Options{
		Reports: fake{}, Types: types, Token: secret.New(token), Callers: func() *callers.Callers { return list }, Now: func() time.Time { return now }, Log: zap.NewNop(),
	})}
}

func TestComputedTokens(t *testing.T) {
	t.Parallel()
	const wrong, untimely = "SecurityAuthWrongToken", "SecurityAuthTimeoutedStamp"
	good := computed("crm@example", "123", now.Add(-time.Minute), 172860)
	for name, tt := range map[string]struct {
		header string
		status int
		want   string
	}{
		"right":                    {"AR-REST " + good, 200, ""},
		"the plain one, as before": {"AR-REST " + token, 200, ""},
		"Bearer is for plain ones": {"Bearer " + good, 401, wrong},
		"wrong password":           {"AR-REST " + computed("crm@example", "1234", now, 60), 401, wrong},
		"wrong domain":             {"AR-REST " + computed("crm@elsewhere", "123", now, 60), 401, wrong},
		"expired":                  {"AR-REST " + computed("crm@example", "123", now.Add(-time.Hour), 60), 403, untimely},
		"of the future":            {"AR-REST " + computed("crm@example", "123", now.Add(2*time.Minute), 60), 403, untimely},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := askHandler(t, callersHandler(t), "GET", "/b2b/api/v1/user/report_types", "", "Authorization", tt.header)
			require.Equal(t, tt.status, got.status, got.body)
			require.Contains(t, got.body, tt.want)
			require.NotContains(t, got.body, tt.header[len("AR-REST "):])
			require.NotContains(t, got.body, "crm")
		})
	}
	got := ask(t, fake{}, "GET", "/user/report_types", "", "Authorization", "AR-REST "+good)
	require.Equal(t, http.StatusUnauthorized, got.status, "without a file of callers there are none")
}

func TestUntimelyTokenSaysWhichTimes(t *testing.T) {
	t.Parallel()
	got := askHandler(t, callersHandler(t), "GET", "/user/report_types", "", "Authorization", "AR-REST "+computed("crm@example", "123", now.Add(-time.Hour), 60))
	require.Regexp(t, `^\{"uid":"[0-9a-f-]{36}","stamp":"`+stamp+`","cls":"Security","type":"SecurityAuthTimeoutedStamp","name":"untimely token",`+
		`"message":"the token holds from 2026-06-15T11:00:00Z for 60 s, and the time here is 2026-06-15T12:00:00Z; compute a new one, and compare the clocks",`+
		`"data":\{"income_age":60,"income_stamp":"2026-06-15T11:00:00.000Z","server_time":"2026-06-15T12:00:00.000Z"\},"events":\[\]\}\n$`, got.body)
}
