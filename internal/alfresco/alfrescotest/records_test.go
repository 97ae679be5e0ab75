package alfrescotest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

const (
	recordsPath = "/s/citeck/ecos/records/"
	ref         = "alfresco/@workspace://SpacesStore/"
)

// records sends a request of the Records API; @ in the body stands for what comes before a node's id.
func records(t *testing.T, s *alfrescotest.Server, call, body string) response {
	t.Helper()
	r := do(t, s, http.MethodPost, recordsPath+call, strings.ReplaceAll(body, "@", ref))
	require.Equal(t, 200, r.status, r.text)
	return r
}

func newRecords(t *testing.T, u alfrescotest.Unsure) *alfrescotest.Server {
	t.Helper()
	return alfrescotest.NewServer(t, alfrescotest.WithRecords(u))
}

func TestRecordsAreMissingInAStockAlfresco(t *testing.T) {
	t.Parallel()
	require.Equal(t, 404, do(t, alfrescotest.NewServer(t), http.MethodPost, recordsPath+"query", `{}`).status)
}

func TestRecordsQueryShowsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	s.Add(alfrescotest.Node{ID: "n", Dbid: 500, Name: "Name", ReadOnly: true, Properties: map[string]any{
		"idocs:inn": "0012345673", "idocs:contractorType": []string{"vendor", "customer"}, "idocs:contractorID": 7}})
	tests := []struct {
		ask  string
		want any
	}{
		{"sys:node-dbid?num", 500.0},
		{"idocs:inn", "0012345673"},
		{"idocs:inn?str", "0012345673"},
		{"idocs:inn[]?str", []any{"0012345673"}},
		{"idocs:kpp?str", nil},
		{"idocs:kpp[]?str", []any{}},
		{"idocs:contractorType", "Label of vendor"},
		{"idocs:contractorType?str", "vendor"},
		{"idocs:contractorType[]?str", []any{"vendor", "customer"}},
		{"idocs:contractorID?str", "7"},
		{"idocs:contractorID?num", 7.0},
		{"idocs:inn?num", 12345673.0},
		{"idocs:nonsense[]?str", []any{}},
		{"TYPE?str", "idocs:contractor"},
		{"cm:name?str", "Name"},
		{"_notExists?bool", false},
		{"permissions._has.Write?bool", false},
	}
	for _, tt := range tests {
		t.Run(tt.ask, func(t *testing.T) {
			t.Parallel()
			r := records(t, s, "query", `{"version":1,"records":["@n","@gone"],"attributes":{"a":"`+tt.ask+`","gone":"_notExists?bool"}}`)
			require.Equal(t, ref+"n", r.at("records", 0, "id"))
			require.Equal(t, tt.want, r.at("records", 0, "attributes", "a"))
			require.Equal(t, true, r.at("records", 1, "attributes", "gone"))
		})
	}
}

func TestRecordsQuerySearchesTheIndex(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	letters(s, 5)
	query := func(conditions, more string) response {
		return records(t, s, "query", `{"version":1,"attributes":{},"query":{"sourceId":"alfresco/","language":"predicate","query":{"t":"and","val":[
			{"t":"eq","att":"TYPE","val":"idocs:contractor"}`+conditions+`]},"page":{"maxItems":10,"skipCount":0}`+more+`}}`)
	}
	const sorted = `,"sortBy":[{"attribute":"sys:node-dbid","ascending":true}]`
	first, _ := s.Get("a")
	require.Equal(t, int64(101), first.Dbid)
	tests := []struct{ name, conditions, more, want string }{
		{"exclusive", `,{"t":"gt","att":"sys:node-dbid","val":102}`, sorted, "cde"},
		{"inclusive", `,{"t":"ge","att":"sys:node-dbid","val":102}`, sorted, "bcde"},
		{"between", `,{"t":"gt","att":"sys:node-dbid","val":101},{"t":"le","att":"sys:node-dbid","val":103}`, sorted, "bc"},
		{"below", `,{"t":"lt","att":"sys:node-dbid","val":103}`, sorted, "ab"},
		{"descending", `,{"t":"gt","att":"sys:node-dbid","val":0}`, `,"sortBy":[{"attribute":"sys:node-dbid","ascending":false}]`, "edcba"},
		{"by date", `,{"t":"ge","att":"cm:created","val":"1970-01-01T00:00:00Z"}`, sorted, "abcde"},
	}
	for _, tt := range tests {
		r := query(tt.conditions, tt.more)
		var got strings.Builder
		list, _ := r.at("records").([]any)
		for _, record := range list {
			got.WriteString(strings.TrimPrefix(record.(map[string]any)["id"].(string), ref))
		}
		require.Equal(t, tt.want, got.String(), tt.name)
		require.Equal(t, float64(len(tt.want)), r.at("totalCount"))
	}
	for _, conditions := range []string{
		"", `,{"t":"gt","att":"sys:node-dbid","val":"102"}`, `,{"t":"like","att":"idocs:inn","val":"1"}`, `,{"t":"ge","att":"cm:created","val":"soon"}`,
	} {
		require.Equal(t, "ERROR", query(conditions, sorted).at("messages", 0, "level"), conditions)
	}
	require.Equal(t, "ERROR", query(`,{"t":"gt","att":"sys:node-dbid","val":1}`, `,"consistency":"TRANSACTIONAL"`).at("messages", 0, "level"))
}

