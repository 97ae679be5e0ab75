package activities_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/activities"
	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/secret"
)

const (
	contractor = "idocs:contractor"
	headKPP    = "001201001"
	branchKPP  = "001243001"
)

// world is both simulators and the activities with real clients of them.
type world struct {
	alfresco   *alfrescotest.Server
	kontur     *konturtest.Server
	repository activities.Repository
	register   activities.Register
	temporal   client.Client
	said       *said
	// kept are the answers that a worker keeps which goes on; nil: each activity is run by a new one, which reads them in the history.
	kept     *activities.Answers
	mapping  *mapping.Mapping
	types    *report.Types
	webhooks activities.Notifier
	observer activities.Observer
	now      func() time.Time // the worker's clock; nil is the real one
	// logs get what activities log, as JSON; nil is nowhere.
	logs        io.Writer
	auditValues bool
}

// newWorld starts both simulators, empty and as fast as they can be.
func newWorld(t testing.TB, opts ...alfrescotest.Option) *world {
	t.Helper()
	w := &world{alfresco: alfrescotest.NewServer(t, opts...), kontur: konturtest.NewServer(t), said: &said{}}
	w.repository = alfrescoClient(t, w.alfresco.URL(), alfrescotest.DefaultPassword, alfresco.REST)
	w.register = konturClient(t, w.kontur.URL(), w.kontur.Key())
	var err error
	w.mapping, err = mapping.Default()
	require.NoError(t, err)
	w.types, err = report.DefaultTypes()
	require.NoError(t, err)
	w.webhooks = webhook.New(webhook.Options{})
	return w
}

func alfrescoClient(t testing.TB, url, password string, api alfresco.API) *alfresco.Client {
	t.Helper()
	c, err := alfresco.New(alfresco.Options{BaseURL: url, User: alfrescotest.DefaultUser, Password: secret.New(password), API: api})
	require.NoError(t, err)
	return c
}

func konturClient(t testing.TB, url, key string) *kontur.Client {
	t.Helper()
	c, err := kontur.New(kontur.Options{BaseURL: url, Key: secret.New(key), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	return c
}

// environment registers the activities as a worker does.
func (w *world) environment() *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	logs := w.logs
	if logs == nil {
		logs = io.Discard
	}
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewJSONHandler(logs, nil))))
	env := suite.NewTestActivityEnvironment()
	temporal := w.temporal
	if temporal == nil {
		temporal = &heartbeats{}
	}
	if w.said != nil {
		temporal = segmentHistory{temporal, w.said}
	}
	d := activities.Dependencies{
		Repository: w.repository, Register: w.register, Mapping: w.mapping, Temporal: temporal, Now: w.now, ReportTypes: w.types, Webhooks: w.webhooks, Observer: w.observer,
		AuditValues: w.auditValues, KeyPatience: 15 * time.Millisecond, Answers: cmp.Or(w.kept, &activities.Answers{}),
	}
	activities.RegisterMain(env, d)
	activities.RegisterKontur(env, d)
	activities.RegisterReports(env, d)
	activities.RegisterWebhooks(env, d)
	return env
}

// execute runs an activity; its result and its error have been through Temporal's converters, as a workflow gets them.
func execute[Result any](env *testsuite.TestActivityEnvironment, name string, request any) (Result, error) {
	var result Result
	value, err := env.ExecuteActivity(name, request)
	if err != nil {
		return result, err
	}
	return result, value.Get(&result)
}

func (w *world) fetchRequest() pass.FetchBatchRequest {
	return pass.FetchBatchRequest{NodeType: contractor, Max: 100, Attributes: []string{"idocs:inn"}}
}

// fetch is the first batch that is brought when the index has caught up; it is empty if none is.
func (w *world) fetch(request pass.FetchBatchRequest) (pass.FetchedBatch, error) {
	w.alfresco.Sync()
	got, err := execute[pass.FetchBatchResult](w.environment(), string(pass.FetchBatch), request)
	if len(got.Batches) == 0 {
		return pass.FetchedBatch{}, err
	}
	return got.Batches[0], err
}

func (w *world) query(request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	return execute[pass.QuerySourceResult](w.environment(), string(pass.QuerySource), request)
}

func (w *world) update(t testing.TB, request pass.DiffAndUpdateRequest) pass.DiffAndUpdateResult {
	t.Helper()
	result, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	require.NoError(t, err)
	return result
}

// batch fetches all nodes and asks the sources about them, as a segment does. By default the source is req.
func (w *world) batch(t *testing.T, sources ...string) pass.DiffAndUpdateRequest {
	t.Helper()
	return w.batchBy(t, counterparty.INN, []string{"idocs:inn"}, sources...)
}

func (w *world) batchBy(t *testing.T, by counterparty.IDKind, attributes []string, sources ...string) pass.DiffAndUpdateRequest {
	t.Helper()
	request, _ := w.batchAfter(t, 0, by, attributes, sources...)
	return request
}

