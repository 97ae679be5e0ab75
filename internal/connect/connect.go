// Package connect reads the standard Temporal client environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, a TOML profile,
// TLS and API keys) and turns what goes wrong into words for people. Worker and starter share it.
package connect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"counterparty-sync/internal/invalid"
)

// probeTimeout bounds the first question to the server.
const probeTimeout = 5 * time.Second

// Environment is the process's environment: os.LookupEnv and os.Environ, or a test's.
type Environment interface {
	LookupEnv(name string) (string, bool)
	Environ() []string
}

// Options reads client options from the environment and the profile file. Errors are of type invalid.Errors.
func Options(env Environment) (client.Options, error) {
	var l invalid.List
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: env})
	if err != nil {
		name := "TEMPORAL_CONFIG_FILE"
		value, _ := env.LookupEnv(name)
		l.Add(name, value, "a readable profile file and TLS settings that fit together: "+err.Error())
		return client.Options{}, l.Err()
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	if err := checkAddress(options.HostPort); err != nil {
		l.Add("TEMPORAL_ADDRESS", options.HostPort, err.Error())
	}
	return options, l.Err()
}

func checkAddress(address string) error {
	allowed := errors.New("host:port, such as 127.0.0.1:7233")
	if strings.Contains(address, "://") {
		// A gRPC target such as dns:///host:port.
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return allowed
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return allowed
	}
	return nil
}

// Problem is a server that can't be used, with the next step.
type Problem struct {
	Text string
	Hint string
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
	var notFound *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	switch {
	case err == nil:
		return nil
	case errors.As(err, &notFound):
		return &Problem{
			Text: fmt.Sprintf("Temporal at %s has no namespace %s", options.HostPort, options.Namespace),
			Hint: "set TEMPORAL_NAMESPACE, or create it: temporal operator namespace create -n " + options.Namespace,
		}
	case errors.As(err, &denied):
		return &Problem{
			Text: fmt.Sprintf("Temporal at %s refuses access to namespace %s", options.HostPort, options.Namespace),
			Hint: "check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH)",
		}
	}
	return &Problem{
		Text:    fmt.Sprintf("Temporal at %s does not answer: %s", options.HostPort, firstLine(err)),
		Hint:    "check that the server runs, and TEMPORAL_ADDRESS",
		Passing: true,
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
