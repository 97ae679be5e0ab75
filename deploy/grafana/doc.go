// Package grafana holds the dashboard as a file, and the tests that it is well-formed. It has no code of its own, and no
// test draws it.
package grafana
