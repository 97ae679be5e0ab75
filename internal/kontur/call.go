package kontur

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"counterparty-sync/internal/authority"
	"counterparty-sync/internal/descriptors"
)

// maxErrorBytes is how much of an error's body is read.
const maxErrorBytes = 4 << 10

// timeoutFactors stretch Options.Timeout for methods with larger answers. Sizes of one item, as captured: req up to 38
// KB, contacts 53 KB, egrDetails 474 KB, licences 689 KB. A watch list may have 100,000 companies.
var timeoutFactors = map[string]time.Duration{
	"contacts": 2, "egrDetails": 4, "licences": 4, methodWatchList: 4, "req/mon": 4, "egrDetails/mon": 4,
}

// errTooLarge is an answer of more bytes than all that was asked about may have.
var errTooLarge = errors.New("the answer is too large")

// smallAnswer is the size of answers that are read as a whole, so that the next request need not wait until they are
// understood. An answer about 100 companies has 200 to 500 KB with req.
const smallAnswer = 1 << 20

// outgoing is a request without the key. One with a body is a POST. Its answer may have so many bytes, and take so long; 0 is
// what any of the method may take.
type outgoing struct {
	method, query, body string
	most                int64
	within              time.Duration
}

// ask makes one request, when it is its turn, and hands out the elements of a 200's body while it is read. Errors are
// *Error, the error of ctx, errTooLarge, or that of each; after one, what was handed out is no answer. The call is filled
// in for the observer; without a method, it never went out.
func (c *Client) ask(ctx context.Context, o outgoing, call *Call, each func(element) error) error {
	read := func(body io.Reader) error {
		err := newElements(body, c.options.MaxItemBytes).each(each)
		if m, ok := errors.AsType[*malformed](err); ok {
			return newError(o.method, BadResponse, http.StatusOK, clean(m.Error(), c.options.Key))
		}
		return err
	}
	small, err := c.inTurn(ctx, o, call, read)
	if err != nil || small == nil {
		return err
	}
	return read(bytes.NewReader(small))
}

// askAll is ask for an answer that is not about companies: one that is too large is trouble of the server.
func (c *Client) askAll(ctx context.Context, o outgoing, call *Call, each func(element) error) error {
	err := c.ask(ctx, o, call, each)
	if errors.Is(err, errTooLarge) {
		return newError(o.method, BadResponse, http.StatusOK, err.Error())
	}
	return err
}

// inTurn makes the request. Of a small answer it returns the body; a larger one is read meanwhile.
func (c *Client) inTurn(ctx context.Context, o outgoing, call *Call, read func(io.Reader) error) (small []byte, err error) {
	method := o.method
	queued := time.Now()
	asking, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	w, err := c.pace.enter(ctx, method, func() { giveUp(errOthersWait) })
	if p, ok := errors.AsType[*pauseError](err); ok {
		return nil, paused(method, p)
	}
	if err != nil {
		return nil, fmt.Errorf("wait to ask Kontur.Focus %s: %w", method, err)
	}
	defer c.pace.leave(w)

	call.Method, call.Class = method, w.class
	started := time.Now()
	call.Waited = started.Sub(queued)
	small, err = c.send(asking, o, call, func() { c.pace.hear(w) }, read)
	call.Duration = time.Since(started)

	var e *Error
	switch {
	case err == nil:
		return small, nil
	case ctx.Err() != nil:
		// The caller gave up. That is not the server's fault, whatever the error says.
		return nil, fmt.Errorf("ask Kontur.Focus %s: %w", method, ctx.Err())
	// What follows holds before the slot is free, so that no other request slips through.
	case context.Cause(asking) == errOthersWait:
		e := newError(method, Unavailable, call.Status, fmt.Sprintf("nothing was heard for %s, and others wait", c.pace.patience))
		e.within, e.broken, err = c.pace.patience, true, e
		c.pace.silence(w)
		c.weights.tooMany(method, call.IDs)
	case errors.As(err, &e) && e.Kind == RateLimited:
		c.pace.limit(method, e.RetryAfter)
	case e != nil && e.timedOut:
		c.pace.silence(w)
	}
	return nil, err
}

