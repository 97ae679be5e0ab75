package activities_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/activities"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// observed keeps what an Observer is told.
type observed struct {
	mu      sync.Mutex
	batches []counterparty.Counts
	within  []string
	reports []string
	results []string
}

var _ activities.Observer = (*observed)(nil)

func (o *observed) BatchDone(workflowID string, result pass.DiffAndUpdateResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.within, o.batches = append(o.within, workflowID), append(o.batches, result.Counts)
}

func (o *observed) ReportBegun(reportType string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reports = append(o.reports, reportType)
}

func (o *observed) ActivityEnded(activity, result string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.results = append(o.results, activity+" "+result)
}

func TestObserverIsToldWhatBecameOfABatch(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t), &observed{}
	w.kontur.AddCompany(company(1), company(2))
	w.alfresco.Add(node(1, nil), node(2, current(2)), node(99, nil))
	request := w.batch(t)
	w.observer = o
	w.update(t, request)
	require.Equal(t, []counterparty.Counts{{Updated: 1, Unchanged: 1, NotFound: 1}}, o.batches)
	require.NotEmpty(t, o.within[0])
	require.Equal(t, []string{"DiffAndUpdate OK"}, o.results)
}

func TestObserverIsToldHowActivitiesEnd(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t), &observed{}
	w.observer = o
	_, err := w.fetch(w.fetchRequest())
	require.NoError(t, err)
	w.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusServiceUnavailable, Times: 1})
	_, err = w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: []string{konturtest.INN(1)}})
	require.Error(t, err)
	_, err = execute[report.Type](w.environment(), string(report.LoadType), report.LoadTypeRequest{Type: "full"})
	require.NoError(t, err)
	_, err = execute[report.Type](w.environment(), string(report.LoadType), report.LoadTypeRequest{Type: "fool"})
	require.Error(t, err)
	require.Equal(t, []string{"FetchBatch OK", "QuerySource Unavailable", "LoadReportType OK", "LoadReportType " + report.FailureUnknownType}, o.results)
	require.Equal(t, []string{"full"}, o.reports, "one that is refused does not begin")
}
