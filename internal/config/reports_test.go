package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const reportsToken = "t0ken-of-the.test~+/=="

func TestReportsNeedAToken(t *testing.T) {
	t.Parallel()
	const allowed = "a token of 20 to 512 characters that are not all the same: letters A to Z, digits and - . _ ~ + /, then perhaps ="
	const wrong = "; it is shorter, longer, a single character repeated, or has other characters"
	for name, tt := range map[string]struct {
		give  map[string]string
		files map[string]string
		want  string
	}{
		"off, without a token": {nil, nil, ""},
		"on, with a token":     {map[string]string{"REPORTS_ADDR": "127.0.0.1:8090", "REPORTS_TOKEN": reportsToken}, nil, ""},
		"on, with a file": {map[string]string{"REPORTS_ADDR": ":8090", "REPORTS_TOKEN_FILE": "/run/secrets/token"},
			map[string]string{"/run/secrets/token": reportsToken + "\n"}, ""},
		"on, with callers":    {map[string]string{"REPORTS_ADDR": ":8090", "REPORTS_CALLERS_FILE": "/run/secrets/callers"}, nil, ""},
		"off, with a token":   {map[string]string{"REPORTS_ADDR": "off", "REPORTS_TOKEN": reportsToken}, nil, ""},
		"on, without one":     {map[string]string{"REPORTS_ADDR": ":8090"}, nil, "REPORTS_TOKEN is missing; allowed: " + allowed + ", here or in a file that REPORTS_TOKEN_FILE names"},
		"a short one":         {map[string]string{"REPORTS_TOKEN": "0123456789abcdefghi"}, nil, `REPORTS_TOKEN: "***" is not allowed; allowed: ` + allowed + wrong},
		"one letter":          {map[string]string{"REPORTS_TOKEN": strings.Repeat("a", 40)}, nil, `REPORTS_TOKEN: "***" is not allowed; allowed: ` + allowed + wrong},
		"one letter, padded":  {map[string]string{"REPORTS_TOKEN": strings.Repeat("a", 40) + "=="}, nil, `REPORTS_TOKEN: "***" is not allowed; allowed: ` + allowed + wrong},
		"padding is no token": {map[string]string{"REPORTS_TOKEN": "0123456789" + strings.Repeat("=", 20)}, nil, `REPORTS_TOKEN: "***" is not allowed; allowed: ` + allowed + wrong},
		"one with a blank":    {map[string]string{"REPORTS_TOKEN": "0123456789 abcdefghijklmn"}, nil, `REPORTS_TOKEN: "***" is not allowed; allowed: ` + allowed + wrong},
		"a file with a word":  {map[string]string{"REPORTS_TOKEN_FILE": "/run/secrets/token"}, map[string]string{"/run/secrets/token": "word"}, `REPORTS_TOKEN_FILE: "/run/secrets/token" is not allowed; allowed: a file with ` + allowed + wrong},
		"no address":          {map[string]string{"REPORTS_ADDR": "8090", "REPORTS_TOKEN": reportsToken}, nil, `REPORTS_ADDR: "8090" is not allowed; allowed: host:port such as 127.0.0.1:8090, or off`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			for key, value := range tt.give {
				environment[key] = value
			}
			w, err := loadWorker(environment, tt.files)
			if tt.want != "" {
				require.EqualError(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.NotContains(t, fmt.Sprintf("%+v %#v", w, w), reportsToken)
			if w.ReportsAddr != "" && w.ReportsCallersFile == "" {
				require.Equal(t, reportsToken, w.ReportsToken.Reveal())
			}
		})
	}
}

func TestWebhooksNeedASecret(t *testing.T) {
	t.Parallel()
	environment := need()
	environment["REPORTS_WEBHOOK_HOSTS"] = "crm.example.org"
	_, err := loadWorker(environment, nil)
	require.EqualError(t, err, "REPORTS_WEBHOOK_SECRET is missing; allowed: a secret of 20 to 512 characters on one line that are not all the same, "+
		"here or in a file that REPORTS_WEBHOOK_SECRET_FILE names")
	environment["REPORTS_WEBHOOK_SECRET_FILE"] = "/run/secrets/webhook"
	w, err := loadWorker(environment, map[string]string{"/run/secrets/webhook": webhookSecret + "\n"})
	require.NoError(t, err)
	require.Equal(t, webhookSecret, w.ReportsWebhookSecret.Reveal())
	require.NotContains(t, fmt.Sprintf("%+v %#v", w, w), webhookSecret)
}

func TestReportsNeedCertificateAndKey(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ cert, key, want string }{
		"neither":        {"", "", ""},
		"both":           {"/run/tls.crt", "/run/tls.key", ""},
		"no key":         {"/run/tls.crt", "", "REPORTS_TLS_KEY_FILE is missing; allowed: a path, together with REPORTS_TLS_CERT_FILE"},
		"no certificate": {"", "/run/tls.key", "REPORTS_TLS_CERT_FILE is missing; allowed: a path, together with REPORTS_TLS_KEY_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment["REPORTS_TLS_CERT_FILE"], environment["REPORTS_TLS_KEY_FILE"] = tt.cert, tt.key
			w, err := loadWorker(environment, nil)
			if tt.want != "" {
				require.EqualError(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.cert, w.ReportsTLSCertFile)
			require.Equal(t, tt.key, w.ReportsTLSKeyFile)
		})
	}
}
