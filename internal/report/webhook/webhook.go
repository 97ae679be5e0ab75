// Package webhook tells other systems, by POST, that something happened. Addresses come from whoever may make a request, so
// that only hosts which the operator allows are ever called, redirects are not followed, and what the other side answers is
// not read. Each call is signed, so that the other side knows whose it is. It never tries again by itself.
//
// Addresses often hold a token: no error shows more of one than its host.
package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"counterparty-sync/internal/descriptors"
	"counterparty-sync/internal/secret"
)

const (
	// timeout is that of one call: the other side only has to take note.
	timeout = 10 * time.Second
	// idleTimeout closes connections that the next report might have used.
	idleTimeout = 90 * time.Second
	// maxDrained is how much of an answer is read so that the connection can be used again.
	maxDrained = 4 << 10
)

// Options say whom a client may call, and how.
type Options struct {
	// Hosts that may be called: "crm.example.org" means its port 443 (and 80 for http), "crm.example.org:8443" that port.
	// Without hosts nobody is called.
	Hosts []string
	// PlainHTTP allows http besides https.
	PlainHTTP bool
	// Secret signs the calls. Without one nobody is called.
	Secret secret.Value
	// Now is the clock; nil is that of the machine.
	Now func() time.Time
}

// Client calls webhooks. It is safe for concurrent use.
type Client struct {
	options Options
	allowed map[string]bool
	// transport knows no redirects.
	transport *http.Transport
}

// Error is a webhook that was not told.
type Error struct {
	Host string
	// Text is what happened, without the address.
	Text string
	// Hint is the next step for a person; may be empty.
	Hint string
	// Again says whether another try may help.
	Again bool
}

// Error implements error on one line, without the hint.
func (e *Error) Error() string { return fmt.Sprintf("call the webhook at %s: %s", e.Host, e.Text) }

// New makes a client.
func New(o Options) *Client {
	allowed := make(map[string]bool, len(o.Hosts))
	for _, host := range o.Hosts {
		allowed[strings.ToLower(host)] = true
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{options: o, allowed: allowed, transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSHandshakeTimeout: timeout,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     idleTimeout,
	}}
}

// Check says whether Post would call the address. The error is an *Error.
func (c *Client) Check(address string) error {
	_, err := c.target(address)
	return err
}

func (c *Client) target(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, &Error{Host: "an unknown host", Text: "the address is not an http or https address without user and password"}
	}
	switch {
	case !c.allows(u):
		return nil, &Error{Host: u.Host, Text: "the host is not allowed", Hint: "add it to REPORTS_WEBHOOK_HOSTS of the worker"}
	case u.Scheme == "http" && !c.options.PlainHTTP:
		return nil, &Error{Host: u.Host, Text: "http is not allowed, https is", Hint: "use https, or set REPORTS_WEBHOOK_HTTP=true for the worker"}
	case c.options.Secret.Empty():
		return nil, &Error{Host: u.Host, Text: "there is no secret to sign the call with", Hint: "set REPORTS_WEBHOOK_SECRET_FILE for the worker"}
	}
	return u, nil
}

// Post sends the body as JSON and takes any 2xx for "noted". Errors are *Error, or that of ctx if it ended.
func (c *Client) Post(ctx context.Context, address string, body any) error {
	u, err := c.target(address)
	if err != nil {
		return err
	}
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("render the call of a webhook: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, u.String(), bytes.NewReader(data))
	if err != nil {
		return &Error{Host: u.Host, Text: "the address can't be called"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "counterparty-sync")
	sign(request.Header, c.options.Secret, c.options.Now(), data)
	response, err := c.transport.RoundTrip(request)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("call the webhook at %s: %w", u.Host, ctx.Err())
	case err != nil && limited.Err() != nil:
		return &Error{Host: u.Host, Text: fmt.Sprintf("no answer within %s", timeout), Again: true}
	case err != nil:
		return &Error{Host: u.Host, Text: textOf(err), Hint: descriptors.HintOr(err, ""), Again: true}
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxDrained))
	switch status := response.StatusCode; {
	case status/100 == 2:
		return nil
	case status/100 == 3:
		return &Error{Host: u.Host, Text: fmt.Sprintf("status %d: a redirect, which is not followed", status)}
	default:
		again := status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
		return &Error{Host: u.Host, Text: fmt.Sprintf("status %d", status), Again: again}
	}
}

// allows looks for the host with its port, and for the host alone if the port is the usual one.
func (c *Client) allows(u *url.URL) bool {
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	port := cmp.Or(u.Port(), usual)
	host := net.JoinHostPort(strings.ToLower(u.Hostname()), port)
	return c.allowed[host] || port == usual && c.allowed[strings.TrimSuffix(host, ":"+port)]
}

// textOf shows errors of connecting as they are. Others repeat what the other side sent, which may be what we sent.
func textOf(err error) string {
	var connection *net.OpError
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &connection) || errors.As(err, &certificate) {
		return err.Error()
	}
	return "the connection broke off, or the answer is not HTTP"
}
