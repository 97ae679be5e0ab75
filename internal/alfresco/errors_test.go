package alfresco_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

func TestSearchTroubleHasItsKind(t *testing.T) {
	t.Parallel()
	after := func(seconds string) map[string]string { return map[string]string{"Retry-After": seconds} }
	tests := []struct {
		name string
		give alfrescotest.Fault
		want alfresco.Error
	}{
		{"connection cut", alfrescotest.Fault{Cut: true}, alfresco.Error{Kind: alfresco.Unavailable}},
		{"failure", alfrescotest.Fault{Status: 500}, alfresco.Error{Kind: alfresco.Unavailable, Status: 500}},
		{"a proxy without Alfresco", alfrescotest.Fault{Status: 502, HTML: true}, alfresco.Error{Kind: alfresco.Unavailable, Status: 502}},
		{"unavailable", alfrescotest.Fault{Status: 503, HTML: true}, alfresco.Error{Kind: alfresco.Unavailable, Status: 503}},
		{"unavailable for a while", alfrescotest.Fault{Status: 503, Header: after("7")},
			alfresco.Error{Kind: alfresco.RateLimited, Status: 503, RetryAfter: 7 * time.Second}},
		{"too many requests", alfrescotest.Fault{Status: 429}, alfresco.Error{Kind: alfresco.RateLimited, Status: 429}},
		{"too many requests, with a wait", alfrescotest.Fault{Status: 429, Header: after("120")},
			alfresco.Error{Kind: alfresco.RateLimited, Status: 429, RetryAfter: 2 * time.Minute}},
		{"too many requests, with a wait in the past", alfrescotest.Fault{Status: 429, Header: after("Mon, 02 Jan 2006 15:04:05 GMT")},
			alfresco.Error{Kind: alfresco.RateLimited, Status: 429}},
		{"too many requests, with nonsense", alfrescotest.Fault{Status: 429, Header: after("-5")}, alfresco.Error{Kind: alfresco.RateLimited, Status: 429}},
		{"not logged in", alfrescotest.Fault{Status: 401, HTML: true}, alfresco.Error{Kind: alfresco.BadCredentials, Status: 401}},
		{"denied", alfrescotest.Fault{Status: 403}, alfresco.Error{Kind: alfresco.AccessDenied, Status: 403}},
		{"denied by a proxy", alfrescotest.Fault{Status: 403, HTML: true}, alfresco.Error{Kind: alfresco.AccessDenied, Status: 403}},
		{"Solr has no such index", alfrescotest.Fault{Status: 404, Summary: "Request failed 404 /solr/alfresco/afts"}, alfresco.Error{Kind: alfresco.Unavailable, Status: 404}},
		{"no such address", alfrescotest.Fault{Status: 404, HTML: true}, alfresco.Error{Kind: alfresco.BadResponse, Status: 404}},
		{"refused query", alfrescotest.Fault{Status: 400}, alfresco.Error{Kind: alfresco.BadRequest, Status: 400}},
		{"redirect", alfrescotest.Fault{Status: 302, Header: map[string]string{"Location": "/login"}}, alfresco.Error{Kind: alfresco.BadResponse, Status: 302}},
		{"a page", alfrescotest.Fault{HTML: true}, alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
		{"no list", alfrescotest.Fault{Body: `{}`}, alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
		{"half an answer", alfrescotest.Fault{Body: `{"list":{"entr`}, alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
		{"an empty answer", alfrescotest.Fault{Status: 204, Body: " "}, alfresco.Error{Kind: alfresco.BadResponse, Status: 204}},
		{"a date that is none", alfrescotest.Fault{Body: `{"list":{"context":{"consistency":{"lastTxId":1}},"entries":[{"entry":{"id":"a","modifiedAt":"soon"}}]}}`},
			alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
		{"Windows-1251", alfrescotest.Fault{Body: "{\"list\":{\"entries\":[{\"entry\":{\"id\":\"a\",\"name\":\"\xcf\xf0\xe8\"}}]}}"}, alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
		{"a status that nobody knows", alfrescotest.Fault{Status: 499, Summary: " "}, alfresco.Error{Kind: alfresco.BadRequest, Status: 499}},
		{"an entry without an id", alfrescotest.Fault{Body: `{"list":{"context":{"consistency":{"lastTxId":1}},"entries":[{"entry":{}}]}}`},
			alfresco.Error{Kind: alfresco.BadResponse, Status: 200}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			addNodes(s, 1)
			tt.give.Operation = alfrescotest.Search
			s.Inject(tt.give)
			_, err := newClient(t, s, nil).NextPage(t.Context(), page(7, 10))
			e := requireKind(t, tt.want.Kind, err)
			require.Equal(t, tt.want.Status, e.Status)
			require.Equal(t, tt.want.RetryAfter, e.RetryAfter)
			require.Equal(t, "search", e.Operation)
			require.NotEmpty(t, e.Summary)
			require.NotContains(t, e.Summary, "<")
			require.ErrorContains(t, err, "after dbid 7")
			require.LessOrEqual(t, s.Count(alfrescotest.Search), 2, "it is asked once whether any search goes through, and no more")
		})
	}
}

func TestMetadataTroubleHasItsKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give alfrescotest.Fault
		want alfresco.Kind
	}{
		{"blocked by a proxy", alfrescotest.Fault{Status: 404, HTML: true}, alfresco.BadResponse},
		{"denied", alfrescotest.Fault{Status: 403, HTML: true}, alfresco.AccessDenied},
		{"failed", alfrescotest.Fault{Status: 500, HTML: true}, alfresco.Unavailable},
		{"without a dbid", alfrescotest.Fault{Body: `{"properties":{"cm:name":"n"}}`}, alfresco.BadResponse},
		{"with half a dbid", alfrescotest.Fault{Body: `{"properties":{"sys:node-dbid":1.5}}`}, alfresco.BadResponse},
		{"nothing", alfrescotest.Fault{Body: `null`}, alfresco.BadResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			addNodes(s, 1)
			tt.give.Operation = alfrescotest.Metadata
			s.Inject(tt.give)
			_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
			require.Equal(t, "metadata", requireKind(t, tt.want, err).Operation)
		})
	}
}

func TestNoAnswerInTimeIsUnavailable(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Inject(alfrescotest.Fault{Delay: time.Minute})
	c := newClient(t, s, func(o *alfresco.Options) { o.Timeout = 20 * time.Millisecond })
	_, err := c.NextPage(t.Context(), page(0, 10))
	e := requireKind(t, alfresco.Unavailable, err)
	require.Equal(t, "no answer within 20ms", e.Summary)
}

func TestNoServerIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	c, err := alfresco.New(alfresco.Options{BaseURL: "http://" + address + "/alfresco/", User: "u", Password: secret.New("p-w-d")})
	require.NoError(t, err)
	_, err = c.NextPage(t.Context(), page(0, 10))
	e := requireKind(t, alfresco.Unavailable, err)
	require.Contains(t, e.Summary, "refused")
	var network *net.OpError
	require.ErrorAs(t, err, &network)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := alfrescotest.NewServer(t)
	s := alfrescotest.NewServer(t)
	s.Inject(alfrescotest.Fault{Status: http.StatusTemporaryRedirect, Header: map[string]string{
		"Location": elsewhere.URL() + "/api/-default-/public/search/versions/1/search"}})
	_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
	requireKind(t, alfresco.BadResponse, err)
	require.Empty(t, elsewhere.Requests())
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	chunk := []byte(strings.Repeat(" ", 1<<20))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range alfresco.MaxBodyBytes>>20 + 8 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	c, err := alfresco.New(alfresco.Options{BaseURL: s.URL + "/alfresco", User: "u", Password: secret.New("p-w-d")})
	require.NoError(t, err)
	_, err = c.NextPage(t.Context(), page(0, 10))
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Summary, "64 MB")
}

