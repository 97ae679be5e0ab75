package activities

import (
	"context"

	"counterparty-sync/internal/report"
)

// loadReportType gives a run the definition of its type as the worker's file has it. In the run's history it stays, so
// that another file changes no report under way.
type loadReportType struct {
	types    *report.Types
	observer Observer
}

func (l *loadReportType) execute(_ context.Context, request report.LoadTypeRequest) (report.Type, error) {
	t, ok := l.types.Find(request.Type)
	if !ok {
		return report.Type{}, unknownType(request.Type, l.types.IDs())
	}
	l.observer.ReportBegun(t.ID)
	return t, nil
}
