package kontur

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxErrorBytes is how much of an error's body is read.
const maxErrorBytes = 4 << 10

// timeoutFactors stretch Options.Timeout for methods with larger answers. Sizes of one item, as captured: req up to 38
// KB, contacts 53 KB, egrDetails 474 KB, licences 689 KB. A watch list may have 100,000 companies.
var timeoutFactors = map[string]time.Duration{
	"contacts": 2, "egrDetails": 4, "licences": 4, methodWatchList: 4, "req/mon": 4, "egrDetails/mon": 4,
}

// errTooLarge is an answer beyond Options.MaxBodyBytes.
var errTooLarge = errors.New("the answer is too large")

// timeoutOf is the time that one call of a method may take, without the wait for its turn.
func (c *Client) timeoutOf(method string) time.Duration {
	return max(timeoutFactors[method], 1) * c.timeout
}

// outgoing is a request without the key. One with a body is a POST.
type outgoing struct{ method, query, body string }

// get makes one request, when it is its turn, and returns the body of a 200. Errors are *Error, the error of ctx, or
// errTooLarge. The call is filled in for the observer; without a method, it never went out.
func (c *Client) get(ctx context.Context, method, query string, call *Call) ([]byte, error) {
	return c.ask(ctx, outgoing{method: method, query: query}, call)
}

// ask is get for any request.
func (c *Client) ask(ctx context.Context, o outgoing, call *Call) ([]byte, error) {
	method := o.method
	queued := time.Now()
	leave, err := c.pace.enter(ctx)
	if err != nil {
		return nil, c.waitError(method, err)
	}
	defer leave()

	call.Method = method
	started := time.Now()
	call.Waited = started.Sub(queued)
	body, err := c.send(ctx, o, call)
	call.Duration = time.Since(started)

	var e *Error
	switch {
	case err == nil:
		return body, nil
	case ctx.Err() != nil:
		// The caller gave up. That is not the server's fault, whatever the error says.
		return nil, fmt.Errorf("ask Kontur.Focus %s: %w", method, ctx.Err())
	case errors.As(err, &e) && e.Kind == RateLimited:
		// Before the slot is free, so that nobody slips through.
		c.pace.pause(e.RetryAfter)
	}
	return nil, err
}

// waitError words what pacer.enter returns.
func (c *Client) waitError(method string, err error) error {
	var p *pauseError
	if errors.As(err, &p) {
		e := newError(method, RateLimited, 0, "the server asked for a pause that outlasts the time for this call")
		e.RetryAfter = p.left
		return e
	}
	return fmt.Errorf("wait to ask Kontur.Focus %s: %w", method, err)
}

// send makes one request at once.
func (c *Client) send(ctx context.Context, o outgoing, call *Call) ([]byte, error) {
	method := o.method
	ctx, timeout, end := begin(ctx, c.timeoutOf(method))
	defer end()

	target := "/api3/" + method
	if o.query != "" {
		target += "?" + o.query
	}
	request, verb := c.http.R().SetContext(ctx), http.MethodGet
	if o.body != "" {
		verb = http.MethodPost
		request.SetHeader("Content-Type", "application/x-www-form-urlencoded").SetBody(o.body)
	}
	r, err := request.Execute(verb, target)
	if err != nil {
		return nil, c.networkError(method, err, timeout)
	}
	resp := r.RawResponse
	defer func() { _ = resp.Body.Close() }()
	call.Status = resp.StatusCode

	if resp.StatusCode != http.StatusOK {
		// A cut body changes nothing: the status says what is wrong.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
		call.Bytes = int64(len(body))
		return nil, classify(method, resp, string(body), c.key, time.Now())
	}
	if resp.ContentLength > c.maxBodyBytes {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBodyBytes+1))
	call.Bytes = int64(len(body))
	switch {
	case err != nil:
		e := c.networkError(method, err, timeout)
		e.Status = resp.StatusCode
		e.Text = "the answer broke off: " + e.Text
		return nil, e
	case int64(len(body)) > c.maxBodyBytes:
		return nil, errTooLarge
	}
	return body, nil
}

// networkError makes an error of its own instead of wrapping: *url.Error prints the address of the call.
func (c *Client) networkError(method string, err error, timeout time.Duration) *Error {
	for {
		var ue *url.Error
		if !errors.As(err, &ue) {
			break
		}
		err = ue.Err
	}
	var ne net.Error
	text := err.Error()
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		text = fmt.Sprintf("no answer within %s", timeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "the connection was cut"
	}
	return newError(method, Unavailable, 0, clean(text, c.key))
}

// finish tells the observer how a call ended, unless it never went out.
func (c *Client) finish(call *Call, err error) {
	if call.Method == "" {
		return
	}
	var e *Error
	switch {
	case errors.As(err, &e):
		call.Kind = e.Kind
	case errors.Is(err, errTooLarge):
		call.Kind = BadResponse
	case err != nil:
		call.Kind = Unavailable
	}
	c.observe(*call)
}
