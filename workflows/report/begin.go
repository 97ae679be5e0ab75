package report

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

func (r *reportRun) loadType(ctx workflow.Context) (report.Type, error) {
	load := loadTypePolicy(ctx, "definition of report type "+r.request.Type)
	definition, err := flow.Execute(load, report.LoadType, report.LoadTypeRequest{Type: r.request.Type})
	if err != nil {
		failure := flow.FailureOf("load the report type", err)
		if failure.Type == report.FailureUnknownType {
			failure = flow.FailureOf("make the report", err)
		}
		return definition, r.refuse(failure.Type, flow.Sentence(failure))
	}
	return definition, nil
}

// readPrevious is the document of the run that is refreshed; nil if there is none, or if it can't be read.
func (r *reportRun) readPrevious(ctx workflow.Context) *report.Document {
	if r.request.RefreshOf == "" {
		return nil
	}
	request := report.ReadPreviousRequest{WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, RunID: r.request.RefreshOf}
	for try := 0; ; try++ {
		result, err := flow.Execute(readPreviousPolicy(ctx), report.ReadPrevious, request)
		if err == nil {
			if result.Document != nil && result.Document.UID != r.request.UID() {
				return nil // a run of something else
			}
			return result.Document
		}
		failure := flow.FailureOf("read the report before", err)
		if !failure.Retryable || try >= len(askDelays) {
			workflow.GetLogger(ctx).Warn("refreshed report not read; its content is lost", "uid", r.request.UID(), "run", request.RunID, "error", flow.Sentence(failure))
			return nil
		}
		_ = flow.Sleep(ctx, askDelays[try], "read the report before again: "+failure.Message)
	}
}

// begin makes the document in which no source has started. Of the report before it keeps when it was made, the company,
// and the content of the sources that the type still has.
func (r *reportRun) begin(definition report.Type, previous *report.Document) error {
	states, err := sourcestate.New(definition.SourceIDs()...)
	if err != nil {
		return fmt.Errorf("report type %s: %w", definition.ID, err)
	}
	if definition.CompanySource() == "" {
		return fmt.Errorf("report type %s: no source tells which company is meant", definition.ID)
	}
	r.document = report.Document{
		UID: r.request.UID(), Type: definition.ID, Name: definition.Name, By: r.request.By, ID: r.request.ID,
		CreatedAt: r.startedAt, UpdatedAt: r.startedAt, Sources: states,
	}
	for _, source := range definition.Sources {
		r.sources = append(r.sources, &sourceRun{report: r, source: source})
	}
	if previous != nil {
		r.document.CreatedAt, r.document.Company = previous.CreatedAt, previous.Company
		for _, content := range previous.Content {
			if s := r.source(content.Source); s != nil {
				s.content = &content
			}
		}
	}
	r.absent = nil
	return nil
}
