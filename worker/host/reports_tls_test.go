package host

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/certificate"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/callers"
)

// issue writes a certificate for 127.0.0.1 and its key, and returns the certificate.
func issue(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return leaf
}

// A renewed certificate and a revoked caller both count from the next connection and request on.
func TestReportsOverTLSFollowTheirFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile, callersFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), filepath.Join(dir, "callers.yaml")
	leaf := issue(t, certFile, keyFile, 1)
	token, hash, err := callers.NewToken(nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(callersFile, []byte("callers: [{name: crm, tokenHashes: ["+hash+"]}]"), 0o600))
	pair, err := certificate.Open(certFile, keyFile)
	require.NoError(t, err)
	known, err := callers.Open(callersFile)
	require.NoError(t, err)
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	metrics, err := NewMetrics()
	require.NoError(t, err)
	core, logs := observer.New(zap.DebugLevel)
	ctx, cancel := context.WithCancel(t.Context())
	wait, err := serveReports(ctx, Options{
		Metrics: metrics, Worker: config.Worker{ReportsAddr: "127.0.0.1:0", TaskQueue: "main"},
		World: outside.World{ReportTypes: types, Callers: known, Certificate: pair}, Temporal: mocks.NewClient(t), Log: zap.New(core),
	})
	require.NoError(t, err)
	defer func() { cancel(); wait() }()
	served := logs.FilterMessage("reports are served").All()[0].ContextMap()
	require.Equal(t, true, served["tls"])

	ask := func(trusted *x509.Certificate) (status int, serial int64) {
		pool := x509.NewCertPool()
		pool.AddCert(trusted)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+served["address"].(string)+"/user/report_types", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := (&http.Client{Transport: transport}).Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, "HTTP/1.1", response.Proto)
		return response.StatusCode, response.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	status, serial := ask(leaf)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, int64(1), serial)

	leaf = issue(t, certFile, keyFile, 2)
	require.NoError(t, os.Remove(callersFile))
	status, serial = ask(leaf)
	require.Equal(t, http.StatusUnauthorized, status)
	require.Equal(t, int64(2), serial)
	for _, entry := range logs.All() {
		require.NotContains(t, entry.Message, token)
		require.NotContains(t, fmt.Sprint(entry.ContextMap()), token)
		require.NotContains(t, fmt.Sprint(entry.ContextMap()), hash)
	}
}
