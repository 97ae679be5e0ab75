// Package activities holds the half of syncs and reports that talks to the outside world: FetchBatch, QuerySource and
// DiffAndUpdate of a pass, and ReadChanges, SelectChanged and ReadQuotas, by which it asks for less; LoadReportType,
// AskReportSource and NotifyWebhook of a report; and FindPreviousPass, ReadProgress, FindRejected, CheckSearchAttributes,
// DescribeSchedule, TriggerSchedule and ReadPreviousReport, which ask Temporal itself.
//
// Each heartbeats while it works, so that a lost worker is noticed soon, and may be run twice without harm. None retries
// what the other side did: errors.go turns it into an application error and the workflow retries it in the open.
package activities

import (
	"cmp"
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/wire"
)

// beat is well below the heartbeat timeout of workflows/flow.
const beat = 2 * time.Second

// Repository is what the activities need of Alfresco.
type Repository interface {
	NextPages(ctx context.Context, request alfresco.PageRequest, most int) ([]alfresco.Page, error)
	Look(ctx context.Context, batch alfresco.Batch, properties []string, decide alfresco.Decide) ([]alfresco.Updated, error)
	Update(ctx context.Context, ids, properties []string, updater alfresco.Updater) ([]alfresco.Updated, error)
}

// Register is what the activities need of Kontur.Focus.
type Register interface {
	Query(ctx context.Context, method string, ids []counterparty.Identifier, each func(kontur.Item) error) (calls int, err error)
	QueryApart(ctx context.Context, question kontur.Question, taker kontur.Taker) (kontur.Apart, error)
}

var (
	_ Repository = (*alfresco.Client)(nil)
	_ Register   = (*kontur.Client)(nil)
	_ Notifier   = (*webhook.Client)(nil)
)

// Dependencies are what the activities work with.
type Dependencies struct {
	Repository Repository
	Register   Register
	// Contract knows what the contract with Kontur.Focus has left.
	Contract Contract
	Mapping  *mapping.Mapping
	Temporal client.Client
	// ReportTypes are those of the worker's file.
	ReportTypes *report.Types
	Webhooks    Notifier
	// ReportsReserve is how much of each quota reports leave untouched; empty is pass.NoReserve.
	ReportsReserve pass.Reserve
	// AuditValues lets the record of changes in the log show the values.
	AuditValues bool
	// Observer, if not nil, counts what the activities did.
	Observer Observer
	// Answers are those on their way from QuerySource to DiffAndUpdate, which all task queues of a worker share.
	Answers *Answers
	// KeyPatience is how long it is looked for a worker that holds a key; zero is 5 s.
	KeyPatience time.Duration
	// Now is the worker's wall clock; nil is time.Now.
	Now func() time.Time
}

// RegisterMain registers the activities of the main task queue.
func RegisterMain(r worker.ActivityRegistry, d Dependencies) {
	o, past := surroundingsOf(d), past{d.Temporal}
	register(r, o, pass.FetchBatch, (&fetchBatch{repository: d.Repository, mapping: d.Mapping, observer: o}).execute)
	registerAs(r, o, pass.DiffAndUpdate, (&diffAndUpdate{
		repository: d.Repository, mapping: d.Mapping, answers: d.Answers, temporal: d.Temporal, observer: o, audit: audit{values: d.AuditValues}, announcer: d.Temporal, now: o.clock.now,
	}).run)
	register(r, o, pass.FindPreviousPass, past.findPreviousPass)
	register(r, o, pass.ReadProgress, past.readProgress)
	register(r, o, pass.FindRejected, past.findRejected)
	register(r, o, pass.CheckSearchAttributes, past.checkSearchAttributes)
	register(r, o, pass.FindKeyHolder, (&findKeyHolder{temporal: d.Temporal, patience: cmp.Or(d.KeyPatience, keyPatience)}).execute)
	register(r, o, pass.DescribeSchedule, past.describeSchedule)
	register(r, o, pass.TriggerSchedule, past.triggerSchedule)
	register(r, o, report.LoadType, (&loadReportType{types: d.ReportTypes, observer: o}).execute)
	register(r, o, report.ReadPrevious, past.readPreviousReport)
}

// RegisterWebhooks registers the activity that calls webhooks, on a task queue of its own.
func RegisterWebhooks(r worker.ActivityRegistry, d Dependencies) {
	register(r, surroundingsOf(d), report.Notify, (&notifyWebhook{webhooks: d.Webhooks}).execute)
}

// RegisterKontur registers the activities of passes on Kontur.Focus's task queue.
func RegisterKontur(r worker.ActivityRegistry, d Dependencies) {
	o := surroundingsOf(d)
	register(r, o, pass.QuerySource, (&querySource{register: d.Register, mapping: d.Mapping, answers: d.Answers}).execute)
	changes := &changedCompanies{contract: d.Contract, mapping: d.Mapping, now: time.Now}
	register(r, o, pass.ReadChanges, changes.read)
	register(r, o, pass.SelectChanged, changes.choose)
	register(r, o, pass.ReadQuotas, (&readQuotas{contract: d.Contract}).execute)
}

// RegisterReports registers the activity that asks Kontur.Focus for reports, on a task queue of its own.
func RegisterReports(r worker.ActivityRegistry, d Dependencies) {
	register(r, surroundingsOf(d), report.AskSource, (&askReportSource{
		register: d.Register, reserve: newReserve(d.Contract, d.ReportsReserve, time.Now),
	}).execute)
}

// register wraps what nearly every activity has in common: the heartbeat, the translation of errors, and the observer.
func register[In, Out any](r worker.ActivityRegistry, o surroundings, name wire.Activity[In, Out], execute func(context.Context, In) (Out, error)) {
	registerAs(r, o, name, func(ctx context.Context, request In) (Out, error) {
		stop := every(ctx, beat, func() { activity.RecordHeartbeat(ctx) }) // which shows Temporal that the worker lives
		defer stop()
		result, err := execute(ctx, request)
		return result, failure(ctx, err, nil)
	})
}

// registerAs registers an activity that sends its own heartbeats and translates its errors.
func registerAs[In, Out any](r worker.ActivityRegistry, o surroundings, name wire.Activity[In, Out], run func(context.Context, In) (Out, error)) {
	wrapped := func(ctx context.Context, request In) (Out, error) {
		o.clock.compare(ctx)
		result, err := run(ctx, request)
		o.ActivityEnded(string(name), resultOf(err))
		return result, err
	}
	r.RegisterActivityWithOptions(wrapped, activity.RegisterOptions{Name: string(name)})
}
