package authority_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/authority"
)

func TestUnknownRecognisesWhatTheNetworkSays(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	_, err := http.Get(s.URL)
	require.True(t, authority.Unknown(err), err)
	_, err = s.Client().Get(s.URL)
	require.NoError(t, err, "a server of a known authority")
	require.False(t, authority.Unknown(err))

	require.True(t, authority.Unknown(fmt.Errorf("rpc error: %s", x509.UnknownAuthorityError{})), "gRPC hands on the words alone")
	require.False(t, authority.Unknown(errors.New("connection refused")))
	require.False(t, authority.Unknown(x509.HostnameError{Certificate: s.Certificate(), Host: "other.example"}), "a certificate for another name")
}
