// Package kontur asks Kontur.Focus, the API over the Russian registers of companies, about many companies at once.
//
// It knows the transport: the key in the query string, at most 100 identifiers in a call, plain-text errors, limits and
// how not to leak the key. It is not for choosing which of several companies is meant (package counterparty) nor for
// reading the objects (package mapping), and it never tries again by itself: retries belong to the workflow.
//
// Words: a method is one call of the API ("req", "egrDetails"), an item is one company in its answer, a quota is one
// line of the contract. Facts come from the vendor's OpenAPI "Фокус API" 3.0 and from captured answers of 2020–2026.
package kontur

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-resty/resty/v2"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/secret"
)

// Defaults of Options.
const (
	// DefaultBaseURL is the vendor's public host. A contract may name another one.
	DefaultBaseURL = "https://focus-api.kontur.ru"
	// DefaultRequestsPerSecond is our choice: the vendor publishes no number. At 100 companies a request it is 30,000
	// companies a minute.
	DefaultRequestsPerSecond = 5
	// DefaultConcurrency is our choice: the vendor limits parallel requests and publishes no number.
	DefaultConcurrency = 1
	// DefaultReportPercent lets passes and reports take turns while both wait.
	DefaultReportPercent = 50
	// DefaultTimeout is that of one req call.
	DefaultTimeout = 30 * time.Second
	// DefaultMaxItemBytes is a dozen times the largest item seen (689 KB, licences). Decoded, an item takes some 15 times
	// its size, and one that is made for it 45 times.
	DefaultMaxItemBytes = 8 << 20

	// maxMaxItemBytes is more than fits into memory anywhere.
	maxMaxItemBytes = 1 << 30
)

// Options say how to reach Kontur.Focus. A zero field means its default; only Key has none.
type Options struct {
	// BaseURL is scheme, host and, if need be, a path before /api3; default DefaultBaseURL.
	BaseURL string
	// Key is the contract's key.
	Key secret.Value
	// RequestsPerSecond holds for this client; default DefaultRequestsPerSecond.
	RequestsPerSecond float64
	// Concurrency is the number of requests in flight; default DefaultConcurrency.
	Concurrency int
	// ReportPercent is how many of a hundred turns are those of reports while passes wait as well; default
	// DefaultReportPercent. Who waits alone takes all.
	ReportPercent int
	// Timeout is that of one req call; default DefaultTimeout. Methods with larger answers get a multiple of it.
	Timeout time.Duration
	// MaxItemBytes is the largest item that is decoded, unpacked; default DefaultMaxItemBytes. Of a larger one is told whose
	// it is.
	MaxItemBytes int64
	// MonitoringDate is what the date of a question about changes means to the server; default DateSince.
	MonitoringDate MonitoringDate
	// Observe, if not nil, is told about each request after it ended. It is called from several goroutines.
	Observe func(Call)
}

// Call is one HTTP request as Options.Observe sees it.
type Call struct {
	Method string
	// Class is on whose behalf it was asked.
	Class Class
	// Status is that of the HTTP response, 0 if there was none.
	Status int
	// IDs is the number of identifiers asked about, Items that of the items kept.
	IDs, Items int
	// Dropped counts the items that nobody had asked for or that had no identifier. Each one breaks the contract.
	Dropped int
	// NoneUsable tells that the server called every identifier of a checked batch unusable. Query takes that for "all
	// unknown"; often, it means that the server's idea of an identifier differs from ours.
	NoneUsable bool
	// Kind is empty if the call succeeded. A call whose caller gave up meanwhile counts as Unavailable.
	Kind Kind
	// Bytes is the size of the body as far as it was read, unpacked.
	Bytes int64
	// Date is the server's clock when it answered; zero if it did not tell.
	Date time.Time
	// Waited is the time spent in the queue, Duration that from the request to the end of the body. Answers of more than a
	// megabyte are understood while they are read.
	Waited, Duration time.Duration
}

// Client talks to Kontur.Focus. It is safe for concurrent use; all its calls share one rate and one limit of requests
// in flight.
type Client struct {
	http         *resty.Client
	key          secret.Value
	pace         *pacer
	timeout      time.Duration
	maxItemBytes int64
	weights      weights
	decoding     turnstile
	monitoring   MonitoringDate
	observe      func(Call)
}

