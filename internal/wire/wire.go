// Package wire ties a name on the wire to the types of what travels under it, so that the compiler refuses a payload that
// does not belong to its name. The values stand in packages pass and report, beside the messages that they carry.
//
// Here is what clients of Temporal do with them; workflows call them through package flow, and package activities registers
// what they name. Options, such as how long an activity may take, are decided there.
//
// Words: an activity is work that a workflow asks a worker for; a signal is a message to a run; a query is a question to a
// run that changes nothing in it. Each value is the name itself: string(v) is what histories hold.
package wire

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/converter"
)

// Workflow is the name of a workflow that takes an In and returns an Out.
type Workflow[In, Out any] string

// Activity is the name of an activity that takes an In and returns an Out.
type Activity[In, Out any] string

// Signal is the name of a signal that carries a T.
type Signal[T any] string

// Query is the name of a query whose answer is a T.
type Query[T any] string

// Args are the arguments of a run that something else starts, such as a schedule.
func (w Workflow[In, Out]) Args(in In) []any { return []any{in} }

// Starter starts runs as a client of Temporal does, with its options and its kind of run.
type Starter[Options, Run any] interface {
	ExecuteWorkflow(ctx context.Context, options Options, workflow any, args ...any) (Run, error)
}

// Start starts a run of a workflow.
func Start[In, Out, Options, Run any](ctx context.Context, c Starter[Options, Run], options Options, w Workflow[In, Out], in In) (Run, error) {
	return c.ExecuteWorkflow(ctx, options, string(w), w.Args(in)...)
}

// Signaller sends signals as a client of Temporal does.
type Signaller interface {
	SignalWorkflow(ctx context.Context, workflowID, runID, name string, value any) error
}

// Send sends the signal to a run, to the latest one if runID is empty.
func (s Signal[T]) Send(ctx context.Context, c Signaller, workflowID, runID string, value T) error {
	return c.SignalWorkflow(ctx, workflowID, runID, string(s), value)
}

// Querier asks queries as a client of Temporal does.
type Querier interface {
	QueryWorkflow(ctx context.Context, workflowID, runID, name string, args ...any) (converter.EncodedValue, error)
}

// Ask asks a run, the latest one if runID is empty. A worker has to be there to answer.
func (q Query[T]) Ask(ctx context.Context, c Querier, workflowID, runID string) (T, error) {
	var answer T
	value, err := c.QueryWorkflow(ctx, workflowID, runID, string(q))
	if err != nil {
		return answer, err
	}
	if err := value.Get(&answer); err != nil {
		return answer, fmt.Errorf("read the answer: %w", err)
	}
	return answer, nil
}
