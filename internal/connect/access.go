package connect

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// errAnybody is about a Temporal that no access token is needed for.
var errAnybody = errors.New("anybody may read the namespace, so that access tokens of Temporal prove nothing")

// Access asks Temporal who may read the namespace.
type Access struct {
	temporal  client.Client
	namespace string
}

// NewAccess makes one for the server of the options. It shows nothing of what the options prove their own caller by.
func NewAccess(options client.Options) (*Access, error) {
	options.Credentials, options.HeadersProvider = nil, nil
	if options.ConnectionOptions.TLS != nil {
		options.ConnectionOptions.TLS = options.ConnectionOptions.TLS.Clone()
		options.ConnectionOptions.TLS.Certificates, options.ConnectionOptions.TLS.GetClientCertificate = nil, nil
	}
	c, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("make the Temporal client that asks for others: %w", err)
	}
	return &Access{c, options.Namespace}, nil
}

// Close closes the connection.
func (a *Access) Close() { a.temporal.Close() }

// MayRead reports whether Temporal lets somebody with the access token read the namespace. It is an error if it lets in those without one.
func (a *Access) MayRead(ctx context.Context, accessToken string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	may, err := a.reads(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+accessToken))
	if err != nil || !may {
		return false, err
	}
	if anybody, err := a.reads(ctx); err != nil || anybody {
		return false, errors.Join(err, map[bool]error{true: errAnybody}[anybody])
	}
	return true, nil
}

func (a *Access) reads(ctx context.Context) (bool, error) {
	_, err := a.temporal.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: a.namespace, PageSize: 1})
	if err == nil {
		return true, nil
	}
	if _, denied := errors.AsType[*serviceerror.PermissionDenied](err); denied || status.Code(err) == codes.Unauthenticated {
		return false, nil
	}
	return false, err
}
