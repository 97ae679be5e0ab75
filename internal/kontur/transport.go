package kontur

import (
	"net"
	"net/http"
	"net/url"
	"time"

	"counterparty-sync/internal/secret"
)

const (
	connectTimeout = 10 * time.Second
	idleTimeout    = 90 * time.Second
)

// keyTransport adds the key to the query at the last moment. Everything above it (resty, http.Client, their errors,
// the Referer of a redirect, recorders of requests) sees URLs without a key.
type keyTransport struct {
	key  secret.Value
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t keyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	keyed := req.Clone(req.Context())
	if keyed.URL.RawQuery != "" {
		keyed.URL.RawQuery += "&"
	}
	keyed.URL.RawQuery += "key=" + url.QueryEscape(t.key.Reveal())
	resp, err := t.next.RoundTrip(keyed)
	if err != nil {
		return nil, err
	}
	// The response of a transport points at the request with the key.
	resp.Request = req
	// A redirect might repeat our query, and http.Client quotes a target that it cannot parse. Without a target it
	// returns the response as it is.
	resp.Header.Del("Location")
	return resp, nil
}

// newTransport keeps connections alive, one for each request in flight. It unpacks gzip by itself and takes proxies
// from the environment. When a server closes a kept connection before it answers, net/http sends the request once more
// on a new one; a company that is asked about twice is paid once.
func newTransport(concurrency int) *http.Transport {
	dialer := net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connectTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        concurrency,
		MaxIdleConnsPerHost: concurrency,
		IdleConnTimeout:     idleTimeout,
	}
}
