package kontur_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

// awkwardKey changes its form in addresses, in HTML and in JSON.
const awkwardKey = `S3cret+key/0123456789=&<abc>"%41`

func requireKind(t *testing.T, err error, want kontur.Kind) *kontur.Error {
	t.Helper()
	var e *kontur.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, want, e.Kind, e.Error())
	require.NotEmpty(t, e.Hint)
	require.NotEmpty(t, e.Text)
	return e
}

// requireNoKey looks at every way to print every error of the chain, for every part of the key that is long enough.
func requireNoKey(t *testing.T, err error, key string) {
	t.Helper()
	require.Error(t, err)
	var ue *url.Error
	require.False(t, errors.As(err, &ue), "a *url.Error prints the address of the call")
	var shown strings.Builder
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		fmt.Fprintf(&shown, "%v\n%+v\n%#v\n%s\n%q\n", err, err, err, err, err)
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			walk(u.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	low := strings.ToLower(shown.String())
	for _, form := range []string{key, url.QueryEscape(key), url.PathEscape(key), html.EscapeString(key)} {
		form = strings.ToLower(form)
		for i := 0; i+6 <= len(form); i++ {
			require.NotContains(t, low, form[i:i+6], shown.String())
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give konturtest.Fault
		want kontur.Kind
		text string
	}{
		{"400 about the key", konturtest.Fault{Status: 400, Text: "Param 'key' not specified or invalid"}, kontur.BadKey, "Param 'key'"},
		{"other 400", konturtest.Fault{Status: 400, Text: "Something else"}, kontur.BadRequest, "Something else"},
		{"401", konturtest.Fault{Status: 401, Text: "who are you"}, kontur.BadKey, "who are you"},
		{"402", konturtest.Fault{Status: 402, Text: "pay"}, kontur.Forbidden, "pay"},
		{"403 about the key", konturtest.Fault{Status: 403, Text: "No valid key specified"}, kontur.BadKey, "No valid key"},
		{"other 403", konturtest.Fault{Status: 403, Text: "Limit exceeded"}, kontur.Forbidden, "Limit exceeded"},
		{"403 without text", konturtest.Fault{Status: 403}, kontur.Forbidden, "forbidden"},
		{"404", konturtest.Fault{Status: 404, Text: "nothing here"}, kontur.BadRequest, "nothing here"},
		{"408", konturtest.Fault{Status: 408}, kontur.Unavailable, "request timeout"},
		{"429", konturtest.Fault{Status: 429, Text: "slow down"}, kontur.RateLimited, "slow down"},
		{"500", konturtest.Fault{Status: 500, Text: "oops"}, kontur.Unavailable, "oops"},
		{"503 as JSON is not parsed", konturtest.Fault{Status: 503, Text: `[{"inn":"` + inn1 + `"}]`}, kontur.Unavailable, `[{"inn"`},
		{"502 of a proxy", konturtest.Fault{Status: 502, Text: "<html><body>Bad Gateway</body></html>"}, kontur.Unavailable, "an HTML page"},
		{"204", konturtest.Fault{Status: 204}, kontur.BadResponse, "no content"},
		{"long text with control characters", konturtest.Fault{Status: 500, Text: "a\x1b[31m\n\tb" + strings.Repeat("я", 1000)}, kontur.Unavailable, "a [31m bя"},
		{"redirect", konturtest.Fault{Trouble: konturtest.Redirect}, kontur.BadResponse, "a redirect"},
		{"login page", konturtest.Fault{Trouble: konturtest.HTMLPage}, kontur.BadResponse, "HTML"},
		{"garbage", konturtest.Fault{Trouble: konturtest.Garbage}, kontur.BadResponse, "no JSON array"},
		{"truncated JSON", konturtest.Fault{Trouble: konturtest.TruncatedJSON}, kontur.BadResponse, "no JSON array"},
		{"objects that name no company", konturtest.Fault{Trouble: konturtest.ErrorObject}, kontur.BadResponse, "none of the objects in the answer says which company it is about"},
		{"no array", konturtest.Fault{Trouble: konturtest.NotArray}, kontur.BadResponse, "no JSON array"},
		{"cut body", konturtest.Fault{Trouble: konturtest.CutBody}, kontur.Unavailable, "the answer broke off: the connection was cut"},
		{"cut connection", konturtest.Fault{Trouble: konturtest.CutConnection}, kontur.Unavailable, "the connection was cut"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := konturtest.NewServer(t, konturtest.WithKey(awkwardKey))
			s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
			s.Inject(tt.give)
			_, err := query(t.Context(), newClient(t, s), "req", counterparty.INN, []string{inn1})
			e := requireKind(t, err, tt.want)
			require.Contains(t, e.Text, tt.text)
			require.LessOrEqual(t, len([]rune(e.Text)), 301)
			require.Equal(t, "req", e.Method)
			require.Contains(t, e.Error(), "ask Kontur.Focus req: ")
			requireNoKey(t, err, s.Key())
			require.Equal(t, 1, s.Count(), "nothing is tried again and no redirect followed")
		})
	}
}

func TestNoErrorRepeatsTheKeyThatTheServerEchoes(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 301, 400, 401, 402, 403, 404, 405, 408, 422, 429, 500, 502, 503} {
		for _, key := range []string{awkwardKey, konturtest.DefaultKey} {
			t.Run(fmt.Sprint(status, " ", len(key)), func(t *testing.T) {
				t.Parallel()
				s := konturtest.NewServer(t, konturtest.WithKey(key))
				s.Inject(konturtest.Fault{
					Trouble: konturtest.EchoKey, Status: status,
					Text: "prefix " + key[:20] + " html " + html.EscapeString(key) + " upper " + strings.ToUpper(key) + " rest",
				})
				c := newClient(t, s)
				_, err := query(t.Context(), c, "req", counterparty.INN, []string{inn1})
				requireNoKey(t, err, key)
				requireNoKey(t, fmt.Errorf("wrapped %+v: %w", c, err), key)
			})
		}
	}
}

