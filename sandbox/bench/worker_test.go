package bench

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.uber.org/zap"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/worker/host"
)

// taskQueue is the worker's default.
const taskQueue = "counterparty-sync"

func dial(b *testing.B, server *temporalserver.Server) client.Client {
	c, err := client.Dial(client.Options{HostPort: server.FrontendAddress(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(b, err)
	b.Cleanup(c.Close)
	return c
}

// startWorker goes the way of the real worker, from an environment with the defaults but for more, and returns what
// stops it.
func startWorker(b *testing.B, c client.Client, alfresco *alfrescotest.Server, kontur *konturtest.Server, more map[string]string) (stop func()) {
	env := map[string]string{
		"ALFRESCO_URL": alfresco.URL(), "ALFRESCO_USER": alfrescotest.DefaultUser, "ALFRESCO_PASSWORD": alfrescotest.DefaultPassword,
		"KONTUR_URL": kontur.URL(), "KONTUR_KEY": kontur.Key(), "HTTP_ADDR": config.Off,
	}
	for name, value := range more {
		env[name] = value
	}
	settings, err := config.LoadWorker(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, nil)
	require.NoError(b, err)
	metrics, err := host.NewMetrics()
	require.NoError(b, err)
	options, err := host.FromConfig(settings, c, metrics, zap.NewNop())
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- host.Run(ctx, options) }()
	return func() { cancel(); <-done }
}
