// Package rig is what the tests of the sandbox are set up with: the binaries of worker and starter, their environment,
// processes and their logs, servers, companies and nodes, and how long to wait. It is not for what the tests test.
//
// A rig is a worker, a starter and both simulators around one Temporal server. Several rigs may share a server: each has
// a task queue of its own.
package rig

import (
	"flag"
	"log/slog"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/kontur/konturtest"
)

const (
	// Patience bounds every wait: far above what is needed, so that only what never happens fails.
	Patience = 90 * time.Second
	// LookEvery is how often something is looked at while a test waits for it: a look costs a millisecond or two.
	LookEvery = 20 * time.Millisecond
)

// Environment is the environment of a process, or of a part of this one that takes it for one.
type Environment = connect.Variables

// Settings are those of a worker and a starter for these simulators, and nothing of this process's own: without limits
// of the number of requests that would make a test wait, and without profiles of connections. More are other variables, or
// other values.
func Settings(temporal, queue string, a *alfrescotest.Server, k *konturtest.Server, more ...map[string]string) Environment {
	env := Environment{
		"TEMPORAL_ADDRESS": temporal, "TEMPORAL_CONFIG_FILE": os.DevNull, "TASK_QUEUE": queue,
		"ALFRESCO_URL": a.URL(), "ALFRESCO_USER": alfrescotest.DefaultUser, "ALFRESCO_PASSWORD": alfrescotest.DefaultPassword,
		"KONTUR_URL": k.URL(), "KONTUR_KEY": k.Key(), "KONTUR_RPS": "1000",
		"HTTP_ADDR": config.Off, "PATH": os.Getenv("PATH"),
	}
	for _, variables := range more {
		maps.Copy(env, variables)
	}
	return env
}

// Quiet is a logger that says nothing.
func Quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Dial connects to a server until the test ends, as a worker and a starter with these variables do.
func Dial(t testing.TB, address string, more ...Environment) client.Client {
	t.Helper()
	c, err := Connect(address, "", more...)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Connect connects to a server. The identity is shown beside each step; by default it names the machine.
func Connect(address, identity string, more ...Environment) (client.Client, error) {
	env := Environment{"TEMPORAL_ADDRESS": address, "TEMPORAL_CONFIG_FILE": os.DevNull}
	for _, variables := range more {
		maps.Copy(env, variables)
	}
	options, err := connect.Options(env)
	if err != nil {
		return nil, err
	}
	options.Identity, options.Logger = identity, log.NewStructuredLogger(Quiet())
	return client.Dial(options)
}

// Until waits until something is so.
func Until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !is(); time.Sleep(LookEvery) {
		if time.Now().After(deadline) {
			require.FailNow(t, "never: "+what)
		}
	}
}

// AtOnce sets how many tests of the package run at a time, unless -parallel says otherwise: tests that mostly wait need
// no processor of their own. TestMain calls it.
func AtOnce(tests string) error {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", tests)
}