func TestRecordsMutateIsOneTransaction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give, class string
	}{
		{"read-only", `"idocs:kpp":"1"`, "AccessDeniedException"},
		{"locked", `"idocs:kpp":"1"`, "NodeLockedException"},
		{"gone", `"idocs:kpp":"1"`, "InvalidNodeRefException"},
		{"constraint", `"idocs:email":"no address"`, "IntegrityException"},
		{"type", `"idocs:contractorID":"abc"`, "TypeConversionException"},
		{"U+0000", `"idocs:kpp":"1\u0000"`, "PersistenceException"},
		{"name", `"cm:name":"taken"`, "DuplicateChildNodeNameException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newRecords(t, alfrescotest.Unsure{})
			s.Add(alfrescotest.Node{ID: "good"}, alfrescotest.Node{ID: "holder", Name: "taken"})
			if tt.name != "gone" {
				s.Add(alfrescotest.Node{ID: "bad", ReadOnly: tt.name == "read-only", Locked: tt.name == "locked"})
			}
			const good = `{"id":"@good","attributes":{"idocs:kpp":"1"}}`
			r := records(t, s, "mutate", `{"version":1,"records":[`+good+`,{"id":"@bad","attributes":{`+tt.give+`}}]}`)
			require.Equal(t, "ERROR", r.at("messages", 0, "level"))
			require.Equal(t, tt.class, r.at("messages", 0, "msg", "type"))
			require.Equal(t, ref+"good", r.at("records", 0, "id"), "ids are echoed")
			require.Empty(t, s.Writes())
			n, _ := s.Get("good")
			require.Empty(t, n.Properties)

			r = records(t, s, "mutate", `{"version":1,"records":[`+good+`]}`)
			require.Empty(t, r.at("messages"))
			require.Len(t, s.Writes(), 1)
		})
	}
}

func TestRecordsMutateSkipsInSilence(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	s.Add(alfrescotest.Node{ID: "n", Protected: []string{"idocs:kpp"}, Properties: map[string]any{
		"idocs:kpp": "8", "idocs:okpo": "1", "idocs:inn": "7", "idocs:contractorID": 5, "idocs:currencyEnabled": true}})
	r := records(t, s, "mutate", `{"version":1,"records":[{"id":"@n","attributes":{
		"idocs:kpp":"9","idocs:nonsense":"1","idocs:okpo":"","idocs:inn":null,"idocs:contractorID":"","idocs:currencyEnabled":""}}]}`)
	require.Empty(t, r.at("messages"))
	n, _ := s.Get("n")
	require.Equal(t, map[string]any{"idocs:kpp": "8", "idocs:okpo": ""}, n.Properties, "an empty text stays in texts and clears all else")
}

func TestRecordsOfWhatMayNotBeReadAreUnsure(t *testing.T) {
	t.Parallel()
	const body = `{"version":1,"records":["@good","@secret"],"attributes":{"dbid":"sys:node-dbid?num","gone":"_notExists?bool"}}`
	for _, hide := range []bool{false, true} {
		s := newRecords(t, alfrescotest.Unsure{HideForbidden: hide})
		s.Add(alfrescotest.Node{ID: "good"}, alfrescotest.Node{ID: "secret", Forbidden: true})
		r := records(t, s, "query", body)
		if !hide {
			require.Equal(t, "AccessDeniedException", r.at("messages", 0, "msg", "type"))
			require.Empty(t, r.at("records", 0, "attributes"))
			continue
		}
		require.Equal(t, 101.0, r.at("records", 0, "attributes", "dbid"))
		require.Equal(t, map[string]any{"dbid": nil, "gone": false}, r.at("records", 1, "attributes"))
	}
}

func TestRecordsWithoutAVersionAnswerInTheOldForm(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	for _, call := range []string{"query", "mutate"} {
		r := records(t, s, call, `{"records":[]}`)
		require.Nil(t, r.at("messages"))
		require.NotNil(t, r.at("errors"))
	}
}

func TestRecordsRefuseMisspeltFields(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{PlainMessages: true})
	r := records(t, s, "query", `{"version":1,"recrods":[]}`)
	require.Equal(t, "JsonMappingException", r.at("messages", 0, "type"))
}

func TestFaultsHitAnyNodeOfABatch(t *testing.T) {
	t.Parallel()
	s := newRecords(t, alfrescotest.Unsure{})
	s.Add(alfrescotest.Node{ID: "a"}, alfrescotest.Node{ID: "b"}, alfrescotest.Node{ID: "ab"})
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Mutate, NodeID: "b", Body: `{"hit":true}`})
	mutate := func(ids ...string) response {
		var list []string
		for _, id := range ids {
			list = append(list, `{"id":"@`+id+`","attributes":{"idocs:kpp":"1"}}`)
		}
		return records(t, s, "mutate", `{"version":1,"records":[`+strings.Join(list, ",")+`]}`)
	}
	require.NotContains(t, mutate("a", "ab").text, "hit")
	require.Contains(t, mutate("a", "b").text, "hit")
}
