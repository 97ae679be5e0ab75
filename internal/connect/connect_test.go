package connect_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/connect"
)

type env map[string]string

func (e env) LookupEnv(name string) (string, bool) { v, ok := e[name]; return v, ok }

func (e env) Environ() []string {
	var list []string
	for k, v := range e {
		list = append(list, k+"="+v)
	}
	return list
}

func TestOptions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.prod]\naddress = \"temporal.example:7233\"\nnamespace = \"crm\"\n"), 0o600))
	for name, tt := range map[string]struct {
		give            env
		host, namespace string
		err             string
	}{
		"nothing set":        {give: env{"TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none")}, host: "localhost:7233", namespace: "default"},
		"address, namespace": {give: env{"TEMPORAL_ADDRESS": "127.0.0.1:7000", "TEMPORAL_NAMESPACE": "n"}, host: "127.0.0.1:7000", namespace: "n"},
		"profile":            {give: env{"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "prod"}, host: "temporal.example:7233", namespace: "crm"},
		"environment beats the profile": {
			give: env{"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "prod", "TEMPORAL_NAMESPACE": "n"}, host: "temporal.example:7233", namespace: "n",
		},
		"no port":    {give: env{"TEMPORAL_ADDRESS": "temporal"}, err: `TEMPORAL_ADDRESS: "temporal" is not allowed; allowed: host:port, such as 127.0.0.1:7233`},
		"wrong port": {give: env{"TEMPORAL_ADDRESS": "temporal:99999"}, err: `TEMPORAL_ADDRESS: "temporal:99999" is not allowed; allowed: host:port, such as 127.0.0.1:7233`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options, err := connect.Options(tt.give)
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.host, options.HostPort)
			require.Equal(t, tt.namespace, options.Namespace)
		})
	}
}

func TestProbeSaysWhatToDoWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	options := client.Options{HostPort: address, Namespace: "default"}
	c, err := client.NewLazyClient(options)
	require.NoError(t, err)
	defer c.Close()
	err = connect.Probe(context.Background(), c, options)
	var problem *connect.Problem
	require.ErrorAs(t, err, &problem)
	require.True(t, problem.Passing)
	require.Contains(t, err.Error(), "Temporal at "+address+" does not answer")
	require.Contains(t, err.Error(), "hint: check that the server runs, and TEMPORAL_ADDRESS")
}
