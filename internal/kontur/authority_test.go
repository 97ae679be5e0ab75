package kontur_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/secret"
)

func TestCertificateOfAnUnknownAuthorityNamesTheFileOfAuthorities(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c, err := kontur.New(kontur.Options{BaseURL: s.URL, Key: secret.New(awkwardKey)})
	require.NoError(t, err)
	_, err = c.Quotas(t.Context())
	e := requireKind(t, err, kontur.Untrusted)
	require.Contains(t, e.Hint, "SSL_CERT_FILE")
	require.Contains(t, e.Text, "unknown authority")
	requireNoKey(t, err, awkwardKey)
}
