// Package connect reads the standard Temporal client environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, a TOML profile,
// TLS and API keys) and turns what goes wrong into words for people. Worker and starter share it.
package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/authority"
	"counterparty-sync/internal/descriptors"
)

// probeTimeout bounds the first question to the server.
const probeTimeout = 5 * time.Second

// Problem is a server that can't be used, with the next step.
type Problem struct {
	Text string
	Hint string
	// Unanswered: the server said nothing, so that nothing is known of the namespace.
	Unanswered bool
	// Passing: it may be there later.
	Passing bool
}

// Error implements error.
func (p *Problem) Error() string { return p.Text + "\nhint: " + p.Hint }

// Probe asks the server for the namespace. Errors are of type *Problem.
func Probe(ctx context.Context, c client.Client, options client.Options) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: options.Namespace})
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
		return &Problem{
			Text: fmt.Sprintf("Temporal at %s has no namespace %s", options.HostPort, options.Namespace),
			Hint: "set TEMPORAL_NAMESPACE, or create it: temporal operator namespace create -n " + options.Namespace,
		}
	}
	if _, ok := errors.AsType[*serviceerror.PermissionDenied](err); ok {
		return &Problem{
			Text: fmt.Sprintf("Temporal at %s refuses access to namespace %s", options.HostPort, options.Namespace),
			Hint: "check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH)",
		}
	}
	reason, _, _ := strings.Cut(err.Error(), "\n")
	p := &Problem{
		Text:       fmt.Sprintf("Temporal at %s does not answer: %s", options.HostPort, reason),
		Hint:       descriptors.HintOr(err, "check that the server runs, and TEMPORAL_ADDRESS"),
		Unanswered: true,
		Passing:    true,
	}
	if authority.Unknown(err) {
		p.Hint, p.Passing = authority.Hint+"; for Temporal alone: "+envCA, false
	}
	return p
}
