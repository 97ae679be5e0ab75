// Package alfrescotest is a simulator of an Alfresco repository with Citeck's contractor model, for tests and for the
// sandbox: search, nodes, metadata web script, tickets, discovery and probes, with the vendor's strictness and quirks.
//
// It knows the vendor's rules and shares no code with any client. It is no repository: there is no content, one level of
// folders, no permission model beyond flags on a node, and of AFTS it parses only the forms that lexer.go lists.
//
// Words: the database holds the nodes; the index is what a search sees and may lag behind; a ghost is an index entry of
// a node that is gone; a fault is what the server does wrong on demand.
package alfrescotest

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/simulate"
)

// The account that every server knows unless WithUser names others.
const (
	DefaultUser     = "sync"
	DefaultPassword = "sandbox-password"
)

// Engine is the search engine behind the index.
type Engine string

// The search engines. With either, a query without a range goes to the database, as
// TRANSACTIONAL_IF_POSSIBLE (the vendor's default) has it.
const (
	Solr Engine = "solr"
	// Elasticsearch has no sys:node-dbid and gives no lastTxId.
	Elasticsearch Engine = "elasticsearch"
)

// Latency is how long the server takes to answer, by operation. Zero means at once.
type Latency struct {
	Search, Get, Put, Metadata time.Duration
	// Query and Mutate are those of the Records API, Mutate for each record.
	Query, Mutate time.Duration
}

type options struct {
	engine Engine
	users  map[string]string
	// administrator is the account that may create people; empty: none may.
	administrator string
	ticketLife    time.Duration
	latency       Latency
	now           func() time.Time
	manualIndex   bool
	indexDelay    time.Duration
	replica       bool
	language      string
	crossLocale   bool
	citeckNames   bool
	recordLimit   int
	records       *Unsure // nil: a stock Alfresco
	withoutModel  bool
	replay        *exchange.Replay // nil: nodes and rules of its own
}

// Option changes how a server behaves.
type Option func(*options)

// WithEngine chooses the search engine; default Solr.
func WithEngine(e Engine) Option { return func(o *options) { o.engine = e } }

// WithUser adds an account. The default account goes with the first one that is added.
func WithUser(name, password string) Option {
	return func(o *options) {
		if o.users == nil {
			o.users = map[string]string{}
		}
		o.users[name] = password
	}
}

// WithTicketLife sets after which time without a request a ticket ends; default 1 h, as the vendor's.
func WithTicketLife(d time.Duration) Option { return func(o *options) { o.ticketLife = d } }

// WithLatency makes answers slow.
func WithLatency(l Latency) Option { return func(o *options) { o.latency = l } }

// WithClock sets the clock; default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithReplica makes the server search a replica of Solr's, which has no tracker and names no transaction. So does a fresh
// core for some minutes.
func WithReplica() Option { return func(o *options) { o.replica = true } }

// WithCiteckNames switches Citeck's naming behaviour on: cm:name follows idocs:fullOrganizationName.
func WithCiteckNames() Option { return func(o *options) { o.citeckNames = true } }

// WithRecordLimit sets how many of the latest requests and writes are kept, each; default 100,000 in a test, and 1,000 in
// a server of Start, which may run for days.
func WithRecordLimit(n int) Option { return func(o *options) { o.recordLimit = n } }

type hook = func(op Operation, r *http.Request)

// Server is a running simulator. All methods may be called at any time, from hooks too.
type Server struct {
	simulate.Server
	simulate.Faults[Fault]
	simulate.Record[Operation, Request]

	options options
	store   *store
	tickets *tickets
	// connections are those that have brought a request, by the client's address. There are no more of them than ports.
	connections sync.Map

	mu     sync.Mutex
	writes []Write
	hooks  []hook
	// answerHooks run when a request was carried out.
	answerHooks []hook
	latency     Latency
}

// NewServer starts a server on a free loopback port and closes it when the test ends.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start("127.0.0.1:0", append([]Option{WithRecordLimit(100_000)}, opts...)...)
	if err != nil {
		tb.Fatalf("start Alfresco simulator: %v", err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server on the address, such as 127.0.0.1:8080; the caller closes it.
func Start(addr string, opts ...Option) (*Server, error) {
	o := options{engine: Solr, ticketLife: time.Hour, now: time.Now, recordLimit: 1000}
	for _, opt := range opts {
		opt(&o)
	}
	if o.users == nil {
		o.users = map[string]string{DefaultUser: DefaultPassword}
	}
	s := &Server{options: o, store: newStore(o), tickets: &tickets{options: o, active: map[string]*ticket{}}, latency: o.latency}
	s.RecordLimit = o.recordLimit
	if err := s.Listen(addr, s.handler()); err != nil {
		return nil, fmt.Errorf("listen for Alfresco simulator: %w", err)
	}
	return s, nil
}

// URL is the address up to and with /alfresco.
func (s *Server) URL() string { return s.Server.URL() + "/alfresco" }

// OnRequest adds a hook that runs before each request is carried out, for instance to let a person edit a node between
// a read and a write.
func (s *Server) OnRequest(hook hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, hook)
}

// OnAnswer adds a hook that runs when a request was carried out, before its answer is sent.
func (s *Server) OnAnswer(hook hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answerHooks = append(s.answerHooks, hook)
}

// SetLatency changes how slow answers are from now on.
func (s *Server) SetLatency(l Latency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = l
}

// ExpireTickets ends all tickets.
func (s *Server) ExpireTickets() { s.tickets.expireAll() }
