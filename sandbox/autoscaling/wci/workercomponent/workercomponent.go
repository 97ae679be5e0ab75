// Package workercomponent would run the workflows that start and end workers. There are none: see package client.
package workercomponent

import "go.uber.org/fx"

// Module adds nothing to the server.
var Module = fx.Options()