func TestSecretsAreInNoError(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		const password = "pass/word+\"1"
		encoded := base64.StdEncoding.EncodeToString([]byte("sync:" + password))
		for _, auth := range []alfresco.Auth{alfresco.Basic, alfresco.Ticket} {
			for _, fault := range []alfrescotest.Fault{
				{Cut: true},
				{Status: 401, Summary: "user sync with " + password},
				{Status: 403, Summary: "user sync with " + password},
				{Status: 500, Key: password, Summary: "Basic " + encoded + " " + password + " TICKET_0000000000000000000000000000000000000001"},
				{Status: 400, Summary: "body {\"password\":\"" + password + "\"} Authorization: Basic " + encoded},
				{Status: 409, Summary: encoded},
				{Status: 500, Summary: strings.Repeat("x", 195) + password},
				{Status: 500, Summary: `{"password":"pass/word+\"1"}`},
				{HTML: true},
				{Body: message("Exception "+password, "user sync with "+password+" "+encoded)},
				{Body: `{"entry":{"id":"` + password},
			} {
				for _, op := range []alfrescotest.Operation{"", v.write, v.search} {
					s := v.server(t, alfrescotest.WithUser("sync", password))
					ids := addNodes(s, 1)
					fault.Operation = op
					s.Inject(fault)
					c := v.client(t, s, func(o *alfresco.Options) { o.Auth, o.Password = auth, secret.New(password) })
					updates, err1 := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
					_, err2 := c.NextPage(t.Context(), page(0, 10))
					_, err3 := c.Check(t.Context(), contractor)
					var out strings.Builder
					for _, err := range []error{err1, err2, err3} {
						fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err)
						for e, ok := err.(interface{ Unwrap() error }); ok; e, ok = e.Unwrap().(interface{ Unwrap() error }) {
							fmt.Fprintf(&out, "%+v %#v\n", e, e)
						}
					}
					for _, r := range updates {
						fmt.Fprintf(&out, "%+v\n", r.Refusal)
					}
					fmt.Fprintf(&out, "%v %+v %#v", c, c, *c)
					for _, hidden := range []string{password, `pass/word`, "xpas", encoded, "TICKET_00", base64.StdEncoding.EncodeToString([]byte("ROLE_TICKET:TICKET_"))[:20]} {
						require.NotContains(t, out.String(), hidden)
					}
				}
			}
		}
	})
}
