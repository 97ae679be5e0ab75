// Package operations_test executes docs/operations.md: every command of the page, in the page's order, with the real starter,
// temporal and tctl, against an embedded Temporal server, a real worker and the simulators. It holds tests only.
//
// A column is the page as one reads it who stays with one tool: the blocks of that tool and those for all. A step is a
// block of the page with what it must say and do. A command without a step, and a step without a command, is a failure.
//
// The real tctl and temporal are built from tools/, which takes minutes the first time: go test -short does without. Without
// REQUIRE_CLI_TOOLS=1 the tests are skipped where the tools can't be built.
package operations_test
