package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// now is the clock; certificates of the tests hold around it.
var now = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// files are a certificate and its key.
type files struct {
	t         *testing.T
	cert, key string
	log       *zap.Logger
	logs      *observer.ObservedLogs
}

func newFiles(t *testing.T) *files {
	t.Helper()
	dir := t.TempDir()
	core, logs := observer.New(zap.DebugLevel)
	return &files{t, filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), zap.New(core), logs}
}

// issue writes a certificate with a serial that holds from a day before the clock for some days.
func (f *files) issue(serial int64, days int) {
	f.t.Helper()
	cert, key := pair(f.t, serial, days)
	f.write(f.cert, cert)
	f.write(f.key, key)
}

func pair(t *testing.T, serial int64, days int) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, days)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func (f *files) write(path string, text []byte) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(path, text, 0o600))
}

func (f *files) open() *Pair {
	f.t.Helper()
	p, err := Open(f.cert, f.key)
	require.NoError(f.t, err)
	return p
}

func (f *files) messages() []string {
	var all []string
	for _, entry := range f.logs.TakeAll() {
		all = append(all, entry.Message)
	}
	return all
}

func TestANewCertificateIsShownAtOnce(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	f.issue(1, 90)
	p := f.open()
	require.Equal(t, int64(1), p.at(now, f.log).Leaf.SerialNumber.Int64())
	require.Empty(t, f.messages())
	f.issue(2, 90)
	require.Equal(t, int64(2), p.at(now, f.log).Leaf.SerialNumber.Int64())
	require.Equal(t, []string{"the certificate of reports was read again"}, f.messages())
}

func TestABrokenCertificateLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	f.issue(1, 90)
	p := f.open()
	cert, key := pair(t, 2, 90)
	for name, spoil := range map[string]func(){
		"no certificate":        func() { f.write(f.cert, []byte("none")) },
		"a certificate deleted": func() { require.NoError(t, os.Remove(f.cert)) },
		"half of a renewal":     func() { f.write(f.cert, cert) },
	} {
		spoil()
		for range 3 {
			require.Equal(t, int64(1), p.at(now, f.log).Leaf.SerialNumber.Int64(), name)
		}
		require.Equal(t, []string{"the certificate of reports can't be used; the one before stays"}, f.messages(), name)
	}
	f.write(f.cert, cert)
	f.write(f.key, key)
	require.Equal(t, int64(2), p.at(now, f.log).Leaf.SerialNumber.Int64(), "the other half has come")
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	_, err := Open(f.cert, f.key)
	var path *fs.PathError
	require.ErrorAs(t, err, &path)
	require.Equal(t, f.cert, path.Path)
	f.issue(1, 90)
	_, key := pair(t, 2, 90)
	f.write(f.key, key)
	_, err = Open(f.cert, f.key)
	require.EqualError(t, err, "tls: private key does not match public key")
	require.NoError(t, os.Remove(f.key))
	_, err = Open(f.cert, f.key)
	require.ErrorAs(t, err, &path)
	require.Equal(t, f.key, path.Path)
}

func TestTheEndOfACertificateIsSaidInTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		days    int
		at      time.Time
		problem string
		expired bool
	}{
		"long before": {90, now, "", false},
		"two weeks":   {15, now, "", false},
		"some days":   {13, now, "it expires at 2026-06-28T12:00:00Z", false},
		"over":        {13, now.AddDate(0, 0, 14), "it expired at 2026-06-28T12:00:00Z", true},
		"not begun":   {90, now.AddDate(0, 0, -2), "it does not hold before 2026-06-14T12:00:00Z", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFiles(t)
			f.issue(1, tt.days)
			_, problem, expired := f.open().Look(tt.at)
			require.Equal(t, tt.problem, problem)
			require.Equal(t, tt.expired, expired)
		})
	}
}

func TestTheLogRemindsOnceADay(t *testing.T) {
	t.Parallel()
	const renew = "the certificate of reports needs to be renewed"
	f := newFiles(t)
	f.issue(1, 10)
	p := f.open()
	for range 3 {
		p.at(now, f.log)
	}
	require.Equal(t, []string{renew}, f.messages())
	p.at(now.Add(23*time.Hour), f.log)
	require.Empty(t, f.messages())
	p.at(now.Add(24*time.Hour), f.log)
	require.Equal(t, []string{renew}, f.messages())
	f.issue(2, 11)
	p.at(now.Add(25*time.Hour), f.log)
	require.Equal(t, []string{"the certificate of reports was read again", renew}, f.messages(), "a new one that is no better")
	f.issue(3, 90)
	p.at(now.Add(26*time.Hour), f.log)
	require.Equal(t, []string{"the certificate of reports was read again"}, f.messages())
}

func TestNoCertificateIsPlainHTTP(t *testing.T) {
	t.Parallel()
	require.Nil(t, (*Pair)(nil).Getter(zap.NewNop()))
}
