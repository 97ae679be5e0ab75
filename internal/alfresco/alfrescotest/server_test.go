package alfrescotest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

const (
	searchPath = "/api/-default-/public/search/versions/1/search"
	nodesPath  = "/api/-default-/public/alfresco/versions/1/nodes/"
	ticketPath = "/api/-default-/public/authentication/versions/1/tickets"
)

// response is an answer taken apart: JSON in body, or text.
type response struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// at walks into the body: keys for objects, numbers for lists.
func (r response) at(path ...any) any {
	var v any = r.body
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}

func send(t *testing.T, s *alfrescotest.Server, authorization, method, path, body string) response {
	t.Helper()
	return sendIn(t, s, "", authorization, method, path, body)
}

// sendIn asks in a language, or in none.
func sendIn(t *testing.T, s *alfrescotest.Server, language, authorization, method, path, body string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range map[string]string{"Authorization": authorization, "Accept-Language": language} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	result := response{status: answer.StatusCode, header: answer.Header, text: string(data)}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(data, &result.body), "%s", data)
	}
	return result
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// do sends a request as the default account.
func do(t *testing.T, s *alfrescotest.Server, method, path, body string) response {
	t.Helper()
	return send(t, s, basic(alfrescotest.DefaultUser, alfrescotest.DefaultPassword), method, path, body)
}

func put(t *testing.T, s *alfrescotest.Server, id, properties string) response {
	t.Helper()
	return do(t, s, http.MethodPut, nodesPath+id, `{"properties":`+properties+`}`)
}

func metadata(t *testing.T, s *alfrescotest.Server, id string) response {
	t.Helper()
	return do(t, s, http.MethodGet, "/service/api/metadata?shortQNames=true&nodeRef="+url.QueryEscape("workspace://SpacesStore/"+id), "")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	ticketOf := func(t *testing.T, s *alfrescotest.Server) string {
		r := send(t, s, "", http.MethodPost, ticketPath, `{"userId":"sync","password":"sandbox-password"}`)
		require.Equal(t, http.StatusCreated, r.status)
		require.Equal(t, "sync", r.at("entry", "userId"))
		return r.at("entry", "id").(string)
	}
	tests := []struct {
		name string
		give func(*testing.T, *alfrescotest.Server) string
		want int
	}{
		{"user and password", func(*testing.T, *alfrescotest.Server) string { return basic("sync", "sandbox-password") }, 200},
		{"wrong password", func(*testing.T, *alfrescotest.Server) string { return basic("sync", "x") }, 401},
		{"unknown user", func(*testing.T, *alfrescotest.Server) string { return basic("x", "") }, 401},
		{"nothing", func(*testing.T, *alfrescotest.Server) string { return "" }, 401},
		{"no base64", func(*testing.T, *alfrescotest.Server) string { return "Basic ?" }, 401},
		{"role and ticket", func(t *testing.T, s *alfrescotest.Server) string { return basic("ROLE_TICKET", ticketOf(t, s)) }, 200},
		{"bare ticket", func(t *testing.T, s *alfrescotest.Server) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte(ticketOf(t, s)))
		}, 200},
		{"made-up ticket", func(*testing.T, *alfrescotest.Server) string { return basic("ROLE_TICKET", "TICKET_1") }, 401},
		{"ended ticket", func(t *testing.T, s *alfrescotest.Server) string {
			defer s.ExpireTickets()
			return basic("ROLE_TICKET", ticketOf(t, s))
		}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			r := send(t, s, tt.give(t, s), http.MethodGet, "/api/discovery", "")
			require.Equal(t, tt.want, r.status)
			if tt.want == 401 {
				require.Contains(t, r.text, "<html>", "from before the REST layer")
				require.Nil(t, r.body)
			}
		})
	}
}

func TestTicketEndsAfterATimeWithoutARequest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var mu sync.Mutex
	pass := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	s := alfrescotest.NewServer(t, alfrescotest.WithTicketLife(30*time.Minute), alfrescotest.WithClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}))
	ticket := send(t, s, "", http.MethodPost, ticketPath, `{"userId":"sync","password":"sandbox-password"}`).at("entry", "id").(string)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{29 * time.Minute, 200}, {29 * time.Minute, 200}, {31 * time.Minute, 401}} {
		pass(step.after)
		require.Equal(t, step.want, send(t, s, "", http.MethodGet, "/api/discovery?alf_ticket="+ticket, "").status)
	}
}

func TestTicketRefusals(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	require.Equal(t, 403, send(t, s, "", http.MethodPost, ticketPath, `{"userId":"sync","password":"x"}`).status)
	require.Equal(t, 400, send(t, s, "", http.MethodPost, ticketPath, `{"userId":"sync"}`).status)
}

func TestProbesAndDiscovery(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	const probes = "/api/-default-/public/alfresco/versions/1/probes/"
	require.Equal(t, "readyProbe: Success - Tested", send(t, s, "", http.MethodGet, probes+"-ready-", "").at("entry", "message"))
	require.Equal(t, 200, send(t, s, "", http.MethodGet, probes+"-live-", "").status)
	require.Equal(t, 404, send(t, s, "", http.MethodGet, probes+"-other-", "").status)
	require.Equal(t, false, do(t, s, http.MethodGet, "/api/discovery", "").at("entry", "repository", "status", "isReadOnly"))
	s.SetReadOnly(true)
	require.Equal(t, true, do(t, s, http.MethodGet, "/api/discovery", "").at("entry", "repository", "status", "isReadOnly"))
	lost := do(t, s, http.MethodGet, "/api/elsewhere", "")
	require.Equal(t, 404, lost.status)
	require.Contains(t, lost.text, "<html>")
}

