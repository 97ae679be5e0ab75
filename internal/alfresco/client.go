// Package alfresco reads and updates nodes of an Alfresco repository: it walks all nodes of a type in the order of
// sys:node-dbid, and it revises nodes against what they say at that very moment.
//
// It speaks REST v1 and, for the dbid alone, the metadata web script; or Citeck's Records API. Either way it needs Solr:
// other search engines don't know sys:node-dbid. It decides nothing about attributes, waits for no retry and logs nothing: errors carry what a caller
// needs to decide.
//
// Words: a page is a run of nodes behind a dbid; a ghost is an index entry of a node that is gone or may not be read; a
// refusal is one node's trouble and a value; an *Error is everybody's trouble and ends a call.
package alfresco

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"counterparty-sync/internal/invalid"
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

// Defaults and bounds of Options.
const (
	DefaultConcurrency = 8
	// MaxConcurrency is far below the 200 request threads that Tomcat has by default: people use them too.
	MaxConcurrency = 64
	DefaultTimeout = 30 * time.Second
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
	// Concurrency is how many requests may be in flight at once, all calls together. 0 means DefaultConcurrency.
	Concurrency int
	// Timeout bounds one request. 0 means DefaultTimeout.
	Timeout time.Duration
	// Observe, if it isn't nil, is told about each request, from several goroutines at once.
	Observe func(Call)
}

// Call is one request, for metrics.
type Call struct {
	// Operation is one of search, metadata, get, put, query, mutate, ticket, discovery.
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
	maxSteps int // over ghosts, in one NextPage
	speaks   API
	api      api
	now      func() time.Time // the wall clock
}

// New makes a client. It sends nothing. Options that are wrong come back as invalid.Errors.
func New(o Options) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Auth == "" {
		o.Auth = Basic
	}
	if o.API == "" {
		o.API = REST
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Observe == nil {
		o.Observe = func(Call) {}
	}
	c := &Client{
		base:     strings.TrimRight(o.BaseURL, "/"),
		slots:    make(chan struct{}, o.Concurrency),
		timeout:  o.Timeout,
		observe:  o.Observe,
		session:  &session{auth: o.Auth, user: o.User, password: o.Password},
		maxSteps: maxGhostSteps,
		speaks:   o.API,
		now:      time.Now,
	}
	switch o.API {
	case REST:
		c.api = rest{c}
	case Records:
		c.api = records{c}
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: o.Concurrency, // or connections would be closed and opened all the time
		IdleConnTimeout:     time.Minute,
		// o.Timeout bounds connecting too.
	}
	// No cookies: with a session cookie Alfresco's CSRF filter would take part. No redirects: the Authorization header
	// must not travel, and a PUT must not become a GET.
	c.rest = resty.NewWithClient(&http.Client{Transport: guarding{transport}}).
		SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })).
		SetResponseBodyLimit(MaxBodyBytes).
		SetLogger(silence{}).
		SetDisableWarn(true)
	return c, nil
}

// writing is the operation that changes nodes.
func (c *Client) writing() string {
	if c.speaks == Records {
		return opMutate
	}
	return opPut
}

func (o Options) validate() error {
	var l invalid.List
	const allowedURL = "an http or https address up to and with /alfresco, without user and password"
	u, err := url.Parse(o.BaseURL)
	switch {
	case o.BaseURL == "":
		l.Add("ALFRESCO_URL", "", allowedURL)
	case err != nil:
		// Not even quoted: a text that can't be taken apart may hold a password.
		l.Add("ALFRESCO_URL", "(not an address)", allowedURL)
	case u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		l.Add("ALFRESCO_URL", u.Redacted(), allowedURL)
	case !strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/alfresco"):
		l.Add("ALFRESCO_URL", u.Redacted(), allowedURL)
	}
	if o.User == "" || strings.Contains(o.User, ":") {
		l.Add("ALFRESCO_USER", o.User, "the name of an account, without a colon")
	}
	if o.Password.Empty() {
		l.Add("ALFRESCO_PASSWORD", "", "the account's password, or ALFRESCO_PASSWORD_FILE with the path of a file that holds it")
	}
	if o.Auth != "" && o.Auth != Basic && o.Auth != Ticket {
		l.Add("ALFRESCO_AUTH", string(o.Auth), "basic or ticket")
	}
	if o.API != "" && o.API != REST && o.API != Records {
		l.Add("ALFRESCO_API", string(o.API), "rest or records")
	}
	if o.Concurrency < 0 || o.Concurrency > MaxConcurrency {
		l.Add("ALFRESCO_CONCURRENCY", strconv.Itoa(o.Concurrency), "a whole number from 1 to "+strconv.Itoa(MaxConcurrency))
	}
	if o.Timeout < 0 {
		l.Add("ALFRESCO_TIMEOUT", o.Timeout.String(), "a duration above 0s")
	}
	return l.Err()
}

// silence is resty's logger: this package returns what went wrong and prints nothing.
type silence struct{}

func (silence) Errorf(string, ...any) {}
func (silence) Warnf(string, ...any)  {}
func (silence) Debugf(string, ...any) {}

var _ resty.Logger = silence{}
