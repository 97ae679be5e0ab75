package connect

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/secret"
)

// AddressAllowed says what ValidAddress takes.
const AddressAllowed = "host:port, such as 127.0.0.1:7233"

// The names of the variables that the rules below are about.
const (
	envAddress = "TEMPORAL_ADDRESS"
	envKey     = "TEMPORAL_API_KEY"
	envFile    = "TEMPORAL_CONFIG_FILE"
	envProfile = "TEMPORAL_PROFILE"
	envCert    = "TEMPORAL_TLS_CLIENT_CERT_PATH"
	envCA      = "TEMPORAL_TLS_SERVER_CA_CERT_PATH"
)

// switches are variables that envconfig ignores in silence unless they are 1, 0, true or false.
var switches = []string{"TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"}

// Environment is the process's environment, envconfig.EnvLookupOS, or one that takes its place.
type Environment = envconfig.EnvLookup

// Variables are an environment that is not the process's own.
type Variables map[string]string

// LookupEnv implements Environment.
func (v Variables) LookupEnv(name string) (string, bool) { value, ok := v[name]; return value, ok }

// Environ implements Environment.
func (v Variables) Environ() []string {
	list := make([]string, 0, len(v))
	for name, value := range v {
		list = append(list, name+"="+value)
	}
	return list
}

// Options reads client options from the environment and the profile file. All problems come at once, as invalid.Errors.
// A file that does not exist is no problem, as with Temporal's own tools.
func Options(env Environment) (client.Options, error) {
	var l invalid.List
	for _, name := range switches {
		value, _ := env.LookupEnv(name)
		if value != "" && !slices.Contains([]string{"1", "0", "true", "false"}, strings.ToLower(value)) {
			l.Add(name, value, "true or false")
		}
	}
	profile := readProfile(env, &l)
	profile.Address = cmp.Or(profile.Address, client.DefaultHostPort)
	profile.Namespace = cmp.Or(profile.Namespace, client.DefaultNamespace)
	if !ValidAddress(profile.Address) {
		l.Add(settingName(env, envAddress, "address"), profile.Address, AddressAllowed)
	}
	// gRPC sends it as a header and fails with a text that names nothing: a line end comes with `$(cat key)` in Windows' form.
	if strings.ContainsFunc(profile.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		l.Add(settingName(env, envKey, "api_key"), secret.New(profile.APIKey).String(), "an API key of printable ASCII characters, without blanks and line ends")
	}
	options, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		l.Join(tlsProblem(profile.TLS, err))
	}
	payloads, err := Payloads(env)
	if err != nil {
		l.Join(err)
	}
	if err := l.Err(); err != nil {
		return client.Options{}, err
	}
	encoded(&options, payloads)
	// The SDK would pack each request with gzip, and the server each answer then: a fifth of what a fast pass takes of worker and
	// server, to spare a network that mostly is one machine's or one rack's.
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	return options, nil
}

// readProfile reads the profile of the file with the variables on top; if the file is no good, the variables alone.
func readProfile(env Environment, l *invalid.List) envconfig.ClientConfigProfile {
	var profile envconfig.ClientConfigProfile
	file, err := envconfig.LoadClientConfig(envconfig.LoadClientConfigOptions{EnvLookup: env})
	name, _ := env.LookupEnv(envProfile)
	switch {
	case err != nil:
		path, _ := env.LookupEnv(envFile)
		l.Add(envFile, cmp.Or(path, envconfig.DefaultConfigFilePath()), "a TOML file of profiles that can be read; "+reason(err))
	case name != "" && file.Profiles[name] == nil:
		l.Add(envProfile, name, cmp.Or(strings.Join(slices.Sorted(maps.Keys(file.Profiles)), ", "), "none, because "+envFile+" has no profiles"))
	default:
		if found := file.Profiles[cmp.Or(name, envconfig.DefaultConfigFileProfile)]; found != nil {
			profile = *found
		}
	}
	if err := profile.ApplyEnvVars(env); err != nil {
		l.Join(err)
	}
	return profile
}

// settingName is where a setting was written: the variable, or the field of the profile.
func settingName(env Environment, variable, field string) string {
	if _, ok := env.LookupEnv(variable); ok {
		return variable
	}
	name, _ := env.LookupEnv(envProfile)
	return "profile." + cmp.Or(name, envconfig.DefaultConfigFileProfile) + "." + field
}

// tlsProblem finds out whether the server's CA or the client's certificate is at fault. It shows paths and no keys.
func tlsProblem(settings *envconfig.ClientConfigTLS, err error) error {
	ca := envconfig.ClientConfigProfile{TLS: &envconfig.ClientConfigTLS{
		ServerCACertPath: settings.ServerCACertPath, ServerCACertData: settings.ServerCACertData,
	}}
	if _, caErr := ca.ToClientOptions(envconfig.ToClientOptionsRequest{}); caErr != nil {
		return &invalid.Field{Name: envCA, Value: cmp.Or(settings.ServerCACertPath, "(data)"), Allowed: "a file of certificates in PEM; " + reason(caErr)}
	}
	value := cmp.Or(settings.ClientCertPath, settings.ClientKeyPath, "(data)")
	return &invalid.Field{Name: envCert, Value: value, Allowed: "a certificate and its key in PEM; " + reason(err)}
}

// reason is the innermost cause of an error, on one line: what stands before it repeats the name of the file.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// ValidAddress reports whether a text is host:port, or a gRPC target such as dns:///host:port.
func ValidAddress(address string) bool {
	if scheme, rest, isTarget := strings.Cut(address, "://"); isTarget {
		return slices.Contains([]string{"dns", "passthrough", "unix"}, scheme) && strings.Trim(rest, "/") != ""
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || strings.ContainsAny(host, " /@?#") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}
