package activities

import (
	"context"
	"fmt"
	"strings"

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
		return report.Type{}, &unknownType{id: request.Type, known: l.types.IDs()}
	}
	l.observer.ReportBegun(t.ID)
	return t, nil
}

// unknownType is a type that the worker's file lacks.
type unknownType struct {
	id    string
	known []string
}

func (e *unknownType) Error() string {
	return fmt.Sprintf("there is no report type %q; there are: %s", e.id, strings.Join(e.known, ", "))
}
