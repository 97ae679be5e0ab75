// Package prometheus holds the alert rules as files, and the tests that prove when each fires. It has no code of its own:
// the rules run in a Prometheus server, and promtool reads the tests as well.
package prometheus
