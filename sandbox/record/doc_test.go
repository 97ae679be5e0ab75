// Package record_test records the histories in workflows/testdata/replay, against which every build is replayed. It holds tests
// only: one plays each scenario on a real Temporal server, with a real worker process and the simulators, and makes sure
// that the histories show what the scenario is named after.
//
// Without flags nothing is written: the scenarios are played with the worker of the working tree, and their histories
// replayed against it, so that the recorder itself does not rot. `make record RELEASE=v1.2.3` writes; the README beside
// the recordings says when and how.
package record_test
