package inbound_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/inbound"
)

// authority is a certificate for 127.0.0.1 and those who trust it.
func authority(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// secured is a server that speaks TLS; its path /wait answers when the test lets it.
type secured struct {
	t       *testing.T
	address string
	trusted *x509.CertPool
	release chan struct{}
}

func serveTLS(t *testing.T, l inbound.Limits) *secured {
	t.Helper()
	certificate, trusted := authority(t)
	s := &secured{t: t, trusted: trusted, release: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/now", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		select {
		case <-s.release:
		case <-t.Context().Done():
		}
	})
	server, err := inbound.Listen("127.0.0.1:0", mux, l, func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil }, log.New(io.Discard, "", 0))
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	t.Cleanup(func() {
		_ = server.Close()
		require.NoError(t, <-served)
	})
	s.address = server.Addr().String()
	return s
}

// call is a connection over TLS whose handshake is over.
func (s *secured) call() *caller {
	s.t.Helper()
	plain := call(s.t, s.address)
	c := tls.Client(plain.Conn, &tls.Config{RootCAs: s.trusted, ServerName: "127.0.0.1", NextProtos: []string{"h2", "http/1.1"}})
	require.NoError(s.t, c.Handshake())
	require.Equal(s.t, "http/1.1", c.ConnectionState().NegotiatedProtocol)
	return &caller{c, s.t, bufio.NewReader(c)}
}

func TestTheCapHoldsUnderTLS(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, limits(3))
	mute, first, second := call(t, s.address), s.call(), s.call() // the mute one has not even begun a handshake
	first.ask("/now")
	second.ask("/now")
	s.call().ask("/now")
	mute.isClosed()
	first.ask("/now")
	second.ask("/now")
}

func TestWhoIsBeingAnsweredKeepsItsPlaceUnderTLS(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, limits(1))
	for range 20 {
		rest := s.call().ask("/wait")
		newcomer := call(t, s.address) // it waits for the place
		s.release <- struct{}{}
		_, err := io.Copy(io.Discard, rest)
		require.NoError(t, err, "the whole answer has come")
		_ = newcomer.Close()
	}
}

func TestEachStepHasItsTimeUnderTLS(t *testing.T) {
	t.Parallel()
	const short = 50 * time.Millisecond
	t.Run("no handshake", func(t *testing.T) {
		t.Parallel()
		l := limits(4)
		l.Read = short
		call(t, serveTLS(t, l).address).isClosed()
	})
	t.Run("nothing is asked more", func(t *testing.T) {
		t.Parallel()
		l := limits(4)
		l.Idle = short
		c := serveTLS(t, l).call()
		c.ask("/now")
		c.isClosed()
	})
}

func TestPlainHTTPIsToldThatTLSIsSpoken(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, limits(1))
	for range 3 { // each gives its place back
		c := call(t, s.address)
		c.write("GET /now HTTP/1.1\r\nHost: server\r\n\r\n")
		response, err := http.ReadResponse(c.answer, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, response.StatusCode)
		require.Contains(t, string(body), "HTTP request to an HTTPS server")
	}
	s.call().ask("/now")
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, limits(2))
	plain := call(t, s.address)
	err := tls.Client(plain.Conn, &tls.Config{RootCAs: s.trusted, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).Handshake()
	require.ErrorContains(t, err, "protocol version")
}
