package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// recorder notes what the workflow code asks for while it is replayed. It changes nothing.
type recorder struct {
	interceptor.WorkerInterceptorBase
	converter converter.DataConverter
	// calls are by the event with which their task began; end is the last one, if the code came to its end.
	calls map[int64][]*call
	end   *call
}

// call is a command that this build gives.
type call struct {
	command
	input []any
	err   error // of a run that failed
}

// add notes a call. It is called by workflow code but no part of it: what it does has no effect on the run.
//
//workflowcheck:ignore
func (r *recorder) add(ctx workflow.Context, c command, args ...any) *call {
	made := &call{command: c, input: r.encode(args)}
	started := int64(workflow.GetInfo(ctx).GetCurrentHistoryLength())
	r.calls[started] = append(r.calls[started], made)
	if c.kind == endCommand {
		r.end = made
	}
	return made
}

// encode is what the arguments become in a history. They are taken at once: the code may go on and change them.
func (r *recorder) encode(args []any) []any {
	payloads := &commonpb.Payloads{}
	for _, arg := range args {
		payload, err := r.converter.ToPayload(arg)
		if err != nil {
			payload, _ = converter.GetDefaultDataConverter().ToPayload(fmt.Sprintf("can't be encoded: %v", err))
		}
		payloads.Payloads = append(payloads.Payloads, payload)
	}
	return decode(r.converter, payloads)
}

// InterceptWorkflow is called once for the run that is replayed.
func (r *recorder) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{WorkflowInboundInterceptorBase: interceptor.WorkflowInboundInterceptorBase{Next: next}, recorder: r}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	recorder *recorder
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{WorkflowOutboundInterceptorBase: interceptor.WorkflowOutboundInterceptorBase{Next: next}, recorder: i.recorder})
}

func (i *inbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := i.Next.ExecuteWorkflow(ctx, in)
	switch {
	case err == nil:
		i.recorder.add(ctx, anEnd(completion), result)
	case workflow.IsContinueAsNewError(err):
		i.recorder.add(ctx, anEnd(continueAsNew))
	case temporal.IsCanceledError(err):
		i.recorder.add(ctx, anEnd(cancelled))
	default:
		i.recorder.add(ctx, anEnd(failed)).err = err
	}
	return result, err
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	recorder *recorder
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	queue := cmp.Or(options.TaskQueue, workflow.GetInfo(ctx).TaskQueueName)
	o.recorder.add(ctx, anActivity(name, options.Summary, queue), args...)
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *outbound) ExecuteChildWorkflow(ctx workflow.Context, name string, args ...any) workflow.ChildWorkflowFuture {
	if ctx.Err() == nil { // else the SDK does not even ask for it
		options := workflow.GetChildWorkflowOptions(ctx)
		o.recorder.add(ctx, aChild(name, options.StaticSummary, options.WorkflowID), args...)
	}
	return o.Next.ExecuteChildWorkflow(ctx, name, args...)
}

func (o *outbound) SignalExternalWorkflow(ctx workflow.Context, id, runID, name string, arg any) workflow.Future {
	o.recorder.add(ctx, aSignal(name, id), arg)
	return o.Next.SignalExternalWorkflow(ctx, id, runID, name, arg)
}

// NewTimer is how workflow.NewTimer makes a timer.
func (o *outbound) NewTimer(ctx workflow.Context, d time.Duration) workflow.Future {
	o.timer(ctx, d, "")
	return o.Next.NewTimer(ctx, d)
}

// NewTimerWithOptions is how everything else does: workflow.Sleep and the waits with a time limit come here too.
func (o *outbound) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	o.timer(ctx, d, options.Summary)
	return o.Next.NewTimerWithOptions(ctx, d, options)
}

func (o *outbound) timer(ctx workflow.Context, d time.Duration, summary string) {
	if d > 0 { // else there is none
		o.recorder.add(ctx, aTimer(d, summary))
	}
}

func (o *outbound) UpsertMemo(ctx workflow.Context, memo map[string]any) error {
	o.recorder.add(ctx, aChange(memoCommand, keys(memo)))
	return o.Next.UpsertMemo(ctx, memo)
}

func (o *outbound) UpsertSearchAttributes(ctx workflow.Context, attributes map[string]any) error {
	o.recorder.add(ctx, aChange(searchCommand, keys(attributes)))
	return o.Next.UpsertSearchAttributes(ctx, attributes)
}

func (o *outbound) UpsertTypedSearchAttributes(ctx workflow.Context, attributes ...temporal.SearchAttributeUpdate) error {
	o.recorder.add(ctx, aChange(searchCommand, updated(attributes)))
	return o.Next.UpsertTypedSearchAttributes(ctx, attributes...)
}

// keys are the keys of a map, sorted.
//
//workflowcheck:ignore
func keys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// updated are the names of attributes, sorted.
//
//workflowcheck:ignore
func updated(attributes []temporal.SearchAttributeUpdate) []string {
	set := temporal.NewSearchAttributes(attributes...)
	var names []string
	for key := range set.GetUntypedValues() {
		names = append(names, key.GetName())
	}
	slices.Sort(names)
	return names
}