// New makes a client and talks to nobody. It reports everything that is wrong with the options, as invalid.Errors.
func New(o Options) (*Client, error) {
	return newClient(o, nil)
}

// newClient is New with a transport that tests hand in; nil means the network.
func newClient(o Options, transport http.RoundTripper) (*Client, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	if transport == nil {
		transport = newTransport(o.Concurrency)
	}
	hc := &http.Client{
		Transport: keyTransport{key: o.Key, next: transport},
		// The transport hides where a redirect leads; this guards against a change of net/http.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Client{
		http: resty.NewWithClient(hc).
			SetBaseURL(strings.TrimRight(o.BaseURL, "/")).
			SetHeader("Accept", "application/json").
			SetHeader("User-Agent", "counterparty-sync").
			SetDoNotParseResponse(true).
			SetLogger(silent{}),
		key:          o.Key,
		pace:         newPacer(o.RequestsPerSecond, o.Concurrency, o.ReportPercent),
		timeout:      o.Timeout,
		maxItemBytes: o.MaxItemBytes,
		weights:      weights{target: targetBytes},
		decoding:     make(turnstile, 1),
		monitoring:   o.MonitoringDate,
		observe:      o.Observe,
	}, nil
}

func (o Options) withDefaults() Options {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.RequestsPerSecond == 0 {
		o.RequestsPerSecond = DefaultRequestsPerSecond
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.ReportPercent == 0 {
		o.ReportPercent = DefaultReportPercent
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxItemBytes == 0 {
		o.MaxItemBytes = DefaultMaxItemBytes
	}
	if o.MonitoringDate == "" {
		o.MonitoringDate = DateSince
	}
	if o.Observe == nil {
		o.Observe = func(Call) {}
	}
	return o
}

func (o Options) validate() error {
	var l invalid.List
	if shown, ok := checkBaseURL(o.BaseURL); !ok {
		l.Add("BaseURL", shown, "http:// or https:// with a host, without user, query and fragment")
	}
	switch key := o.Key.Reveal(); {
	case key == "":
		l.Add("Key", "", "the key of the contract")
	case strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }):
		l.Add("Key", o.Key.String(), "a key without spaces and line breaks")
	}
	if !(o.RequestsPerSecond > 0 && o.RequestsPerSecond <= 1e6) {
		l.Add("RequestsPerSecond", strconv.FormatFloat(o.RequestsPerSecond, 'g', -1, 64), "a number above 0")
	}
	if o.Concurrency < 0 {
		l.Add("Concurrency", strconv.Itoa(o.Concurrency), "a whole number of at least 1")
	}
	if o.ReportPercent < 1 || o.ReportPercent > 99 {
		l.Add("ReportPercent", strconv.Itoa(o.ReportPercent), "a whole number from 1 to 99")
	}
	if o.Timeout < 0 {
		l.Add("Timeout", o.Timeout.String(), "a duration above 0s")
	}
	if o.MaxItemBytes < 0 || o.MaxItemBytes > maxMaxItemBytes {
		l.Add("MaxItemBytes", strconv.FormatInt(o.MaxItemBytes, 10), fmt.Sprintf("a number of bytes from 1 to %d", int64(maxMaxItemBytes)))
	}
	if o.MonitoringDate != DateSince && o.MonitoringDate != DateOnDay {
		l.Add("MonitoringDate", string(o.MonitoringDate), "since or day")
	}
	return l.Err()
}

// checkBaseURL returns the URL in a form that may be shown: people paste the whole address of a call, key and all.
func checkBaseURL(text string) (shown string, ok bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "(not a URL)", false
	}
	ok = (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	if u.User != nil {
		u.User = url.User("***")
	}
	if u.RawQuery != "" {
		u.RawQuery = "***"
	}
	if u.Fragment != "" {
		u.Fragment = "***"
	}
	if shown, err = url.PathUnescape(u.String()); err != nil {
		shown = u.Redacted()
	}
	return shown, ok
}

// silent is a resty.Logger that drops everything: what a person must know is returned or observed.
type silent struct{}

var _ resty.Logger = silent{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// Format implements fmt.Formatter: a client inside something that is printed shows its kind and nothing else.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, "kontur.Client") }
