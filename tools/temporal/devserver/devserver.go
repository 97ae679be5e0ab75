// Package devserver stands in, when make cli-tools builds Temporal's command line, for the server that its command
// server start-dev runs: a whole older server, three quarters of what the tool compiles, which nothing here starts. All
// other commands are the real ones. The names are those that the tool uses.
package devserver

import (
	"errors"
	"log/slog"

	"go.temporal.io/api/enums/v1"
)

// StartOptions are what the flags of server start-dev set.
type StartOptions struct {
	FrontendIP, UIIP, UIAssetPath, UICodecEndpoint, PublicPath, DatabaseFile string
	FrontendPort, FrontendHTTPPort, UIPort, MetricsPort                      int
	Namespaces                                                               []string
	ClusterID, MasterClusterName, CurrentClusterName                         string
	InitialFailoverVersion                                                   int
	Logger                                                                   *slog.Logger
	LogLevel                                                                 slog.Level
	LogConfig                                                                func([]byte)
	SqlitePragmas                                                            map[string]string
	DynamicConfigValues                                                      map[string]any
	SearchAttributes                                                         map[string]enums.IndexedValueType
}

// Server would be a server.
type Server struct{}

// Start refuses.
func Start(StartOptions) (*Server, error) {
	return nil, errors.New("this temporal was built without a server; make run starts one")
}

// Stop stops nothing.
func (*Server) Stop() {}