// batchAfter is a batch after a dbid, and its last one.
func (w *world) batchAfter(t *testing.T, after int64, by counterparty.IDKind, attributes []string, sources ...string) (request pass.DiffAndUpdateRequest, last int64) {
	t.Helper()
	fetchRequest := w.fetchRequest()
	fetchRequest.After, fetchRequest.Attributes = after, attributes
	fetched, err := w.fetch(fetchRequest)
	require.NoError(t, err)
	request = pass.DiffAndUpdateRequest{Nodes: fetched.Nodes, By: by, Attributes: attributes, NodeType: contractor, After: after, LastDbid: fetched.LastDbid, Whole: true}
	var keys, kpps []string
	for _, node := range fetched.Nodes {
		keys = append(keys, node.Key)
		kpps = append(kpps, node.KPP)
	}
	if len(sources) == 0 {
		sources = []string{"req"}
	}
	for _, source := range sources {
		result, err := w.query(pass.QuerySourceRequest{Source: source, By: by, IDs: counterparty.Texts(counterparty.Askable(by, keys)), KPPs: kpps})
		require.NoError(t, err)
		request.Answers = append(request.Answers, w.answers(t, source, projections(t, result)))
	}
	return request, fetched.LastDbid
}

// company is the n-th invented company: a head office and one branch.
func company(n int) konturtest.Company {
	return konturtest.Company{
		INN: konturtest.INN(n), OGRN: konturtest.OGRN(n), KPP: headKPP,
		FullName: fmt.Sprintf(`Общество с ограниченной ответственностью "Пример %d"`, n), ShortName: fmt.Sprintf(`ООО "ПРИМЕР %d"`, n),
		OKPO: fmt.Sprintf("%08d", n), OKATO: "00401000000", RegistrationDate: "2002-07-19",
		Address: &konturtest.Address{OneLine: fmt.Sprintf("000144, Примерная обл, г Примерск, ул Тестовая, дом %d", n)},
		Branches: []konturtest.Branch{{
			Name: "Филиал", KPP: branchKPP, Address: &konturtest.Address{OneLine: fmt.Sprintf("000155, Примерная обл, г Образцов, дом %d", n)},
		}},
		Heads:  []konturtest.Head{{FIO: "Тестов Тест Тестович", Position: "Генеральный директор"}},
		Phones: []string{"+7 (000) 000-00-01"}, Emails: []string{"info@example.test"},
	}
}

// properties are those of a node; pairs of name and value.
type properties = map[string]any

// node is a contractor with an INN and what else is given.
func node(n int, more properties) alfrescotest.Node {
	all := properties{"idocs:inn": konturtest.INN(n)}
	for name, value := range more {
		all[name] = value
	}
	return alfrescotest.Node{Properties: all}
}

// current is what a node of a company shows that agrees with the register in everything that req tells.
func current(n int) properties {
	c := company(n)
	return properties{
		"idocs:inn": c.INN, "idocs:ogrn": c.OGRN, "idocs:kpp": c.KPP, "idocs:okpo": c.OKPO, "idocs:okato": c.OKATO,
		"idocs:fullOrganizationName": c.FullName, "idocs:shortOrganizationName": c.ShortName,
		"idocs:juridicalAddress": c.Address.OneLine, "idocs:postAddress": c.Address.OneLine,
		"idocs:CEOname": "Генеральный директор, Тестов Тест Тестович",
	}
}

// outcomes are the outcomes by node id.
func outcomes(result pass.DiffAndUpdateResult) map[string]counterparty.NodeOutcome {
	byNode := make(map[string]counterparty.NodeOutcome, len(result.Nodes))
	for _, outcome := range result.Nodes {
		byNode[outcome.NodeID] = outcome
	}
	return byNode
}

// attributesOf are the names of changed attributes.
func attributesOf(changes []counterparty.Change) []string {
	names := make([]string, len(changes))
	for i, change := range changes {
		names[i] = change.Attribute
	}
	return names
}

// fakeRepository answers as its fields say; for what no real client can be made to do in time.
type fakeRepository struct {
	nextPage func(context.Context) (alfresco.Page, error) // an empty one is none
	look     func(context.Context, alfresco.Batch, []string, alfresco.Decide) ([]alfresco.Updated, error)
	update   func(context.Context, []string, []string, alfresco.Updater) ([]alfresco.Updated, error)
}

func (f fakeRepository) NextPages(ctx context.Context, _ alfresco.PageRequest, _ int) ([]alfresco.Page, error) {
	page, err := f.nextPage(ctx)
	if len(page.Nodes) == 0 {
		return nil, err
	}
	return []alfresco.Page{page}, err
}

func (f fakeRepository) Look(ctx context.Context, batch alfresco.Batch, properties []string, decide alfresco.Decide) ([]alfresco.Updated, error) {
	return f.look(ctx, batch, properties, decide)
}

func (f fakeRepository) Update(ctx context.Context, ids, properties []string, updater alfresco.Updater) ([]alfresco.Updated, error) {
	return f.update(ctx, ids, properties, updater)
}
