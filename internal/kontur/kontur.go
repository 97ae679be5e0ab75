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
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
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
	// Key is the contract's key, Name what people call it; empty: it is the only one.
	Key  secret.Value
	Name string
	// RequestsPerSecond holds for this client; default DefaultRequestsPerSecond.
	RequestsPerSecond float64
	// Concurrency is the number of requests in flight; default DefaultConcurrency.
	Concurrency int
	// ReportPercent is how many of a hundred turns are those of reports while passes wait as well; default
	// DefaultReportPercent. Who waits alone takes all.
	ReportPercent int
	// Timeout is that of one req call; default DefaultTimeout. Methods with larger answers get a multiple of it, but of which
	// nothing is heard for this long only while no others wait for its slot.
	Timeout time.Duration
	// MaxItemBytes is the largest item that is decoded, unpacked; default DefaultMaxItemBytes. Of a larger one only
	// the identifiers are kept.
	MaxItemBytes int64
	// MonitoringDate is what the date of a question about changes means to the server; default DateSince.
	MonitoringDate MonitoringDate
	// Wrap, if not nil, makes the transport that requests go through out of the one that adds the key: what it sees has none.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Observe, if not nil, is called after each request. It is called from several goroutines.
	Observe func(Call)
}

// Call is one HTTP request as Options.Observe sees it.
type Call struct {
	Method string
	// Key is Options.Name.
	Key string
	// Class is on whose behalf it was asked.
	Class Class
	// Status is that of the HTTP response, 0 if there was none.
	Status int
	// IDs is the number of identifiers asked about, Items that of the items kept.
	IDs, Items int
	// Dropped counts the items that nobody had asked for or that had no identifier. Each one breaks the contract.
	Dropped int
	// NoneUsable: the server called every identifier of a checked batch unusable. Query takes that for "all
	// unknown"; often, it means that the server's idea of an identifier differs from ours.
	NoneUsable bool
	// Kind is empty if the call succeeded. A call whose caller gave up meanwhile counts as Unavailable.
	Kind Kind
	// Bytes is the size of the body as far as it was read, unpacked.
	Bytes int64
	// Date is the server's clock when it answered; zero if it sent none.
	Date time.Time
	// Waited is the time spent in the queue, Duration that from the request to the end of the body. Answers of more than a
	// megabyte are understood while they are read.
	Waited, Duration time.Duration
}

// Client talks to Kontur.Focus. It is safe for concurrent use; all its calls share one rate and one limit of requests
// in flight.
type Client struct {
	options  Options // without a zero field
	hints    *strings.Replacer
	http     *resty.Client
	pace     *pacer
	weights  weights
	turns    turns         // of searches
	decoding chan struct{} // lets one in at a time: to decode keeps a processor busy, so that two would not be faster
}

// errOptions shows none of the options: people paste the whole address of a call, key and all.
var errOptions = errors.New("kontur: no client can be made of these options")

var addressPattern = regexp.MustCompile(`^https?://[^/@?#\s[:cntrl:]]+(/[^@?#\s[:cntrl:]]*)?$`)

// New makes a client. It sends nothing. What people set is checked, and worded, in package config, but for what a key may
// hold: here is refused only what no client can be made of.
func New(o Options) (*Client, error) {
	return newClient(o, nil)
}

// newClient is New with a transport that tests hand in; nil means the network.
func newClient(o Options, transport http.RoundTripper) (*Client, error) {
	o = o.withDefaults()
	if strings.ContainsFunc(o.Key.Reveal(), func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }) {
		return nil, &invalid.Field{Name: o.setting("KONTUR_KEY"), Value: o.Key.String(), Allowed: "a key without spaces and line breaks"}
	}
	if o.Key.Empty() || !addressPattern.MatchString(o.BaseURL) || !(o.RequestsPerSecond > 0) || o.Concurrency < 1 || o.ReportPercent < 1 ||
		o.ReportPercent > 99 || o.Timeout < 0 || o.MaxItemBytes < 0 || o.MaxItemBytes > maxMaxItemBytes || o.MonitoringDate != DateSince && o.MonitoringDate != DateOnDay {
		return nil, errOptions
	}
	if transport == nil {
		transport = newTransport(o.Concurrency)
	}
	transport = keyTransport{key: o.Key, next: transport}
	if o.Wrap != nil {
		transport = o.Wrap(transport)
	}
	hc := &http.Client{
		Transport: transport,
		// The transport hides where a redirect leads; this guards against a change of net/http.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Client{
		options: o,
		hints:   o.hints(),
		http: resty.NewWithClient(hc).
			SetBaseURL(strings.TrimRight(o.BaseURL, "/")).
			SetHeader("Accept", "application/json").
			SetHeader("User-Agent", "counterparty-sync").
			SetDoNotParseResponse(true).
			SetLogger(silent{}),
		pace:     newPacer(o.RequestsPerSecond, o.Concurrency, o.ReportPercent, o.Timeout),
		weights:  weights{target: targetBytes},
		decoding: make(chan struct{}, 1),
	}, nil
}

// setting is one of the settings of the key as people know it.
func (o Options) setting(name string) string {
	if o.Name == "" {
		return name
	}
	return name + "_" + o.Name
}

// hints names the settings of the key in hints that name those of KONTUR_KEY.
func (o Options) hints() *strings.Replacer {
	var pairs []string
	for _, setting := range []string{"KONTUR_KEY", "KONTUR_RPS", "KONTUR_CONCURRENCY"} { // KONTUR_KEY_FILE comes with the first
		pairs = append(pairs, setting, o.setting(setting))
	}
	return strings.NewReplacer(pairs...)
}

func (o Options) withDefaults() Options {
	o.BaseURL = cmp.Or(o.BaseURL, DefaultBaseURL)
	o.RequestsPerSecond = cmp.Or(o.RequestsPerSecond, DefaultRequestsPerSecond)
	o.Concurrency = cmp.Or(o.Concurrency, DefaultConcurrency)
	o.ReportPercent = cmp.Or(o.ReportPercent, DefaultReportPercent)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.MaxItemBytes = cmp.Or(o.MaxItemBytes, DefaultMaxItemBytes)
	o.MonitoringDate = cmp.Or(o.MonitoringDate, DateSince)
	if o.Observe == nil {
		o.Observe = func(Call) {}
	}
	return o
}

// silent is a resty.Logger that drops everything: what a person must know is returned or observed.
type silent struct{}

var _ resty.Logger = silent{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// Format implements fmt.Formatter: a client inside something that is printed shows its kind and nothing else.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, "kontur.Client") }
