package exchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/secret"
)

const theKey = "abcdef-0123-ghijkl-4567"

// recorded sends a request through a recorder to a server that answers so, and returns what was kept.
func recorded(t *testing.T, system, method, url, body string, status int, answer string) exchange.Exchange {
	t.Helper()
	r := exchange.NewRecorder(time.Now, []secret.Value{secret.New(theKey)})
	transport := r.Transport(system)(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"7"}, "Set-Cookie": {"JSESSIONID=1"}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
	}))
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Basic c3luYzpwYXNz")
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	whole, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, answer, string(whole), "the client gets what was answered")
	require.Len(t, r.Exchanges(), 1)
	return r.Exchanges()[0]
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, system, method, url, body string
		status                          int
		answer                          string
		want, not                       []string
	}{
		{"a login", exchange.Alfresco, "POST", "https://ecm.corp.example/x/alfresco/api/-default-/public/authentication/versions/1/tickets", `{"userId":"sync","password":"pa55word"}`, 201, `{"entry":{"id":"TICKET_0123abc","userId":"sync"}}`,
			[]string{`"path":"/api/-default-/public/authentication/versions/1/tickets"`, "TICKET_masked", `"body":{}`}, []string{"pa55word", "0123abc", `"sync"`, "ecm.corp", "JSESSIONID", "c3luYzpwYXNz"}},
		{"a condition", exchange.Alfresco, "POST", "https://hq/alfresco/api/-default-/public/search/versions/1/search", `{"query":{"language":"afts","query":"TYPE:\"idocs:contractor\" AND sys:node\\-dbid:<987654321 TO MAX] AND (idocs:inn:\"7736050003\" OR sys:node\\-uuid:\"3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d\")"}}`, 200, `{"list":{"pagination":{"totalItems":12}}}`,
			[]string{`TYPE:\"idocs:contractor\" AND sys:node\\-dbid:<`, ` TO MAX] AND (idocs:inn:\"00`, `"totalItems":12`}, []string{"987654321", "7736050003", "3fa2b0c4"}},
		{"a predicate", exchange.Alfresco, "POST", "https://hq/alfresco/s/citeck/ecos/records/query", `{"query":{"t":"and","val":[{"t":"eq","att":"TYPE","val":"idocs:contractor"},{"t":"gt","att":"sys:node-dbid","val":987654321},{"t":"eq","att":"idocs:inn","val":"7736050003"}]}}`, 200, `{"records":[{"id":"alfresco/@workspace://SpacesStore/3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d","attributes":{"dbid":987654321,"idocs:inn":["7736050003"],"type":"idocs:contractor"}}]}`,
			[]string{`"idocs:contractor"`, `"alfresco/@workspace://SpacesStore/`, `"att":"sys:node-dbid"`}, []string{"987654321", "7736050003", "3fa2b0c4"}},
		{"a refusal", exchange.Alfresco, "GET", "https://hq/alfresco/api/-default-/public/alfresco/versions/1/nodes/3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d", "", 404, `{"error":{"errorKey":"framework.exception.EntityNotFound","statusCode":404,"briefSummary":"08250008 The entity with id: 3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d was not found at http://solr.corp.example:8983/x or db7.corp.example"}}`,
			[]string{"framework.exception.EntityNotFound", "The entity with id: ", "was not found", `"Retry-After":"7"`}, []string{"3fa2b0c4", "solr.corp", "db7"}},
		{"a proxy's page", exchange.Alfresco, "GET", "https://hq/alfresco/api/discovery", "", 502, "<html>proxy7.corp.example</html>", []string{"a web page"}, []string{"proxy7"}},
		{"words about a key", exchange.Kontur, "GET", "https://focus.corp.example/api3/req?inn=7736050003,1027700070518", "", 403, "No valid key specified: abcdef-0123-ghijkl",
			[]string{`"path":"/api3/req"`, "No valid key specified"}, []string{"ghijkl", "0123", "7736050003", "1027700070518"}},
		{"an item", exchange.Kontur, "GET", "https://hq/api3/req?inn=7736050003", "", 200, `[{"inn":"7736050003","UL":{"kpp":"781401001","sum":5654097,"date":"2018-01-12","dissolved":true,"none":null}}]`,
			[]string{`"UL"`, `"2018-01-12"`, `"dissolved":true`, `"none":null`}, []string{"781401001", "5654097"}},
		{"the contract", exchange.Kontur, "GET", "https://hq/api3/stat", "", 200, `[{"methodName":"api3/req","limit":5000}]`, []string{`"api3/req"`, "5000"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			require.NoError(t, encoder.Encode(recorded(t, tt.system, tt.method, tt.url, tt.body, tt.status, tt.answer)))
			for _, want := range tt.want {
				require.Contains(t, b.String(), want)
			}
			for _, hidden := range tt.not {
				require.NotContains(t, b.String(), hidden)
			}
		})
	}
}

func TestWhatStillShowsASecretGoesAsAWhole(t *testing.T) {
	t.Parallel()
	e := recorded(t, exchange.Kontur, "GET", "https://hq/api3/stat", "", 200, `[{"methodName":"`+theKey+`"}]`)
	require.Empty(t, e.Answer)
	require.Equal(t, 200, e.Status)
}

func TestARequestWithoutAnswerIsKept(t *testing.T) {
	t.Parallel()
	r := exchange.NewRecorder(time.Now, nil)
	broken := errors.New("dial tcp: lookup ecm.corp.example")
	request, err := http.NewRequest("GET", "https://ecm.corp.example/alfresco/api/discovery", nil)
	require.NoError(t, err)
	_, err = r.Transport(exchange.Alfresco)(roundTrip(func(*http.Request) (*http.Response, error) { return nil, broken })).RoundTrip(request)
	require.ErrorIs(t, err, broken)
	require.Equal(t, exchange.Exchange{System: exchange.Alfresco, Method: "GET", Path: "/api/discovery", Header: map[string]string{}}, r.Exchanges()[0])
}

func TestOnlyARecordingIsRead(t *testing.T) {
	t.Parallel()
	for _, give := range []string{"", "{}", `{"format":"counterparty-sync exchanges","version":2}`, "no JSON"} {
		_, err := exchange.Read(strings.NewReader(give))
		require.ErrorContains(t, err, "not a recording")
	}
	_, err := exchange.Read(strings.NewReader(`{"format":"counterparty-sync exchanges","version":1}` + "\n{\"system\":1}"))
	require.ErrorContains(t, err, "exchange 1")
}