// errOthersWait is why a request ends of which nothing is heard.
var errOthersWait = errors.New("others wait for the slot")

// paused is the error of a request that did not go out, because its method is paused.
func paused(method string, p *pauseError) *Error {
	e := newError(method, Unavailable, 0, "not asked, because it gave no answer in time a moment ago")
	if !p.silent {
		e = newError(method, RateLimited, 0, fmt.Sprintf("not asked, because the server asked for a pause, of which %s is left", p.left.Round(time.Second)))
		e.RetryAfter = p.left
	}
	e.NotAsked = true
	return e
}

// send makes one request at once. It calls heard whenever there is something of an answer.
func (c *Client) send(ctx context.Context, o outgoing, call *Call, heard func(), read func(io.Reader) error) (small []byte, err error) {
	method := o.method
	ctx, timeout, end := begin(ctx, cmp.Or(o.within, c.timeout(method)))
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
	heard()
	resp := r.RawResponse
	defer func() { _ = resp.Body.Close() }()
	call.Status = resp.StatusCode
	call.Date, _ = http.ParseTime(resp.Header.Get("Date"))

	if resp.StatusCode != http.StatusOK {
		// A cut body changes nothing: the status says what is wrong.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
		call.Bytes = int64(len(body))
		return nil, classify(method, resp, string(body), c.options.Key, time.Now())
	}
	if resp.ContentLength > o.most {
		return nil, errTooLarge
	}
	body := &body{r: resp.Body, left: o.most, call: call, heard: heard, broken: func(err error) error {
		e := c.networkError(method, err, timeout)
		e.Status = resp.StatusCode
		e.Text = "the answer broke off: " + e.Text
		return e
	}}
	small, err = io.ReadAll(io.LimitReader(body, smallAnswer+1))
	if err != nil || len(small) <= smallAnswer {
		return small, err
	}
	return nil, read(io.MultiReader(bytes.NewReader(small), body))
}

// body is that of an answer. It counts what is read, and its errors are those of ask.
type body struct {
	r      io.Reader
	left   int64
	call   *Call
	heard  func()
	broken func(error) error
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.heard() // what is read may have been understood for a while
	n, err := b.r.Read(p)
	if n > 0 {
		b.heard()
	}
	b.call.Bytes += int64(n)
	b.left -= int64(n)
	switch {
	case b.left < 0:
		return 0, errTooLarge
	case err != nil && err != io.EOF:
		return n, b.broken(err)
	}
	return n, err
}

// timeout is how long an answer of the method may take.
func (c *Client) timeout(method string) time.Duration {
	return max(timeoutFactors[method], 1) * c.options.Timeout
}

// networkError makes an error of its own instead of wrapping: *url.Error prints the address of the call.
func (c *Client) networkError(method string, err error, timeout time.Duration) *Error {
	for wrapped, ok := errors.AsType[*url.Error](err); ok; wrapped, ok = errors.AsType[*url.Error](err) {
		err = wrapped.Err
	}
	var ne net.Error
	text, late := err.Error(), errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) && ne.Timeout()
	switch {
	case late:
		text = fmt.Sprintf("no answer within %s", timeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "the connection was cut"
	}
	if authority.Unknown(err) {
		return newError(method, Untrusted, 0, clean(text, c.options.Key))
	}
	e := newError(method, Unavailable, 0, clean(text, c.options.Key))
	e.Hint, e.timedOut = descriptors.HintOr(err, e.Hint), late
	if late {
		e.within = timeout
	}
	e.broken = errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if way, ok := errors.AsType[*net.OpError](err); ok && way.Op == "dial" {
		e.broken = false // no connection stood
	}
	return e
}

// finish reports to the observer how a call ended, unless it never went out.
func (c *Client) finish(call *Call, err error) {
	e, ok := errors.AsType[*Error](err)
	if ok {
		e.Hint = c.hints.Replace(e.Hint)
	}
	if call.Method == "" {
		return
	}
	call.Key = c.options.Name
	if ok {
		call.Kind = e.Kind
	} else if err != nil {
		call.Kind = Unavailable
	}
	c.options.Observe(*call)
}