// rawServer answers each connection with what reply makes of the request's head, which need not be HTTP.
func rawServer(t *testing.T, reply func(head string) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			head := make([]byte, 4096)
			n, _ := conn.Read(head)
			_, _ = io.WriteString(conn, reply(string(head[:n])))
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestNoErrorOfTheTransportRepeatsTheKey(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	line := func(head string) string { return strings.TrimSpace(strings.SplitN(head, "\r\n", 2)[0]) }
	tests := []struct {
		name string
		url  string
		want kontur.Kind
	}{
		{"connection refused", "http://" + closed.Addr().String(), kontur.Unavailable},
		{"TLS against plain HTTP", strings.Replace(rawServer(t, line), "http", "https", 1), kontur.Unavailable},
		{"no HTTP", rawServer(t, line), kontur.Unavailable},
		{"malformed header", rawServer(t, func(head string) string { return "HTTP/1.1 200 OK\r\n" + line(head) + "\r\n\r\n" }), kontur.Unavailable},
		{"malformed target of a redirect", rawServer(t, func(head string) string {
			return "HTTP/1.1 302 Found\r\nLocation: http://[" + line(head) + "\r\nContent-Length: 0\r\n\r\n"
		}), kontur.BadResponse},
		{"key in the status line", rawServer(t, func(head string) string { return "HTTP/1.1 999 " + line(head) + "\r\n\r\n" }), kontur.Unavailable},
		{"JSON that breaks at the key", rawServer(t, func(head string) string { return "HTTP/1.1 200 OK\r\n\r\n[" + line(head) }), kontur.BadResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := konturtest.NewServer(t, konturtest.WithKey(awkwardKey))
			c := newClient(t, s, func(o *kontur.Options) { o.BaseURL = tt.url })
			_, err := query(t.Context(), c, "req", counterparty.INN, []string{inn1})
			requireKind(t, err, tt.want)
			requireNoKey(t, err, awkwardKey)
			_, err = c.Quotas(t.Context())
			requireKind(t, err, tt.want)
			requireNoKey(t, err, awkwardKey)
		})
	}
}

func TestWrongKeyIsToldWithoutIt(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithKey("another-key"))
	c := newClient(t, s, func(o *kontur.Options) { o.Key = secret.New(awkwardKey) })
	_, err := query(t.Context(), c, "req", counterparty.INN, []string{inn1})
	requireKind(t, err, kontur.BadKey)
	requireNoKey(t, err, awkwardKey)
	_, err = c.Quotas(t.Context())
	requireKind(t, err, kontur.BadKey)
	requireNoKey(t, err, awkwardKey)
}

func TestContractThatLacksTheMethodOrIsUsedUp(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 0}))
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
	for _, method := range []string{"req", "sites"} {
		_, err := query(t.Context(), newClient(t, s), method, counterparty.INN, []string{inn1})
		require.Equal(t, 403, requireKind(t, err, kontur.Forbidden).Status)
	}
}
