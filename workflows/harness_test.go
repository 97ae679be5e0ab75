package workflows_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows"
)

// world is a repository of numbered nodes and a Kontur.Focus that fails when told to.
type world struct {
	env *testsuite.TestWorkflowEnvironment

	mu    sync.Mutex
	nodes int64                              // dbids 1…nodes
	fetch func(pass.FetchBatchRequest) error // may be nil
	// fails, if not nil, is what the fetch brings in place of all nodes.
	fails   func(pass.FetchBatchRequest) pass.FetchedBatch
	query   func(pass.QuerySourceRequest, int) error     // by number of the call, from 1
	update  func(pass.DiffAndUpdateRequest, int64) error // by the batch's last dbid
	calls   int                                          // that each question takes
	queries int
	asked   []string
	// unknown are the counterparties that Kontur.Focus does not name; nil is none. asks are the questions, in order.
	unknown func(id string) bool
	asks    []pass.QuerySourceRequest
	// register answers in its own way; nil: who is not unknown is named.
	register func(pass.QuerySourceRequest) (pass.QuerySourceResult, error)
	// quotas answers the question what is left, by number of the question, from 1; nil tells of none.
	quotas   func(int) (pass.ReadQuotasResult, error)
	readings int
	// ready: the namespace has the search attributes. checkErr is the trouble of asking, checks how often it was asked.
	ready    bool
	checkErr error
	checks   int
	updated  map[int64]int // how often each node was diffed
	totals   bool          // the fetch tells how many nodes there are
	emptying int           // values that each batch would empty
	inVain   bool          // Alfresco takes each write and shows another value
	budgets  []*pass.Budget
	fetches  []pass.FetchBatchRequest
	read     int     // batches that were fetched
	gone     []int64 // nodes that are deleted
	// committed is what the history of a segment that was lost tells.
	committed pass.ReadProgressResult
	// held says whether a worker holds a key; nil: one does.
	held func(pass.KeyName) (bool, error)
	// createdBefore is that of the last fetch. stands are nodes that were not modified, askedBefore the questions which stand.
	createdBefore *time.Time
	stands        map[string]bool
	askedBefore   []*pass.AskedBefore
}

func newWorld(t *testing.T, nodes int64) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w := &world{env: suite.NewTestWorkflowEnvironment(), nodes: nodes, updated: map[int64]int{}}
	workflows.Register(w.env)
	register := func(name string, execute any) {
		w.env.RegisterActivityWithOptions(execute, activity.RegisterOptions{Name: name})
	}
	register(string(pass.FetchBatch), w.fetchBatch)
	register(string(pass.QuerySource), w.querySource)
	register(string(pass.DiffAndUpdate), w.diffAndUpdate)
	register(string(pass.CheckSearchAttributes), w.checkAttributes)
	register(string(pass.ReadQuotas), w.readQuotas)
	register(string(pass.ReadProgress), func(pass.ReadProgressRequest) (pass.ReadProgressResult, error) { return w.committed, nil })
	register(string(pass.FindKeyHolder), func(request pass.FindKeyHolderRequest) (pass.FindKeyHolderResult, error) {
		if w.held == nil {
			return pass.FindKeyHolderResult{Held: true}, nil
		}
		held, err := w.held(request.Key)
		return pass.FindKeyHolderResult{Held: held}, err
	})
	w.env.SetTestTimeout(20 * time.Second)
	return w
}

// fetchBatch brings batches up to one that fails, as the activity does.
func (w *world) fetchBatch(request pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetches = append(w.fetches, request)
	w.createdBefore = request.CreatedBefore
	if request.AskedBefore != nil && request.After == 0 {
		w.askedBefore = append(w.askedBefore, request.AskedBefore)
	}
	var result pass.FetchBatchResult
	for range request.Batches {
		if w.fetch != nil {
			if err := w.fetch(request); err != nil && len(result.Batches) == 0 {
				return result, err
			} else if err != nil {
				break
			}
		}
		fetch := w.nextBatch
		if w.fails != nil {
			fetch = w.fails
		}
		batch := fetch(request)
		if len(batch.Nodes)+len(batch.Failed) == 0 {
			break
		}
		w.read++
		result.Batches = append(result.Batches, batch)
		request.After = batch.LastDbid
	}
	return result, nil
}

func (w *world) nextBatch(request pass.FetchBatchRequest) pass.FetchedBatch {
	batch := pass.FetchedBatch{LastDbid: request.After}
	if w.totals {
		batch.Total = max(0, w.nodes-request.After)
	}
	most := w.nodes
	if request.Last > 0 {
		most = request.Last
	}
	for dbid := request.After + 1; dbid <= most && len(batch.Nodes) < request.Max; dbid++ {
		id := fmt.Sprint(dbid)
		if !slices.Contains(w.gone, dbid) && (!request.Only.Narrows() || slices.Contains(request.Only.Nodes, id)) {
			batch.Nodes = append(batch.Nodes, pass.NodeRef{ID: id, Key: inn(dbid), Stands: w.stands[id]})
			batch.LastDbid = dbid
		}
	}
	return batch
}

func (w *world) querySource(request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries++
	w.asked = append(w.asked, request.IDs...)
	w.asks = append(w.asks, request)
	if w.query != nil {
		if err := w.query(request, w.queries); err != nil {
			return pass.QuerySourceResult{}, err
		}
	}
	if w.register != nil {
		return w.register(request)
	}
	return w.knows(request), nil
}

func (w *world) knows(request pass.QuerySourceRequest) pass.QuerySourceResult {
	return answered(request, w.says(request), w.calls)
}

