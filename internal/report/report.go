// Package report is the vocabulary of reports about one counterparty: types, requests, documents and names on the wire.
// It is pure data with rules and talks to nothing; package sourcestate says how far each source is.
//
// A report is made from several sources, each a method of Kontur.Focus, which are asked independently of each other. Its
// type fixes the set of its sources; a request can't change it. There is one report per type and counterparty, named by
// its uid; a refresh asks the sources again under the same uid. The document is the report as it stands: states of all
// sources at any moment, content as each source answers.
package report

import (
	"encoding/json"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/wire"
)

// Names on the wire: histories hold them, so they never change.
const (
	// Workflow is the workflow that makes a report. It runs on the main task queue.
	Workflow wire.Workflow[Request, Document] = "CounterpartyReport"

	LoadType wire.Activity[LoadTypeRequest, Type] = "LoadReportType"
	// AskSource runs on a task queue of its own, KonturTaskQueue.
	AskSource    wire.Activity[AskRequest, AskResult]                   = "AskReportSource"
	ReadPrevious wire.Activity[ReadPreviousRequest, ReadPreviousResult] = "ReadPreviousReport"
	// Notify runs on a task queue of its own, WebhookTaskQueue.
	Notify wire.Activity[NotifyRequest, struct{}] = "NotifyWebhook"

	// Query returns the Document as it stands. Until the type of the report is loaded, which is the first thing that a run
	// does, it fails with NotLoaded: a document without sources would read as one that is complete.
	Query wire.Query[Document] = "report"

	// SourcesMemo is the memo key that holds the states of the sources, so that they can be read without a worker.
	SourcesMemo = "report"

	// FailureUnknownType is a type that the worker's file of types lacks.
	FailureUnknownType = "UnknownReportType"
	// FailureInvalidRequest is a request that does not validate.
	FailureInvalidRequest = "InvalidReportRequest"
	// FailureLate is a source that did not answer within its time limit.
	FailureLate = "Late"
	// FailureContent is a jq expression of the type that does not work on the answer.
	FailureContent = "ContentFailed"
	// FailureWebhook is a webhook that could not be told.
	FailureWebhook = "WebhookFailed"

	workflowPrefix = "counterparty-report-"
)

// KonturTaskQueue is the task queue of AskSource, beside the given main one. It is not the one of passes, where a
// batch would stand behind the sources of every report that waits. A rate limit holds for each of the two; the workers see
// to it that it holds for both together. Each key has one.
func KonturTaskQueue(mainQueue string, key pass.KeyName) string {
	return key.OnQueue(pass.KonturTaskQueue(mainQueue, "") + "-reports")
}

// WebhookTaskQueue is the task queue of Notify, beside the given main one: webhooks that hang must not take the slots
// in which passes read and write nodes.
func WebhookTaskQueue(mainQueue string) string { return mainQueue + "-webhooks" }

// NotLoaded is the error of Query until the type of the report is loaded.
const NotLoaded = "the report has just begun: its type is not loaded yet; ask again in a moment"

// MaxContentBytes bounds the content of one document, all sources together, well below the 2 MiB of a payload.
const MaxContentBytes = 1_500_000

// MaxReasonLength bounds the reason of a source, in bytes.
const MaxReasonLength = 400

// Kind is what a source may apply to.
type Kind string

// The kinds of counterparties.
const (
	LegalEntity    = Kind(counterparty.LegalEntity)
	SoleProprietor = Kind(counterparty.SoleProprietor)
	// Foreign organisations have an INN that begins with 9909. No source here knows them.
	Foreign Kind = "foreign"
)

// What a source may need before it can be asked, besides the id of another source.
const (
	NeedsINN  = "inn"
	NeedsOGRN = "ogrn"
)

// Type is a report type: a fixed, ordered set of sources.
type Type struct {
	// ID is part of the uid: a-z, 0-9 and hyphen.
	ID   string `json:"id"`
	Name string `json:"name"`
	// KonturKey names the key that Kontur.Focus is asked with; empty: that of KONTUR_KEY.
	KonturKey pass.KeyName `json:"konturKey,omitempty"`
	Sources   []TypeSource `json:"sources"`
}

// TypeSource is one source of a type.
type TypeSource struct {
	// ID is its name in documents, such as kontur.req.
	ID string `json:"id"`
	// Method is a method of Kontur.Focus, one of pass.Sources. Exactly one source of a type has the method req: it tells
	// which company is meant, of what kind it is, and its INN and OGRN.
	Method string `json:"method"`
	// Needs is inn, ogrn, or the id of another source that must have answered about a company before. What the request
	// does not give is waited for until the source with the method req has answered. Default: whatever the request gives.
	// Asked by an INN that several companies have, a source other than req can't tell which of them is meant and gives no
	// content; let it need ogrn.
	Needs string `json:"needs,omitempty"`
	// AppliesTo are the kinds of counterparties that it knows; default legal entities and sole proprietors. For others it
	// is skipped.
	AppliesTo []Kind `json:"appliesTo,omitempty"`
	// TimeLimit bounds everything from the first attempt to the answer, retries and the waits between them included, but
	// not the time in the queue before an attempt, nor what is lost with a worker of ours; default 60s.
	TimeLimit pass.Duration `json:"timeLimit,omitempty"`
	// Optional: the report is whole without it.
	Optional bool `json:"optional,omitempty"`
	// Content is a jq expression that cuts the answer down; default ".", the whole object.
	Content string `json:"content,omitempty"`
}

// Webhook is where to tell about changes of a report, by POST.
type Webhook struct {
	OnUpdate   string `json:"on_update,omitempty"`
	OnComplete string `json:"on_complete,omitempty"`
}

// Request is the input of CounterpartyReport.
type Request struct {
	Type string `json:"type"`
	// By says what ID is.
	By counterparty.IDKind `json:"by"`
	ID string              `json:"id"`
	// IdempotenceKey is part of the identity: the same request with another key is another report.
	IdempotenceKey string `json:"idempotenceKey,omitempty"`
	// RefreshOf is the run whose report is made anew. Its content stays until the new one is there.
	RefreshOf string   `json:"refreshOf,omitempty"`
	Webhook   *Webhook `json:"webhook,omitempty"`
}

// Document is a report as it stands: the answer of Query and the result of the workflow. Fields are only ever added.
type Document struct {
	UID  string              `json:"uid"`
	Type string              `json:"type"`
	Name string              `json:"name"`
	By   counterparty.IDKind `json:"by"`
	ID   string              `json:"id"`
	// CreatedAt stays when the report is refreshed.
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	// Company is which company was found, null until one is. After a refresh that finds none it is still the one that the
	// older content is about.
	Company *Company            `json:"company"`
	Sources sourcestate.Sources `json:"sources"`
	// Content holds what the sources answered, in order of the sources. A source that found nothing has none. All of it is
	// about Company.
	Content []Content `json:"content"`
	// Missing are the sources that the report can't do without and that ended in an error.
	Missing []string `json:"missing"`
}

// Company is the company that a report is about.
type Company struct {
	Kind Kind   `json:"kind"`
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
}

// Content is what one source says.
type Content struct {
	Source string          `json:"source"`
	Data   json.RawMessage `json:"data"`
	// AnsweredAt tells the age of the data: after a refresh it may be older than the report.
	AnsweredAt time.Time `json:"answeredAt"`
}
