package rig

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/sandbox/temporalserver"
)

// Temporal starts a Temporal server of a test's own, and stops it when the test ends.
func Temporal(t testing.TB, o temporalserver.Options) *temporalserver.Server {
	t.Helper()
	server, err := temporalserver.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// FreeAddress is a loopback address that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
