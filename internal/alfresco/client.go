// Package alfresco reads and updates nodes of an Alfresco repository: it walks all nodes of a type in the order of
// sys:node-dbid, and it updates nodes by what they say at that very moment.
//
// It speaks REST v1 and, for the dbid alone, the metadata web script; or Citeck's Records API. Either way it needs Solr:
// other search engines don't know sys:node-dbid. It decides nothing about attributes, waits for no retry and logs nothing:
// errors carry what a caller needs to decide.
//
// Words: a page is a run of nodes behind a dbid; a ghost is an index entry of a node that is gone or may not be read; a
// refusal is about one node, and a value; an *Error is about the whole call, and ends it.
package alfresco

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"counterparty-sync/internal/secret"
)

// Auth is how a client logs in.
type Auth string

// The ways to log in.
const (
	// Basic sends user and password with each request.
	Basic Auth = "basic"
	// Ticket logs in once and sends a ticket, which Alfresco ends after an hour without a request.
	Ticket Auth = "ticket"
)

// Defaults of Options, and a bound.
const (
	DefaultConcurrency = 8
	DefaultTimeout     = 30 * time.Second
	// MaxBodyBytes is the largest answer that is read. A page of 100 contractors has about 300 kB.
	MaxBodyBytes = 64 << 20
)

// Options say where Alfresco is and how to treat it.
type Options struct {
	// BaseURL goes up to and with /alfresco.
	BaseURL  string
	User     string
	Password secret.Value
	// Auth is Basic if it is empty.
	Auth Auth
	// API is REST if it is empty.
	API API
	// Languages are those in which texts are looked for, as tags such as ru; in the first one they are read and written. Nil
	// means DefaultLanguages.
	Languages []string
	// Concurrency is how many requests may be in flight at once, all calls together. 0 means DefaultConcurrency.
	Concurrency int
	// Timeout bounds one request. 0 means DefaultTimeout.
	Timeout time.Duration
	// Wrap, if it isn't nil, makes the transport that requests go through out of the one to the network.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Observe, if it isn't nil, is called after each request, from several goroutines at once.
	Observe func(Call)
}

// Call is one request, for metrics.
type Call struct {
	// Operation is one of search, metadata, get, put, query, mutate, ticket, discovery, model.
	Operation string
	// Status is the HTTP status; 0 if there was no answer.
	Status   int
	Duration time.Duration
}

// Client talks to one repository. Its methods may be called at the same time.
type Client struct {
	base     string
	rest     *resty.Client
	slots    chan struct{} // one for each request in flight
	timeout  time.Duration
	observe  func(Call)
	session  *session
	standing *standing
	maxSteps int // over ghosts, in one NextPages
	speaks   API
	api      api
	// languages are those in which texts are looked for, at least one.
	languages []string
	now       func() time.Time // the wall clock
	pause     func(context.Context, time.Duration) error
}

// errOptions shows none of the options: an address may hold a password.
var errOptions = errors.New("alfresco: no client can be made of these options")

var addressPattern = regexp.MustCompile(`^https?://[^/@?#\s]+(/[^@?#\s]*)?/alfresco/*$`)

// New makes a client. It sends nothing. What people set is checked, and worded, in package config: here is refused only
// what no client can be made of.
func New(o Options) (*Client, error) {
	o.Auth, o.API = cmp.Or(o.Auth, Basic), cmp.Or(o.API, REST)
	o.Concurrency, o.Timeout = cmp.Or(o.Concurrency, DefaultConcurrency), cmp.Or(o.Timeout, DefaultTimeout)
	if !addressPattern.MatchString(o.BaseURL) || o.User == "" || strings.Contains(o.User, ":") || o.Password.Empty() ||
		o.Auth != Basic && o.Auth != Ticket || o.API != REST && o.API != Records || o.Concurrency < 1 || o.Timeout < 0 {
		return nil, errOptions
	}
	if len(o.Languages) == 0 {
		o.Languages = DefaultLanguages()
	}
	if o.Observe == nil {
		o.Observe = func(Call) {}
	}
	c := &Client{
		base:      strings.TrimRight(o.BaseURL, "/"),
		slots:     make(chan struct{}, o.Concurrency),
		timeout:   o.Timeout,
		observe:   o.Observe,
		session:   &session{auth: o.Auth, user: o.User, password: o.Password},
		standing:  &standing{},
		maxSteps:  maxGhostSteps,
		speaks:    o.API,
		languages: o.Languages,
		now:       time.Now,
		pause:     pause,
	}
	c.api = rest{c}
	if o.API == Records {
		c.api = records{c}
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: o.Concurrency, // or connections would be closed and opened all the time
		IdleConnTimeout:     idleTimeout,
		// o.Timeout bounds connecting too.
	}
	// No cookies: with a session cookie Alfresco's CSRF filter would take part. No redirects: the Authorization header
	// must not travel, and a PUT must not become a GET.
	c.rest = resty.NewWithClient(&http.Client{Transport: o.wrapped(guarding{newKeeping(transport)})}).
		SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })).
		SetResponseBodyLimit(MaxBodyBytes).
		SetLogger(silence{}).
		SetDisableWarn(true)
	return c, nil
}

func (o Options) wrapped(transport http.RoundTripper) http.RoundTripper {
	if o.Wrap == nil {
		return transport
	}
	return o.Wrap(transport)
}

// pause waits; its error is that of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// silence is resty's logger: this package returns what went wrong and prints nothing.
type silence struct{}

func (silence) Errorf(string, ...any) {}
func (silence) Warnf(string, ...any)  {}
func (silence) Debugf(string, ...any) {}
