package bench

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

// taskQueue is the worker's default.
const taskQueue = "counterparty-sync"

func dial(b *testing.B, server *temporalserver.Server) client.Client {
	return rig.Dial(b, server.FrontendAddress())
}

// startWorker starts a worker with the default limits, but for more, and returns what stops it.
func startWorker(b *testing.B, c client.Client, alfresco *alfrescotest.Server, kontur *konturtest.Server, more map[string]string) (stop func()) {
	env := rig.Settings("", taskQueue, alfresco, kontur)
	delete(env, "TEMPORAL_ADDRESS") // there is a connection
	delete(env, "KONTUR_RPS")
	stop, err := rig.RunWorker(c, env.With(more))
	require.NoError(b, err)
	return stop
}
