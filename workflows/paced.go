package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/wire"
	"counterparty-sync/workflows/flow"
)

// outsideCall is how the outside world is asked for something.
type outsideCall struct {
	// who may ask to wait; what is asked, in words.
	who, what string
	policy    policy
	// show shows stage while the call is made, nothing if that is empty; and waiting, with until when, before the next try.
	show           func(text string)
	stage, waiting string
	// before and after, if not nil, are called around each try; they may change the request.
	before func()
	after  func(error)
}

// paced makes a call and makes it again after the time that the other side asks to wait, within a bound. If it is asked to
// wait again it waits at least as long as it has waited so far, up to pacingStep.
func paced[In, Out any](ctx workflow.Context, activity wire.Activity[In, Out], request *In, c outsideCall) (Out, error) {
	var waited time.Duration
	for {
		if c.before != nil {
			c.before()
		}
		if c.stage != "" {
			c.show(c.stage)
		}
		result, err := flow.Execute(c.policy.on(ctx, c.what), activity, *request)
		if c.after != nil {
			c.after(err)
		}
		wait, limited := retryAfter(err)
		wait = max(wait, min(waited, pacingStep))
		if !limited || waited+wait > maxPacing {
			return result, err
		}
		waited += wait
		asks := fmt.Sprintf("%s asks to wait %s", c.who, pass.Duration(wait))
		c.show(c.waiting + asks + ", until " + md.Time(workflow.Now(ctx).Add(wait)))
		if err := flow.Sleep(ctx, wait, asks+": "+c.what); err != nil {
			var none Out
			return none, err
		}
	}
}

// retryAfter is how long the other side asks to wait, if that is what err says.
func retryAfter(err error) (time.Duration, bool) {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	var details pass.FailureDetails
	if !ok || application.Type() != pass.FailureRateLimited || application.Details(&details) != nil {
		return 0, false
	}
	return time.Duration(details.RetryAfter), details.RetryAfter > 0
}
