package alfresco

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"counterparty-sync/internal/authority"
	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/descriptors"
)

// The operations, as Call and Error name them.
const (
	opSearch    = "search"
	opMetadata  = "metadata"
	opGet       = "get"
	opPut       = "put"
	opQuery     = "query"  // Records API
	opMutate    = "mutate" // Records API
	opTicket    = "ticket"
	opDiscovery = "discovery"
	opModel     = "model"
)

const publicAPI = "/api/-default-/public"

// call is a request before it is sent.
type call struct {
	operation string
	method    string
	path      string // after /alfresco, escaped
	query     url.Values
	body      any // nil: none
	// language is the tag in which texts are looked for, read and written; empty: the first one of the client's.
	language string
	// timeout is the time for the answer; 0 means the client's.
	timeout time.Duration
	// connection is how it uses kept ones.
	connection connection
	// allowed, if not nil, is asked at the last moment before the body leaves the process; a no is errNotAllowed.
	allowed func() bool
}

// answer is what came back, whatever its status.
type answer struct {
	status        int
	body          []byte
	failure       failure // zero unless isFailure
	isFailure     bool    // the body is Alfresco's error envelope, so the REST layer itself said no
	retryAfter    time.Duration
	hasRetryAfter bool
}

// failure is the part of Alfresco's error envelope that is of use.
type failure struct {
	Key     string `json:"errorKey"`
	Summary string `json:"briefSummary"`
}

// ok reports success.
func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (a answer) summary() string {
	return cmp.Or(a.failure.Summary, http.StatusText(a.status), "an unknown status")
}

// send sends a request once. The slot is the caller's.
func (c *Client) send(ctx context.Context, k call, authorization string) (answer, error) {
	if err := refuseWriting(ctx, k); err != nil {
		return answer{}, err
	}
	timeout := cmp.Or(k.timeout, c.timeout)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r := c.rest.R().SetContext(context.WithValue(withAllowed(limited, k.allowed), connectionKey{}, k.connection)).SetHeader("Accept", "application/json").
		// Or a text for many languages (d:mltext) would be read and written in the language of the server.
		SetHeader("Accept-Language", cmp.Or(k.language, c.languages[0])).SetQueryParamsFromValues(k.query)
	if authorization != "" {
		r.SetHeader("Authorization", authorization)
	}
	if k.body != nil {
		data, err := json.Marshal(k.body)
		if err != nil {
			return answer{}, fmt.Errorf("encode request of alfresco %s: %w", k.operation, err)
		}
		r.SetHeader("Content-Type", "application/json").SetBody(data)
	}
	start := time.Now()
	response, err := r.Execute(k.method, c.base+k.path)
	if errors.Is(err, errNotAllowed) {
		return answer{}, errNotAllowed // it was not sent
	}
	seen := Call{Operation: k.operation, Duration: time.Since(start)}
	if err == nil {
		seen.Status = response.StatusCode()
	}
	c.observe(seen)
	switch {
	case err == nil:
		return c.read(response), nil
	case ctx.Err() != nil:
		return answer{}, ended(k.operation, ctx)
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return answer{}, tooLarge(k.operation)
	case limited.Err() != nil:
		return answer{}, &Error{Operation: k.operation, Kind: Unavailable, Summary: "no answer within " + timeout.String(), Hint: hintReach,
			cause: context.DeadlineExceeded}
	}
	cause := err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		cause = wrapped.Err // net/http's wrapping prints the address
	}
	e := &Error{Operation: k.operation, Kind: Unavailable, Summary: tidy(c.session.redact(cause.Error())),
		Hint: descriptors.HintOr(cause, hintReach), cause: cause}
	if authority.Unknown(cause) {
		e.Kind, e.Hint = Untrusted, authority.Hint
	}
	return answer{}, e
}

func (c *Client) read(response *resty.Response) answer {
	a := answer{status: response.StatusCode(), body: response.Body()}
	if !a.ok() {
		var envelope struct {
			Error *failure `json:"error"`
		}
		if json.Unmarshal(a.body, &envelope) == nil && envelope.Error != nil {
			a.isFailure = true
			a.failure = failure{Key: tidy(c.session.redact(envelope.Error.Key)), Summary: tidy(c.session.redact(envelope.Error.Summary))}
		}
	}
	a.retryAfter, a.hasRetryAfter = retryAfter(response.Header(), time.Now())
	return a
}

// decode reads an answer of success as JSON; of any other it makes an error.
func decode(operation string, a answer, into any) error {
	if !a.ok() {
		return classify(operation, a)
	}
	body := charset.Unmarked(a.body)
	if err := json.Unmarshal(body, into); err != nil {
		what := "the answer is not the JSON that was expected"
		switch {
		case len(body) == 0:
			what = "the answer is empty"
		case strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 64)])), "<"):
			what = "the answer is a web page and not JSON"
		}
		return badResponse(operation, a.status, what, hintURL)
	}
	// encoding/json puts U+FFFD in the place of what is no character: values would differ that do not.
	if err := charset.CheckJSON(body); err != nil {
		return badResponse(operation, a.status, "the answer has "+err.Error(), hintBroken)
	}
	return nil
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// ended says that the caller's own context ended the call.
func ended(operation string, ctx context.Context) error {
	return fmt.Errorf("alfresco %s: %w", operation, ctx.Err())
}
