package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/secret"
)

// A webhook that will never be called is refused, and its address, which may hold a token, is not repeated.
func TestWebhookOfAHostThatIsNotAllowedIsRefused(t *testing.T) {
	t.Parallel()
	api := api.New(api.Options{
		Reports: fake{}, Types: types, Token: secret.New(token), Now: time.Now, Log: zap.NewNop(),
		CheckWebhook: webhook.New(webhook.Options{Hosts: []string{"crm.example"}, Secret: secret.New("k3y-that-signs-the-calls")}).Check,
	})
	for path, body := range map[string]string{
		"/user/reports/full/_make":                                 `{"queryType":"INN","query":"0012345673","options":{"webhook":{"on_complete":"https://evil.example/s3cr3t"}}}`,
		"/user/reports/full_0012345673@counterparty-sync/_refresh": `{"webhook":{"on_update":"https://evil.example/s3cr3t"}}`,
	} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code, w.Body.String())
		require.Contains(t, w.Body.String(), "options.webhook.on_")
		require.Contains(t, w.Body.String(), "the host is not allowed")
		require.NotContains(t, w.Body.String(), "s3cr3t")
	}
}
