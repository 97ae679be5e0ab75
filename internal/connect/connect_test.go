package connect_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
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
	}{
		"nothing set":        {give: env{"TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none")}, host: "localhost:7233", namespace: "default"},
		"address, namespace": {give: env{"TEMPORAL_ADDRESS": "127.0.0.1:7000", "TEMPORAL_NAMESPACE": "n"}, host: "127.0.0.1:7000", namespace: "n"},
		"profile":            {give: env{"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "prod"}, host: "temporal.example:7233", namespace: "crm"},
		"environment beats the profile": {
			give: env{"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "prod", "TEMPORAL_NAMESPACE": "n"}, host: "temporal.example:7233", namespace: "n",
		},
		"gRPC target":                  {give: env{"TEMPORAL_ADDRESS": "dns:///temporal:7233"}, host: "dns:///temporal:7233", namespace: "default"},
		"empty address is the default": {give: env{"TEMPORAL_ADDRESS": ""}, host: "localhost:7233", namespace: "default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options, err := connect.Options(tt.give)
			require.NoError(t, err)
			require.Equal(t, tt.host, options.HostPort)
			require.Equal(t, tt.namespace, options.Namespace)
		})
	}
}

func TestOptionsRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		return file
	}
	profiles := write("temporal.toml", "[profile.prod]\naddress = \"temporal.example\"\n[profile.dev]\naddress = \"127.0.0.1:7233\"\n")
	broken := write("broken.toml", "[profile.prod\naddress = 1\n")
	pem := write("not.pem", "no certificate")
	none := filepath.Join(dir, "none")
	keyed := write("keyed.toml", "[profile.prod]\napi_key = \"s3cr3t\\n\"\n")
	const key = "is not allowed; allowed: an API key of printable ASCII characters, without blanks and line ends"
	const address = "is not allowed; allowed: host:port, such as 127.0.0.1:7233"
	tests := []struct {
		name string
		give env
		want string
	}{
		{"no port", env{"TEMPORAL_ADDRESS": "temporal"}, `TEMPORAL_ADDRESS: "temporal" ` + address},
		{"port too large", env{"TEMPORAL_ADDRESS": "temporal:99999"}, `TEMPORAL_ADDRESS: "temporal:99999" ` + address},
		{"port with a sign", env{"TEMPORAL_ADDRESS": "temporal:+7233"}, `TEMPORAL_ADDRESS: "temporal:+7233" ` + address},
		{"no host", env{"TEMPORAL_ADDRESS": ":7233"}, `TEMPORAL_ADDRESS: ":7233" ` + address},
		{"a web address", env{"TEMPORAL_ADDRESS": "http://temporal:7233"}, `TEMPORAL_ADDRESS: "http://temporal:7233" ` + address},
		{"a gRPC target of nothing", env{"TEMPORAL_ADDRESS": "dns:///"}, `TEMPORAL_ADDRESS: "dns:///" ` + address},
		{"blank", env{"TEMPORAL_ADDRESS": "temporal :7233"}, `TEMPORAL_ADDRESS: "temporal :7233" ` + address},
		{"wrong address in the profile", env{"TEMPORAL_CONFIG_FILE": profiles, "TEMPORAL_PROFILE": "prod"}, `profile.prod.address: "temporal.example" ` + address},
		{"unknown profile", env{"TEMPORAL_CONFIG_FILE": profiles, "TEMPORAL_PROFILE": "test"}, `TEMPORAL_PROFILE: "test" is not allowed; allowed: dev, prod`},
		{"profile without a file", env{"TEMPORAL_CONFIG_FILE": none, "TEMPORAL_PROFILE": "test"}, `TEMPORAL_PROFILE: "test" is not allowed; allowed: none, because TEMPORAL_CONFIG_FILE has no profiles`},
		{"file with a mistake", env{"TEMPORAL_CONFIG_FILE": broken}, `TEMPORAL_CONFIG_FILE: "` + broken + `" is not allowed; allowed: a TOML file of profiles that can be read; toml: line 2: expected '.' or ']' to end table name, but got '\n' instead`},
		{"directory as file", env{"TEMPORAL_CONFIG_FILE": dir}, `TEMPORAL_CONFIG_FILE: "` + dir + `" is not allowed; allowed: a TOML file of profiles that can be read; is a directory`},
		{"TLS that is neither on nor off", env{"TEMPORAL_TLS": "yes"}, `TEMPORAL_TLS: "yes" is not allowed; allowed: true or false`},
		{"verification that is neither on nor off", env{"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION": "no"}, `TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: "no" is not allowed; allowed: true or false`},
		{"CA that does not exist", env{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": none}, `TEMPORAL_TLS_SERVER_CA_CERT_PATH: "` + none + `" is not allowed; allowed: a file of certificates in PEM; no such file or directory`},
		{"CA that is none", env{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": pem}, `TEMPORAL_TLS_SERVER_CA_CERT_PATH: "` + pem + `" is not allowed; allowed: a file of certificates in PEM; failed adding server CA to CA pool`},
		{"certificate without a key", env{"TEMPORAL_TLS_CLIENT_CERT_PATH": pem}, `TEMPORAL_TLS_CLIENT_CERT_PATH: "` + pem + `" is not allowed; allowed: a certificate and its key in PEM; if either client cert or key path is present, other must be present too`},
		{"key that does not exist", env{"TEMPORAL_TLS_CLIENT_CERT_PATH": pem, "TEMPORAL_TLS_CLIENT_KEY_PATH": none}, `TEMPORAL_TLS_CLIENT_CERT_PATH: "` + pem + `" is not allowed; allowed: a certificate and its key in PEM; no such file or directory`},
		{"API key with a line end, which is not shown", env{"TEMPORAL_API_KEY": "s3cr3t\n"}, `TEMPORAL_API_KEY: "***" ` + key},
		{"API key with Windows' line end", env{"TEMPORAL_API_KEY": "s3cr3t\r\n"}, `TEMPORAL_API_KEY: "***" ` + key},
		{"API key with a byte order mark", env{"TEMPORAL_API_KEY": "\ufeffs3cr3t"}, `TEMPORAL_API_KEY: "***" ` + key},
		{"API key with a blank in it", env{"TEMPORAL_API_KEY": "s3c r3t"}, `TEMPORAL_API_KEY: "***" ` + key},
		{"API key of the profile with a line end", env{"TEMPORAL_CONFIG_FILE": keyed, "TEMPORAL_PROFILE": "prod"}, `profile.prod.api_key: "***" ` + key},
		{"key as data, which is not shown", env{"TEMPORAL_TLS_CLIENT_CERT_DATA": "a", "TEMPORAL_TLS_CLIENT_KEY_DATA": "s3cr3t"}, `TEMPORAL_TLS_CLIENT_CERT_PATH: "(data)" is not allowed; allowed: a certificate and its key in PEM; tls: failed to find any PEM data in certificate input`},
		{"all at once", env{"TEMPORAL_CONFIG_FILE": dir, "TEMPORAL_ADDRESS": "x", "TEMPORAL_TLS": "on", "TEMPORAL_TLS_SERVER_CA_CERT_PATH": pem}, `TEMPORAL_TLS: "on" is not allowed; allowed: true or false
TEMPORAL_CONFIG_FILE: "` + dir + `" is not allowed; allowed: a TOML file of profiles that can be read; is a directory
TEMPORAL_ADDRESS: "x" ` + address + `
TEMPORAL_TLS_SERVER_CA_CERT_PATH: "` + pem + `" is not allowed; allowed: a file of certificates in PEM; failed adding server CA to CA pool`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.give["TEMPORAL_CONFIG_FILE"] == "" {
				tt.give["TEMPORAL_CONFIG_FILE"] = none
			}
			_, err := connect.Options(tt.give)
			require.True(t, invalid.Is(err))
			require.EqualError(t, err, tt.want)
		})
	}
}

// A certificate of an authority that this machine does not know will not be known in a minute.
func TestProbeNamesTheFileOfAuthorities(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	options := client.Options{HostPort: s.Listener.Addr().String(), Namespace: "default", ConnectionOptions: client.ConnectionOptions{TLS: &tls.Config{}}}
	c, err := client.NewLazyClient(options)
	require.NoError(t, err)
	defer c.Close()
	problem, ok := errors.AsType[*connect.Problem](connect.Probe(t.Context(), c, options))
	require.True(t, ok)
	require.Contains(t, problem.Hint, "SSL_CERT_FILE", problem.Text)
	require.Contains(t, problem.Hint, "TEMPORAL_TLS_SERVER_CA_CERT_PATH")
	require.False(t, problem.Passing)
	require.True(t, problem.Unanswered)
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
