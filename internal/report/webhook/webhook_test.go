package webhook_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/secret"
)

const (
	token = "t0ken-in-the-address"
	key   = "k3y-that-signs-the-calls"
)

// client calls the hosts, over http too.
func client(hosts ...string) *webhook.Client {
	return webhook.New(webhook.Options{Hosts: hosts, PlainHTTP: true, Secret: secret.New(key)})
}

func TestPost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		// sign stands in a header of the answer, behind which our query is repeated.
		sign  string
		want  string
		again bool
	}{
		{"noted", 204, "?", "", false},
		{"a redirect is not followed", 302, "?", "status 302: a redirect, which is not followed", false},
		{"nor one that leads nowhere", 302, "%", "status 302: a redirect, which is not followed", false},
		{"an answer that is not HTTP", 200, "\x7f", "the connection broke off, or the answer is not HTTP", true},
		{"refused", 403, "?", "status 403", false},
		{"too many", 429, "?", "status 429", true},
		{"down", 503, "?", "status 503", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			var got string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				data, _ := io.ReadAll(r.Body)
				got = strings.Join([]string{r.Method, r.URL.String(), r.Header.Get("Content-Type"), string(data)}, " ")
				w.Header().Set("Location", "/elsewhere"+tt.sign+r.URL.RawQuery)
				w.WriteHeader(tt.status)
			}))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			err := client(host).Post(t.Context(), server.URL+"/hook?token="+token, map[string]bool{"complete": true})
			require.Equal(t, 1, calls)
			require.Equal(t, `POST /hook?token=`+token+` application/json {"complete":true}`, got)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			var failure *webhook.Error
			require.ErrorAs(t, err, &failure)
			require.EqualError(t, err, "call the webhook at "+host+": "+tt.want)
			require.Equal(t, tt.again, failure.Again)
			require.NotContains(t, err.Error(), token)
		})
	}
}

func TestPost_callsAllowedHostsOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, hosts, address string
		want                 bool
	}{
		{"nobody without hosts", "", "http://127.0.0.1:1/", false},
		{"another host", "crm.example.org", "http://127.0.0.1:1/", false},
		{"another port", "127.0.0.1", "http://127.0.0.1:1/", false},
		{"the usual port of the other scheme", "127.0.0.1", "http://127.0.0.1:443/", false},
		{"a host that ends like it", "0.0.1:1", "http://127.0.0.1:1/", false},
		{"this port", "127.0.0.1:1", "http://127.0.0.1:1/", true},
		{"in capitals", "LOCALHOST:1", "http://LocalHost:1/", true},
		{"an address of version 6", "[::1]:1", "http://[::1]:1/", true},
		{"another scheme", "127.0.0.1:1", "ftp://127.0.0.1:1/", false},
		{"with a password", "127.0.0.1:1", "http://u:" + token + "@127.0.0.1:1/", false},
		{"no address", "127.0.0.1:1", "http://127.0.0.1:1/%" + token, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Nobody listens at port 1: whether it was tried is what Again tells.
			err := client(strings.Split(tt.hosts, ",")...).Post(t.Context(), tt.address+"?token="+token, nil)
			var failure *webhook.Error
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tt.want, failure.Again, err)
			require.NotContains(t, err.Error(), token)
		})
	}
}

func TestPost_endsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-ctx.Done()
	}))
	defer server.Close()
	go func() {
		<-arrived
		cancel()
	}()
	err := client(strings.TrimPrefix(server.URL, "http://")).Post(ctx, server.URL, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestPost_refusesWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	hosts := []string{"127.0.0.1:1"}
	for name, tt := range map[string]struct {
		give    webhook.Options
		address string
		want    string
	}{
		"http": {webhook.Options{Hosts: hosts, Secret: secret.New(key)}, "http://127.0.0.1:1/?token=" + token,
			"call the webhook at 127.0.0.1:1: http is not allowed, https is"},
		"no secret": {webhook.Options{Hosts: hosts}, "https://127.0.0.1:1/?token=" + token,
			"call the webhook at 127.0.0.1:1: there is no secret to sign the call with"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := webhook.New(tt.give)
			for _, err := range []error{c.Check(tt.address), c.Post(t.Context(), tt.address, nil)} {
				var refused *webhook.Error
				require.ErrorAs(t, err, &refused)
				require.EqualError(t, err, tt.want)
				require.NotEmpty(t, refused.Hint)
				require.False(t, refused.Again)
			}
		})
	}
}

// Nothing that is logged or kept shows the secret.
func TestClientDoesNotShowItsSecret(t *testing.T) {
	t.Parallel()
	c := client("127.0.0.1:1")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c, *c, c), key)
}
