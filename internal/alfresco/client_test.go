package alfresco_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

const contractor = "idocs:contractor"

// wanted are the properties that tests look at.
var wanted = []string{
	"idocs:inn", "idocs:kpp", "idocs:okpo", "idocs:phone", "idocs:email", "idocs:psrnsp", "idocs:contractorID", "idocs:contractorType",
	"idocs:currencyEnabled", "icase:caseStatusChangedDateTime", "idocs:fullOrganizationName",
}

// newClient makes a client of the server; change may be nil.
func newClient(t *testing.T, s *alfrescotest.Server, change func(*alfresco.Options)) *alfresco.Client {
	t.Helper()
	o := alfresco.Options{BaseURL: s.URL(), User: alfrescotest.DefaultUser, Password: secret.New(alfrescotest.DefaultPassword)}
	if change != nil {
		change(&o)
	}
	c, err := alfresco.New(o)
	require.NoError(t, err)
	c.SetPause(func(context.Context, time.Duration) error { return nil })
	return c
}

// addNodes adds n contractors with consecutive dbids and returns their ids.
func addNodes(s *alfrescotest.Server, n int) []string {
	nodes := make([]alfrescotest.Node, n)
	for i := range nodes {
		nodes[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": fmt.Sprintf("%010d", i), "idocs:kpp": "001201001"}}
	}
	return s.Add(nodes...)
}

func page(after int64, limit int) alfresco.PageRequest {
	return alfresco.PageRequest{NodeType: contractor, After: after, Max: limit, Properties: wanted}
}

// walk reads pages to the end and returns the ids of all nodes, in order.
func walk(t *testing.T, c *alfresco.Client, limit int) []string {
	t.Helper()
	var ids []string
	for after := int64(0); ; {
		p, err := c.NextPage(t.Context(), page(after, limit))
		require.NoError(t, err)
		if len(p.Nodes) == 0 {
			require.Equal(t, after, p.LastDbid, "the end must not move the checkpoint")
			return ids
		}
		require.LessOrEqual(t, len(p.Nodes), limit)
		require.Greater(t, p.LastDbid, after)
		after = p.LastDbid
		for _, n := range p.Nodes {
			ids = append(ids, n.ID)
		}
	}
}

func requireKind(t *testing.T, want alfresco.Kind, err error) *alfresco.Error {
	t.Helper()
	var e *alfresco.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, want, e.Kind, "%v", err)
	require.NotContains(t, e.Error(), "\n")
	return e
}

func TestNewRefusesOptions(t *testing.T) {
	t.Parallel()
	good := alfresco.Options{BaseURL: "http://alfresco.invalid/alfresco", User: "sync", Password: secret.New("p")}
	tests := []struct {
		name string
		give func(*alfresco.Options)
	}{
		{"no address", func(o *alfresco.Options) { o.BaseURL = "" }},
		{"address without /alfresco", func(o *alfresco.Options) { o.BaseURL = "http://alfresco.invalid/" }},
		{"address without a scheme", func(o *alfresco.Options) { o.BaseURL = "alfresco.invalid/alfresco" }},
		{"address of another scheme", func(o *alfresco.Options) { o.BaseURL = "ftp://alfresco.invalid/alfresco" }},
		{"address with a password", func(o *alfresco.Options) { o.BaseURL = "http://u:hidden@alfresco.invalid/alfresco" }},
		{"address that can't be read", func(o *alfresco.Options) { o.BaseURL = "http://u:hidden@ host/alfresco" }},
		{"no user", func(o *alfresco.Options) { o.User = "" }},
		{"user with a colon", func(o *alfresco.Options) { o.User = "a:b" }},
		{"no password", func(o *alfresco.Options) { o.Password = secret.Value{} }},
		{"unknown login", func(o *alfresco.Options) { o.Auth = "digest" }},
		{"negative number of requests at once", func(o *alfresco.Options) { o.Concurrency = -1 }},
		{"unknown API", func(o *alfresco.Options) { o.API = "soap" }},
		{"negative time-out", func(o *alfresco.Options) { o.Timeout = -time.Second }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := good
			tt.give(&o)
			_, err := alfresco.New(o)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hidden")
		})
	}
	_, err := alfresco.New(good)
	require.NoError(t, err)
}

func TestRequestsInFlightStayWithinConcurrencyOverAllCalls(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithLatency(alfrescotest.Latency{Get: 5 * time.Millisecond, Put: 5 * time.Millisecond}))
	ids := addNodes(s, 40)
	c := newClient(t, s, func(o *alfresco.Options) { o.Concurrency = 3 })
	var calls sync.WaitGroup
	for half := range 2 {
		calls.Go(func() {
			_, err := c.Update(t.Context(), ids[half*20:half*20+20], wanted, setKPP("002202002"))
			require.NoError(t, err)
		})
	}
	calls.Wait()
	require.Len(t, s.Writes(), 40)
	require.Equal(t, 3, s.MaxConcurrent(), "as many as allowed, and no more")
}

func TestObserveSeesEveryRequest(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 1)
	var mu sync.Mutex
	var seen []string
	c := newClient(t, s, func(o *alfresco.Options) {
		o.Auth = alfresco.Ticket
		o.Concurrency = 1
		o.Observe = func(c alfresco.Call) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprint(c.Operation, " ", c.Status))
			require.Positive(t, c.Duration)
		}
	})
	_, err := c.NextPage(t.Context(), page(0, 10))
	require.NoError(t, err)
	_, err = c.Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.NoError(t, err)
	_, err = c.Check(t.Context(), contractor)
	require.NoError(t, err)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Cut: true})
	_, err = c.Update(t.Context(), ids, wanted, setKPP("002202002"))
	require.Error(t, err)
	require.Equal(t, []string{
		"ticket 201", "search 200", "metadata 200", "get 200", "put 200", "discovery 200", "search 200", "search 200", "search 200", "metadata 200", "get 0",
	}, seen)
}

func TestEndOfTheCallersContextEndsTheWaitForASlot(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Inject(alfrescotest.Fault{Delay: time.Minute})
	c := newClient(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
	busy, free := context.WithCancel(t.Context())
	began := make(chan struct{})
	s.OnRequest(func(alfrescotest.Operation, *http.Request) { close(began) })
	var first sync.WaitGroup
	first.Go(func() { _, _ = c.NextPage(busy, page(0, 10)) })
	<-began
	waiting, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := c.NextPage(waiting, page(0, 10))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	free()
	first.Wait()
	require.Len(t, s.Requests(), 1)
}

func TestEndOfTheCallersContextIsNoErrorOfAlfresco(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	c := newClient(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	s.OnRequest(func(alfrescotest.Operation, *http.Request) { cancel() })
	s.Inject(alfrescotest.Fault{Delay: time.Minute})
	_, err := c.NextPage(ctx, page(0, 10))
	require.ErrorIs(t, err, context.Canceled)
	var e *alfresco.Error
	require.NotErrorAs(t, err, &e)
}
