package report_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows"
)

const (
	companyINN  = "0012345673"
	companyOGRN = "1000000000010"
	personINN   = "001234567887"
	foreignINN  = "9909000004"
	req         = "kontur.req"
	egrDetails  = "kontur.egr-details"
	contacts    = "kontur.contacts"
)

// answerer answers for a source; call counts from 1.
type answerer func(request report.AskRequest, call int) (report.AskResult, error)

// reportWorld is a worker's report types and a Kontur.Focus that knows one company, unless it is told otherwise.
type reportWorld struct {
	env   *testsuite.TestWorkflowEnvironment
	types *report.Types

	mu      sync.Mutex
	answers map[string]answerer // by source
	calls   map[string]int
	asked   []report.AskRequest
	// previous answers for the run that is refreshed, notify for webhooks; nil: nothing there, all well.
	previous func(call int) (*report.Document, error)
	notify   func(call int) error
	notified []report.NotifyRequest
	loads    int
}

func newReportWorld(t *testing.T, types ...string) *reportWorld {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w := &reportWorld{env: suite.NewTestWorkflowEnvironment(), answers: map[string]answerer{}, calls: map[string]int{}}
	given, err := os.ReadFile("testdata/types.yaml")
	require.NoError(t, err)
	if len(types) > 0 {
		given = []byte(types[0])
	}
	w.types, err = report.ParseTypes(given)
	require.NoError(t, err)
	workflows.Register(w.env)
	register := func(name string, execute any) {
		w.env.RegisterActivityWithOptions(execute, activity.RegisterOptions{Name: name})
	}
	register(string(report.LoadType), w.loadType)
	register(string(report.AskSource), w.askSource)
	register(string(report.ReadPrevious), w.readPrevious)
	register(string(report.Notify), w.notifyWebhook)
	w.env.SetStartTime(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	w.env.SetTestTimeout(20 * time.Second)
	return w
}

func (w *reportWorld) loadType(request report.LoadTypeRequest) (report.Type, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	t, ok := w.types.Find(request.Type)
	if !ok {
		return t, temporal.NewApplicationErrorWithOptions("there is no report type; there are: requisites, full", report.FailureUnknownType,
			temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "add it"}}})
	}
	return t, nil
}

func (w *reportWorld) askSource(request report.AskRequest) (report.AskResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, request)
	w.calls[request.Source.ID]++
	if answer := w.answers[request.Source.ID]; answer != nil {
		return answer(request, w.calls[request.Source.ID])
	}
	return known(request, 1)
}

func (w *reportWorld) readPrevious(report.ReadPreviousRequest) (report.ReadPreviousResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls["previous"]++
	if w.previous == nil {
		return report.ReadPreviousResult{}, nil
	}
	document, err := w.previous(w.calls["previous"])
	return report.ReadPreviousResult{Document: document}, err
}

func (w *reportWorld) notifyWebhook(request report.NotifyRequest) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notified = append(w.notified, request)
	if w.notify == nil {
		return nil
	}
	return w.notify(len(w.notified))
}

// slow lets the answers of a source take some time of the workflow's clock.
func (w *reportWorld) slow(source string, d time.Duration) {
	w.env.OnActivity(string(report.AskSource), mock.MatchedBy(func(r report.AskRequest) bool { return r.Source.ID == source })).After(d).Return(w.askSource)
}

// others answers for the sources that have no delay, once some have.
func (w *reportWorld) others() {
	w.env.OnActivity(string(report.AskSource), mock.Anything).Return(w.askSource).Maybe()
}

func (w *reportWorld) run(request report.Request) {
	w.env.SetStartWorkflowOptions(clientOptions(request))
	w.env.ExecuteWorkflow(string(report.Workflow), request)
}

// clientOptions are what a client starts a report with.
func clientOptions(request report.Request) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: report.WorkflowID(request.UID()), TaskQueue: "main"}
}

func (w *reportWorld) document(t *testing.T) report.Document {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	var document report.Document
	require.NoError(t, w.env.GetWorkflowResult(&document))
	require.True(t, document.Sources.Complete(), "no source waits in the end")
	require.Equal(t, document, w.query(t), "what is asked for is what is returned")
	return document
}

func (w *reportWorld) query(t *testing.T) report.Document {
	t.Helper()
	value, err := w.env.QueryWorkflow(string(report.Query))
	require.NoError(t, err)
	var document report.Document
	require.NoError(t, value.Get(&document))
	return document
}

// full asks for everything about the company by its INN.
func full() report.Request {
	return report.Request{Type: "full", By: counterparty.INN, ID: companyINN}
}

// known is what a source says about the company.
func known(request report.AskRequest, _ int) (report.AskResult, error) {
	result := report.AskResult{OGRN: companyOGRN, Data: json.RawMessage(fmt.Sprintf(`{"method":%q}`, request.Source.Method))}
	if request.Source.TellsCompany() {
		result.Company = &report.Company{Kind: report.LegalEntity, INN: companyINN, OGRN: companyOGRN}
	}
	return result, nil
}

func nothing(reason string) answerer {
	return func(report.AskRequest, int) (report.AskResult, error) { return report.AskResult{Reason: reason}, nil }
}

func failing(err error) answerer {
	return func(report.AskRequest, int) (report.AskResult, error) { return report.AskResult{}, err }
}

// trouble is an error as AskReportSource returns it.
func trouble(failure, text string, again bool, retryAfter, took time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(text, failure, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{report.AskFailureDetails{
		FailureDetails: pass.FailureDetails{Hint: "do this", Waitable: again, RetryAfter: pass.Duration(retryAfter)}, Took: pass.Duration(took),
	}}})
}

// states are those of the sources, by id, with their reasons.
func states(d report.Document) map[string]sourcestate.Source {
	all := map[string]sourcestate.Source{}
	for _, s := range d.Sources.Sources() {
		all[s.ID] = s
	}
	return all
}

// contents are the ids of the sources that have some.
func contents(d report.Document) []string {
	ids := []string{}
	for _, c := range d.Content {
		ids = append(ids, c.Source)
	}
	return ids
}

// matchMemo sees every memo of a report.
func matchMemo(see func(sourcestate.Sources)) any {
	return mock.MatchedBy(func(memo map[string]any) bool {
		see(memo[report.SourcesMemo].(sourcestate.Sources))
		return true
	})
}
