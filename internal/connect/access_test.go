package connect_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"counterparty-sync/internal/connect"
)

// guarded is a Temporal that lets in those with one of the access tokens, the empty one being none.
type guarded struct {
	frontend
	lets  []string
	err   error
	shown []string // what it was shown
}

func (g *guarded) ListWorkflowExecutions(ctx context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	if g.err != nil {
		return nil, g.err
	}
	token := ""
	if header, _ := metadata.FromIncomingContext(ctx); len(header.Get("authorization")) > 0 {
		token = header.Get("authorization")[0]
	}
	g.shown = append(g.shown, token)
	if r.GetNamespace() != "default" || !slices.Contains(g.lets, token) {
		return nil, status.Error(codes.PermissionDenied, "Request unauthorized.")
	}
	return &workflowservice.ListWorkflowExecutionsResponse{}, nil
}

func TestAccessAsksTemporalWhoMayRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lets  []string
		err   error
		may   bool
		wrong string
	}{
		"a reader":              {lets: []string{"Bearer of a reader"}, may: true},
		"a stranger":            {lets: []string{"Bearer of somebody else"}},
		"nobody is asked":       {lets: []string{"Bearer of a reader", ""}, wrong: "anybody may read the namespace"},
		"not authenticated":     {err: status.Error(codes.Unauthenticated, "no")},
		"Temporal is not there": {err: status.Error(codes.Internal, "broken"), wrong: "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			g, server := &guarded{lets: tt.lets, err: tt.err}, grpc.NewServer()
			workflowservice.RegisterWorkflowServiceServer(server, g)
			go func() { _ = server.Serve(listener) }()
			t.Cleanup(server.Stop)
			access, err := connect.NewAccess(client.Options{
				HostPort: listener.Addr().String(), Namespace: "default", Credentials: client.NewAPIKeyStaticCredentials("of the worker"),
			})
			require.NoError(t, err)
			t.Cleanup(access.Close)
			may, err := access.MayRead(t.Context(), "of a reader")
			require.Equal(t, tt.may, may)
			if tt.wrong != "" {
				require.ErrorContains(t, err, tt.wrong)
			} else {
				require.NoError(t, err)
			}
			require.NotContains(t, g.shown, "Bearer of the worker", "the worker's own right proves nothing for others")
		})
	}
}

// A client certificate proves who the worker is, and nobody else.
func TestAccessShowsNoCertificate(t *testing.T) {
	t.Parallel()
	own := &tls.Config{Certificates: []tls.Certificate{{}}, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return nil, errors.New("asked")
	}}
	access, err := connect.NewAccess(client.Options{HostPort: "127.0.0.1:1", ConnectionOptions: client.ConnectionOptions{TLS: own}})
	require.NoError(t, err)
	access.Close()
	require.Len(t, own.Certificates, 1, "the worker's own connection keeps it")
	require.NotNil(t, own.GetClientCertificate)
}
