package contract_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

const (
	contractor = "idocs:contractor"
	publicPath = "/alfresco/api/-default-/public"
	nodesPath  = publicPath + "/alfresco/versions/1/nodes/"
)

// TestClientAndSimulator lets the client do everything that it can, and holds each exchange against the definitions.
func TestClientAndSimulator(t *testing.T) {
	t.Parallel()
	d := loadDefinitions(t)
	for _, auth := range []alfresco.Auth{alfresco.Basic, alfresco.Ticket} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			server := alfrescotest.NewServer(t)
			ids := server.Add(
				alfrescotest.Node{Properties: map[string]any{"idocs:inn": "0012345673", "idocs:fullOrganizationName": "Example"}},
				alfrescotest.Node{Properties: map[string]any{"idocs:kpp": "001201001", "idocs:contractorType": []any{"vendor"}}},
				alfrescotest.Node{}, // without any property
				alfrescotest.Node{Locked: true},
				alfrescotest.Node{ReadOnly: true},
				alfrescotest.Node{},
			)
			r := record(t, server.URL())
			client := newClient(t, r, auth)

			_, err := client.Check(t.Context(), contractor)
			require.NoError(t, err)
			page, err := client.NextPage(t.Context(), alfresco.PageRequest{NodeType: contractor, Max: 100})
			require.NoError(t, err)
			require.Len(t, page.Nodes, len(ids))
			_, err = client.NextPage(t.Context(), alfresco.PageRequest{NodeType: contractor, After: page.LastDbid, Max: 100})
			require.NoError(t, err)
			server.Delete(ids[5])
			changes := map[string]any{"idocs:kpp": "001201001", "idocs:okato": nil, "idocs:contractorType": []any{"customer", "vendor"}}
			updates, err := client.Update(t.Context(), ids, nil, alfresco.Decide(func(alfresco.Node) map[string]any { return changes }))
			require.NoError(t, err)
			require.Equal(t, []bool{true, true, true, false, false, false}, written(updates))

			requireContract(t, d, r.recorded())
			want := map[string]int{"search": 1, "nodes": 1, "discovery": 1}
			if auth == alfresco.Ticket {
				want["tickets"] = 1
			}
			for part, least := range want {
				require.GreaterOrEqual(t, count(r.recorded(), part), least, part)
			}
			require.Subset(t, statuses(r.recorded()), []int{200, 403, 404, 409})
		})
	}
}

// TestRefusalsOfTheSimulator sends what the client never would.
func TestRefusalsOfTheSimulator(t *testing.T) {
	t.Parallel()
	const missing = "00000000-0000-4000-8000-00000000ffff"
	tests := []struct {
		name         string
		method, path string
		body         string
		anonymous    bool
		// breaks: the request itself is against the definitions.
		breaks bool
		want   int
	}{
		{name: "node that is not there", method: "GET", path: nodesPath + missing, want: 404},
		{name: "update of a node that is not there", method: "PUT", path: nodesPath + missing, body: `{"properties":{"idocs:kpp":"1"}}`, want: 404},
		{name: "unknown property", method: "PUT", path: nodesPath + "{node}", body: `{"properties":{"idocs:xyz":"1"}}`, want: 400},
		{name: "property of the system", method: "PUT", path: nodesPath + "{node}", body: `{"properties":{"sys:node-dbid":1}}`, want: 400},
		{name: "value against a constraint", method: "PUT", path: nodesPath + "{node}", body: `{"properties":{"idocs:email":"no mail"}}`, want: 422},
		{name: "nobody", method: "GET", path: nodesPath + "{node}", anonymous: true, breaks: true, want: 401},
		{name: "unknown include", method: "POST", path: searchPath, body: `{"query":{"query":"TYPE:\"idocs:contractor\""},"include":["dbid"]}`, breaks: true, want: 400},
		{name: "paging without maxItems", method: "POST", path: searchPath, body: `{"query":{"query":"TYPE:\"idocs:contractor\""},"paging":{"skipCount":0}}`, want: 400},
		{name: "query with wrong brackets", method: "POST", path: searchPath, body: `{"query":{"query":"sys:node\\-dbid:{100 TO MAX]"}}`, want: 400},
		{name: "wrong password", method: "POST", path: ticketsPath, body: `{"userId":"sync","password":"wrong"}`, want: 403},
		{name: "login without password", method: "POST", path: ticketsPath, body: `{"userId":"sync"}`, want: 400},
		{name: "include of the server's own", method: "POST", path: searchPath, body: `{"query":{"query":"TYPE:\"idocs:contractor\""},"include":["permissions","association","aspectNames","isLocked"]}`, want: 200},
		{name: "node with everything", method: "GET", path: nodesPath + "{node}", want: 200},
		{name: "readiness", method: "GET", path: publicPath + "/alfresco/versions/1/probes/-ready-", anonymous: true, want: 200},
	}
	d := loadDefinitions(t)
	server := alfrescotest.NewServer(t)
	node := server.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": "0012345673"}})[0]
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := record(t, server.URL())
			request, err := http.NewRequestWithContext(t.Context(), tt.method, r.URL+strings.ReplaceAll(tt.path, "{node}", node), strings.NewReader(tt.body))
			require.NoError(t, err)
			if tt.body != "" {
				request.Header.Set("Content-Type", "application/json")
			}
			if !tt.anonymous {
				request.SetBasicAuth(alfrescotest.DefaultUser, alfrescotest.DefaultPassword)
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, tt.want, response.StatusCode)
			exchanges := r.recorded()
			exchanges[0].wrongOnPurpose = tt.breaks
			requireContract(t, d, exchanges)
		})
	}
}

