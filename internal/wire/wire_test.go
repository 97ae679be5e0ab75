package wire_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/wire"
)

const (
	stop  wire.Signal[string]        = "stop"
	count wire.Query[int]            = "count"
	work  wire.Workflow[string, int] = "Work"
)

// temporal is a client that knows one run.
type temporal struct {
	answer any
	got    []any
}

func (c *temporal) SignalWorkflow(_ context.Context, workflowID, runID, name string, value any) error {
	c.got = []any{workflowID, runID, name, value}
	return nil
}

func (c *temporal) QueryWorkflow(_ context.Context, workflowID, runID, name string, args ...any) (converter.EncodedValue, error) {
	c.got = append([]any{workflowID, runID, name}, args...)
	if err, failed := c.answer.(error); failed {
		return nil, err
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(c.answer)
	return client.NewValue(payloads), err
}

func (c *temporal) ExecuteWorkflow(_ context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	c.got = append([]any{options.ID, workflow}, args...)
	return nil, nil
}

// A name that went out as anything but a string would be looked up as a function.
func TestNamesGoOutAsStrings(t *testing.T) {
	t.Parallel()
	c := &temporal{answer: 3}
	require.NoError(t, stop.Send(t.Context(), c, "w", "r", "now"))
	require.Equal(t, []any{"w", "r", "stop", "now"}, c.got)
	got, err := count.Ask(t.Context(), c, "w", "r")
	require.NoError(t, err)
	require.Equal(t, 3, got)
	require.Equal(t, []any{"w", "r", "count"}, c.got)
	_, err = wire.Start(t.Context(), c, client.StartWorkflowOptions{ID: "w"}, work, "in")
	require.NoError(t, err)
	require.Equal(t, []any{"w", "Work", "in"}, c.got)
	require.Equal(t, []any{"in"}, work.Args("in"))
}

func TestAskWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	nobody := errors.New("no worker")
	_, err := count.Ask(t.Context(), &temporal{answer: nobody}, "w", "")
	require.ErrorIs(t, err, nobody)
	_, err = count.Ask(t.Context(), &temporal{answer: "three"}, "w", "")
	require.ErrorContains(t, err, "read the answer: ")
}
