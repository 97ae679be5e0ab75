package preflight_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/certificate"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/report/callers"
)

// finding is the one of a name.
func finding(t *testing.T, s preflight.Subject, name string) preflight.Finding {
	t.Helper()
	findings := preflight.Run(t.Context(), s)
	i := slices.IndexFunc(findings, func(f preflight.Finding) bool { return f.Name == name })
	require.GreaterOrEqual(t, i, 0, "%v", findings)
	return findings[i]
}

func TestCallersAreCounted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "callers.yaml")
	require.NoError(t, os.WriteFile(path, []byte("callers: [{name: crm, tokenHashes: ["+callers.TokenHash("crm")+"]}, {name: old, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}]"), 0o600))
	w := newWorld(t)
	require.False(t, slices.ContainsFunc(preflight.Run(t.Context(), w.subject), func(f preflight.Finding) bool { return f.Name == "callers" || f.Name == "certificate" }))
	var err error
	w.subject.Callers, err = callers.Open(path)
	require.NoError(t, err)
	require.Equal(t, preflight.Finding{Name: "callers", OK: true, Text: "callers of reports: 2; with tokens: 1, with passwords: 1"}, finding(t, w.subject, "callers"))
	require.NoError(t, os.Remove(path))
	f := finding(t, w.subject, "callers")
	require.False(t, f.OK)
	require.Equal(t, "REPORTS_CALLERS_FILE is gone or names nobody", f.Text)
	require.Contains(t, f.Hint, "starter callers new NAME")
}

func TestCertificateIsHeldAgainstTheClock(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		days int
		ok   bool
		text string
		hint bool
	}{
		"good":    {90, true, "it holds until ", false},
		"soon":    {3, true, "it holds until ", true},
		"expired": {-1, false, "the certificate of reports can't be used: it expired at ", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
			issue(t, cert, key, time.Now().AddDate(0, 0, tt.days))
			w := newWorld(t)
			var err error
			w.subject.Certificate, err = certificate.Open(cert, key)
			require.NoError(t, err)
			f := finding(t, w.subject, "certificate")
			require.Equal(t, tt.ok, f.OK)
			require.Contains(t, f.Text, tt.text)
			require.Equal(t, tt.hint, f.Hint != "")
		})
	}
}

// issue writes a certificate that ends then, and its key.
func issue(t *testing.T, cert, key string, end time.Time) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(-1, 0, 0), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}