func (w *world) says(request pass.QuerySourceRequest) []counterparty.Projection {
	var said []counterparty.Projection
	for _, id := range request.IDs {
		switch {
		case w.unknown != nil && w.unknown(id):
		case request.By == counterparty.OGRN:
			said = append(said, counterparty.Projection{OGRN: id})
		default:
			said = append(said, counterparty.Projection{INN: id})
		}
	}
	return said
}

// answered is what a workflow hears of what a source said.
func answered(request pass.QuerySourceRequest, said []counterparty.Projection, calls int) pass.QuerySourceResult {
	result := pass.QuerySourceResult{Answer: pass.Answer{Source: request.Source, Activity: fmt.Sprint(request.IDs)}, Projections: json.RawMessage("[]"), Calls: calls}
	says := map[string]bool{}
	for _, p := range said {
		says[p.ID(request.By)] = p.Unread() == ""
		if p.Unread() != "" {
			result.Unread = append(result.Unread, p.ID(request.By))
		}
	}
	result.Named = pass.NamedOf(request.IDs, says)
	return result
}

func (w *world) diffAndUpdate(request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var last int64
	for _, node := range request.Nodes {
		_, _ = fmt.Sscan(node.ID, &last)
	}
	if w.update != nil {
		if err := w.update(request, last); err != nil {
			return pass.DiffAndUpdateResult{}, err
		}
	}
	w.budgets = append(w.budgets, request.Budget)
	if b := request.Budget; b != nil && b.Exceeds(len(request.Nodes), w.emptying) {
		return pass.DiffAndUpdateResult{Evidence: &pass.Evidence{Nodes: len(request.Nodes), Changed: len(request.Nodes), Emptied: w.emptying,
			Attributes: []pass.EvidenceAttribute{{Attribute: "idocs:kpp", Changed: len(request.Nodes), Emptied: w.emptying}},
			Examples:   []pass.EvidenceExample{{NodeID: "1", Attribute: "idocs:kpp", Was: "001", Became: "002"}}}}, nil
	}
	result := pass.DiffAndUpdateResult{Emptied: w.emptying}
	for _, standing := range request.Standing {
		result.Counts.Add(standing.Outcome.Outcome)
	}
	for _, node := range request.Nodes {
		var dbid int64
		_, _ = fmt.Sscan(node.ID, &dbid)
		outcome := counterparty.Updated
		if w.updated[dbid] > 0 {
			outcome = counterparty.Unchanged
		}
		if w.inVain {
			outcome = counterparty.Rejected
			result.AlsoChanged++
		}
		w.updated[dbid]++
		result.Counts.Add(outcome)
	}
	return result, nil
}

func (w *world) readQuotas(request pass.ReadQuotasRequest) (pass.ReadQuotasResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readings++
	if w.quotas == nil {
		return pass.ReadQuotasResult{}, nil
	}
	result, err := w.quotas(w.readings)
	result.Quotas = slices.DeleteFunc(result.Quotas, func(q pass.Quota) bool { return !slices.Contains(request.Sources, q.Sources[0]) })
	return result, err
}

func (w *world) checkAttributes(pass.CheckSearchAttributesRequest) (pass.CheckSearchAttributesResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checks++
	return pass.CheckSearchAttributesResult{Ready: w.ready}, w.checkErr
}

// inn is a well-formed INN of the invented region 00.
func inn(n int64) string {
	digits := fmt.Sprintf("00%07d", n)
	sum := 0
	for i, weight := range []int{2, 4, 10, 3, 5, 9, 4, 6, 8} {
		sum += weight * int(digits[i]-'0')
	}
	return fmt.Sprintf("%s%d", digits, sum%11%10)
}

func (w *world) run(sync pass.Sync) { w.env.ExecuteWorkflow(string(pass.SyncWorkflow), sync) }

func (w *world) result(t *testing.T) pass.Result {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.Result
	require.NoError(t, w.env.GetWorkflowResult(&result))
	return result
}

// failure is the result in the details of a failed pass.
func (w *world) failure(t *testing.T) pass.Result {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	return details(t, w.env.GetWorkflowError())
}

func details(t *testing.T, err error) pass.Result {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, pass.FailurePass, application.Type())
	require.True(t, application.NonRetryable())
	var result pass.Result
	require.NoError(t, application.Details(&result))
	return result
}

func (w *world) state(t *testing.T) pass.State {
	t.Helper()
	value, err := w.env.QueryWorkflow(string(pass.StateQuery))
	require.NoError(t, err)
	var state pass.State
	require.NoError(t, value.Get(&state))
	return state
}

func unavailable(text string) error {
	return temporal.NewApplicationErrorWithOptions(text, pass.FailureUnavailable, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "wait", Waitable: true}},
	})
}

// failedAfter is a failure in the middle of a batch: these nodes are written, and a value of each is emptied.
func failedAfter(nodes []pass.NodeRef) error {
	details := pass.FailureDetails{Waitable: true}
	for _, node := range nodes {
		details.Written = append(details.Written, counterparty.NodeOutcome{NodeID: node.ID, Outcome: counterparty.Updated,
			Changes: []counterparty.Change{{Attribute: "idocs:kpp", Was: "001", Became: nil}}})
	}
	return temporal.NewApplicationErrorWithOptions("down", pass.FailureUnavailable, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{details}})
}

func config() pass.Sync {
	size := 10
	return pass.Sync{ID: "main", BatchSize: &size}
}

func ptr[T any](v T) *T { return &v }

// mayBeOne is an error of what may fail because of some nodes only.
func mayBeOne(text string) error {
	return temporal.NewApplicationErrorWithOptions(text, pass.FailureUnavailable, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Waitable: true, MayBeOne: true}},
	})
}