func TestErrorEnvelope(t *testing.T) {
	t.Parallel()
	r := do(t, alfrescotest.NewServer(t), http.MethodGet, nodesPath+"none", "")
	require.Equal(t, 404, r.status)
	require.Equal(t, "framework.exception.EntityNotFound", r.at("error", "errorKey"))
	require.Equal(t, 404.0, r.at("error", "statusCode"))
	require.Regexp(t, `^\d{8} The entity with id: none was not found$`, r.at("error", "briefSummary"))
	require.NotEmpty(t, r.at("error", "stackTrace"))
	require.NotEmpty(t, r.at("error", "descriptionURL"))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	get := func(t *testing.T, s *alfrescotest.Server, id string) int {
		return do(t, s, http.MethodGet, nodesPath+id, "").status
	}
	tests := []struct {
		name string
		give alfrescotest.Fault
		want []int // of reading a, a, b, a
	}{
		{"for ever", alfrescotest.Fault{Status: 503}, []int{503, 503, 503, 503}},
		{"once", alfrescotest.Fault{Status: 503, Times: 1}, []int{503, 200, 200, 200}},
		{"twice, after one", alfrescotest.Fault{Status: 503, Times: 2, Skip: 1}, []int{200, 503, 503, 200}},
		{"one node", alfrescotest.Fault{Status: 409, NodeID: "b"}, []int{200, 200, 409, 200}},
		{"another operation", alfrescotest.Fault{Status: 409, Operation: alfrescotest.Put}, []int{200, 200, 200, 200}},
		{"delay alone", alfrescotest.Fault{Delay: time.Millisecond}, []int{200, 200, 200, 200}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			s.Add(alfrescotest.Node{ID: "a"}, alfrescotest.Node{ID: "b"})
			remove := s.Inject(tt.give)
			require.Equal(t, tt.want, []int{get(t, s, "a"), get(t, s, "a"), get(t, s, "b"), get(t, s, "a")})
			remove()
			require.Equal(t, []int{200, 200}, []int{get(t, s, "a"), get(t, s, "b")})
		})
	}
}

func TestFaultsSpoilTheAnswer(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "a"})
	s.Inject(alfrescotest.Fault{Times: 1, Status: 429, Header: map[string]string{"Retry-After": "3"}})
	r := put(t, s, "a", `{"idocs:kpp":"1"}`)
	require.Equal(t, []any{429, "3"}, []any{r.status, r.header.Get("Retry-After")})
	require.Empty(t, s.Writes(), "not carried out")
	s.Inject(alfrescotest.Fault{Times: 1, HTML: true, After: true})
	r = put(t, s, "a", `{"idocs:kpp":"1"}`)
	require.Equal(t, 200, r.status)
	require.Contains(t, r.text, "<html>")
	require.Len(t, s.Writes(), 1, "carried out")
	s.Inject(alfrescotest.Fault{Cut: true})
	_, err := http.Get(s.URL() + "/api/discovery")
	require.ErrorContains(t, err, "EOF")
}

func TestRecord(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithRecordLimit(4))
	ids := s.Add(alfrescotest.Node{})
	for i := range 9 {
		put(t, s, ids[0], fmt.Sprintf(`{"idocs:kpp":"%d","idocs:okpo":null}`, i))
	}
	writes := s.Writes()
	require.LessOrEqual(t, len(writes), 4)
	require.Equal(t, map[string]any{"idocs:kpp": "8", "idocs:okpo": nil}, writes[len(writes)-1].Properties)
	require.Equal(t, alfrescotest.DefaultUser, writes[0].User)
	require.LessOrEqual(t, len(s.Requests()), 4)
	require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Put: 9}, s.Counts())
	require.Equal(t, 1, s.MaxConcurrent())
	s.Forget()
	require.Empty(t, s.Writes())
	require.Zero(t, s.Count(alfrescotest.Put))
}

func TestCloseEndsSlowAnswers(t *testing.T) {
	t.Parallel()
	s, err := alfrescotest.Start("127.0.0.1:0")
	require.NoError(t, err)
	s.Inject(alfrescotest.Fault{Delay: time.Hour})
	s.OnRequest(func(alfrescotest.Operation, *http.Request) { go s.Close() })
	_, err = http.Get(s.URL() + "/api/discovery")
	require.Error(t, err)
	_, err = alfrescotest.Start("256.0.0.1:0")
	require.Error(t, err)
}

func TestFaultOfKeptConnectionsSparesFreshOnes(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Inject(alfrescotest.Fault{Kept: true, Status: http.StatusTeapot})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	status := func() int {
		r, err := (&http.Client{Transport: transport}).Get(s.URL() + "/api/-default-/public/alfresco/versions/1/probes/-live-")
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, r.Body)
		require.NoError(t, r.Body.Close())
		return r.StatusCode
	}
	require.Equal(t, []int{http.StatusOK, http.StatusTeapot}, []int{status(), status()})
	transport.DisableKeepAlives = true
	require.Equal(t, http.StatusOK, status())
}