const (
	searchPath  = publicPath + "/search/versions/1/search"
	ticketsPath = publicPath + "/authentication/versions/1/tickets"
)

// TestCheckFindsBreaches proves that the comparison can fail.
func TestCheckFindsBreaches(t *testing.T) {
	t.Parallel()
	const node = `"id":"1","name":"Example","nodeType":"idocs:contractor","isFolder":false,"isFile":true,` +
		`"createdByUser":{"id":"a","displayName":"A"},"modifiedByUser":{"id":"a","displayName":"A"},"createdAt":"2026-01-02T03:04:05.678+0000"`
	tests := []struct {
		name                       string
		method, path, body, answer string
		want                       string
	}{
		{name: "misspelt field of a request", method: "POST", path: searchPath, body: `{"query":{"query":"a"},"pageing":{}}`, answer: `{"list":{}}`, want: `"pageing" is unsupported`},
		{name: "field of a wrong type", method: "POST", path: searchPath, body: `{"query":{"query":1}}`, answer: `{"list":{}}`, want: "value must be a string"},
		{name: "missing field of a request", method: "POST", path: searchPath, body: `{}`, answer: `{"list":{}}`, want: `"query" is missing`},
		{name: "missing field of an answer", method: "GET", path: nodesPath + "1", answer: `{"entry":{` + node + `}}`, want: `"modifiedAt" is missing`},
		{name: "unknown field of an answer", method: "GET", path: nodesPath + "1", answer: `{"entry":{` + node + `,"modifiedAt":"2026-01-02T03:04:05.678+0000","dbid":1}}`, want: `"dbid" is unsupported`},
		{name: "time of another form", method: "GET", path: nodesPath + "1", answer: `{"entry":{` + node + `,"modifiedAt":"2026-01-02T03:04:05Z"}}`, want: "date-time"},
		{name: "forbidden name", method: "GET", path: nodesPath + "1", answer: `{"entry":{` + strings.Replace(node, "Example", `Exa:mple`, 1) + `,"modifiedAt":"2026-01-02T03:04:05.678+0000"}}`, want: "match the regular expression"},
		{name: "path that nobody knows", method: "GET", path: publicPath + "/alfresco/versions/1/contractors", answer: `{}`, want: "not in the definitions"},
	}
	d := loadDefinitions(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), tt.method, "http://127.0.0.1"+tt.path, strings.NewReader(tt.body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/json")
			request.SetBasicAuth("sync", "sync")
			err = d.check(t.Context(), exchange{
				request: request, requestBody: []byte(tt.body), status: http.StatusOK,
				header: http.Header{"Content-Type": {"application/json"}}, answerBody: []byte(tt.answer),
			})
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func newClient(t *testing.T, r *recorder, auth alfresco.Auth) *alfresco.Client {
	t.Helper()
	c, err := alfresco.New(alfresco.Options{
		BaseURL:  r.URL + "/alfresco",
		User:     alfrescotest.DefaultUser,
		Password: secret.New(alfrescotest.DefaultPassword),
		Auth:     auth,
	})
	require.NoError(t, err)
	return c
}

func requireContract(t *testing.T, d definitions, exchanges []exchange) {
	t.Helper()
	require.NotEmpty(t, exchanges)
	for _, e := range exchanges {
		if !isUnpublished(e.request.URL.Path) {
			require.NoError(t, d.check(t.Context(), e))
		}
	}
}

func written(updates []alfresco.Updated) []bool {
	var all []bool
	for _, r := range updates {
		all = append(all, r.Written)
	}
	return all
}

func count(exchanges []exchange, part string) (n int) {
	for _, e := range exchanges {
		if strings.Contains(e.request.URL.Path, "/"+part) {
			n++
		}
	}
	return n
}

func statuses(exchanges []exchange) (all []int) {
	for _, e := range exchanges {
		all = append(all, e.status)
	}
	return all
}
