package alfresco_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/secret"
)

func TestCertificateOfAnUnknownAuthorityNamesTheFileOfAuthorities(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c, err := alfresco.New(alfresco.Options{BaseURL: s.URL + "/alfresco", User: "sync", Password: secret.New("p")})
	require.NoError(t, err)
	_, err = c.NextPage(t.Context(), page(0, 1))
	e := requireKind(t, alfresco.Untrusted, err)
	require.Contains(t, e.Hint, "SSL_CERT_FILE")
	require.Contains(t, e.Summary, "unknown authority")
}
