package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/wire"
)

// Make makes the report of a request, or finds the one that there is: under way or ended, it is returned as it is, and
// Refresh asks its sources again. A run that failed left no report and is made again. Errors: invalid.Errors, all that is
// wrong with the request; ErrUnknownType if Types says so.
func (c *Client) Make(ctx context.Context, r report.Request) (Made, error) {
	r.RefreshOf = ""
	if err := c.check(r); err != nil {
		return Made{}, err
	}
	made, err := c.start(ctx, r, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	if err != nil || made.IsNew {
		return made, err
	}
	latest, err := c.latest(ctx, r.UID())
	if err != nil || !latest.failed() {
		return latest.found(), err
	}
	return c.again(ctx, latest, func(report.Request) report.Request { return r })
}

// Refresh asks the sources of a report again, under the same uid; what they answered before stays until they do. A run
// under way is returned as it is. The webhook takes the place of the one that the report has; nil keeps that. Errors:
// ErrUnknown, and what Make has.
func (c *Client) Refresh(ctx context.Context, uid string, webhook *report.Webhook) (Made, error) {
	latest, err := c.latest(ctx, uid)
	if err != nil || latest.running() {
		return latest.found(), err
	}
	return c.again(ctx, latest, func(r report.Request) report.Request {
		r.Webhook = cmp.Or(webhook, r.Webhook)
		return r
	})
}

// again starts a run after one that ended, from the request that this one had.
func (c *Client) again(ctx context.Context, last run, change func(report.Request) report.Request) (Made, error) {
	had, err := c.request(ctx, last)
	if err != nil {
		return Made{}, err
	}
	r := change(had)
	r.RefreshOf = last.RunID
	if last.failed() {
		// It has no document. The one that it should have refreshed still is the report.
		r.RefreshOf = had.RefreshOf
	}
	if err := c.check(r); err != nil {
		return Made{}, err
	}
	if r.UID() != last.uid {
		return Made{}, fmt.Errorf("refresh report %s: its input is that of %s", last.uid, r.UID())
	}
	made, err := c.start(ctx, r, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	if err != nil || made.IsNew {
		return made, err
	}
	// Somebody else was faster: that run is the one.
	latest, err := c.latest(ctx, last.uid)
	return latest.found(), err
}

func (c *Client) check(r report.Request) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if c.Types == nil {
		return nil
	}
	if _, ok := c.Types.Find(r.Type); !ok {
		return fmt.Errorf("%w: %s; there are: %s", ErrUnknownType, r.Type, strings.Join(c.Types.IDs(), ", "))
	}
	return nil
}

// start starts a run, or makes nothing new if there is one that the policy does not let it follow. Temporal's policy to use
// an existing run would do the same, but the SDK hides then whether the run is new.
func (c *Client) start(ctx context.Context, r report.Request, reuse enums.WorkflowIdReusePolicy) (Made, error) {
	options := client.StartWorkflowOptions{
		ID:                                       report.WorkflowID(r.UID()),
		TaskQueue:                                c.TaskQueue,
		WorkflowIDReusePolicy:                    reuse,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            r.Summary(),
	}
	started, err := wire.Start(ctx, c.Temporal, options, report.Workflow, r)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &already):
		return Made{}, nil
	case err != nil:
		return Made{}, fmt.Errorf("start report %s: %w", r.UID(), err)
	}
	return Made{UID: r.UID(), IsNew: true, RunID: started.GetRunID(), StartedAt: c.Now().UTC()}, nil
}

// Identify makes a request of a type and an identifier, whose length tells an INN from an OGRN. The error, of package
// invalid, says what is wrong with the identifier.
func Identify(typeID, id string) (report.Request, error) {
	if known, ok := counterparty.Recognize(id); ok {
		return report.Request{Type: typeID, By: known.Kind(), ID: id}, nil
	}
	// Whichever it is nearer to: the words about an INN don't help with an OGRN.
	by := counterparty.INN
	if len(id) >= 13 {
		by = counterparty.OGRN
	}
	_, err := counterparty.ParseID(by, id)
	return report.Request{}, &invalid.Field{
		Name: "id", Value: excerpt.Bytes(id, maxShown),
		Allowed: "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits; it " + err.Error(),
	}
}

// uidPattern is what UID of a valid request looks like.
var uidPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}_[0-9]{10,15}(_i_[0-9a-f]{32})?@` + regexp.QuoteMeta(report.Domain) + `$`)

// wellFormed reports whether a request may have the uid. Others are not worth a question to Temporal.
func wellFormed(uid string) bool { return uidPattern.MatchString(uid) }

// maxShown is how many bytes of a value a message repeats: enough to recognise it.
const maxShown = 80

// Find finds what Make would return without making anything; ok is false if there is nothing and Make would start a run.
// Errors: those of Make about the request.
func (c *Client) Find(ctx context.Context, r report.Request) (made Made, ok bool, err error) {
	if err := c.check(r); err != nil {
		return Made{}, false, err
	}
	latest, err := c.latest(ctx, r.UID())
	switch {
	case errors.Is(err, ErrUnknown), err == nil && latest.failed():
		return Made{}, false, nil
	case err != nil:
		return Made{}, false, err
	}
	return latest.found(), true, nil
}

// FindRunning finds what Refresh would return without asking anything again; ok is false if Refresh would start a run.
// Errors: ErrUnknown.
func (c *Client) FindRunning(ctx context.Context, uid string) (made Made, ok bool, err error) {
	latest, err := c.latest(ctx, uid)
	if err != nil || !latest.running() {
		return Made{}, false, err
	}
	return latest.found(), true, nil
}

// CountRunning counts the reports under way, whoever has started them, as Temporal's visibility knows them: it may be a
// moment behind.
func (c *Client) CountRunning(ctx context.Context) (int, error) {
	counted, err := c.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = '%s' AND TaskQueue = %s AND ExecutionStatus = 'Running'", report.Workflow, runs.Quoted(c.TaskQueue)),
	})
	if err != nil {
		return 0, fmt.Errorf("count reports under way: %w", err)
	}
	return int(counted.GetCount()), nil
}
