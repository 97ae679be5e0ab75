package alfrescotest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

func TestGetShowsPropertiesAndAspects(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n", Properties: map[string]any{"idocs:inn": "0012345673"}})
	r := do(t, s, http.MethodGet, nodesPath+"n", "")
	require.Equal(t, 200, r.status)
	require.Equal(t, map[string]any{"idocs:inn": "0012345673"}, r.at("entry", "properties"))
	require.Contains(t, r.at("entry", "aspectNames"), "idocs:publicRegInfo")
	require.Equal(t, false, do(t, s, http.MethodGet, nodesPath+"n?include=isLocked,path", "").at("entry", "isLocked"))
	require.Equal(t, 400, do(t, s, http.MethodGet, nodesPath+"n?include=properties/sys:node-dbid", "").status)
}

func TestPutChangesOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       map[string]any
	}{
		{"sets", `{"idocs:okpo":"1"}`, map[string]any{"idocs:inn": "7", "idocs:kpp": "8", "idocs:okpo": "1"}},
		{"null unsets", `{"idocs:kpp":null}`, map[string]any{"idocs:inn": "7"}},
		{"an empty text reads back as absent", `{"idocs:kpp":""}`, map[string]any{"idocs:inn": "7"}},
		{"texts are made of numbers", `{"idocs:kpp":1234567}`, map[string]any{"idocs:inn": "7", "idocs:kpp": "1234567"}},
		{"numbers are made of texts", `{"idocs:contractorID":"5"}`, map[string]any{"idocs:inn": "7", "idocs:kpp": "8", "idocs:contractorID": 5.0}},
		{"lists are made of one value", `{"idocs:contractorType":"vendor"}`,
			map[string]any{"idocs:inn": "7", "idocs:kpp": "8", "idocs:contractorType": []any{"vendor"}}},
		{"dates get the form of the API", `{"icase:caseStatusChangedDateTime":"2026-01-02T06:04:05+03:00"}`,
			map[string]any{"idocs:inn": "7", "idocs:kpp": "8", "icase:caseStatusChangedDateTime": "2026-01-02T03:04:05.000+0000"}},
		{"truth values", `{"idocs:currencyEnabled":false}`, map[string]any{"idocs:inn": "7", "idocs:kpp": "8", "idocs:currencyEnabled": false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			s.Add(alfrescotest.Node{ID: "n", Properties: map[string]any{"idocs:inn": "7", "idocs:kpp": "8"}})
			r := put(t, s, "n", tt.give)
			require.Equal(t, 200, r.status, r.text)
			require.Equal(t, tt.want, r.at("entry", "properties"))
			require.Equal(t, tt.want, do(t, s, http.MethodGet, nodesPath+"n", "").at("entry", "properties"))
		})
	}
}

func TestPutStoresAnEmptyText(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n"})
	put(t, s, "n", `{"idocs:kpp":""}`)
	n, _ := s.Get("n")
	require.Equal(t, map[string]any{"idocs:kpp": ""}, n.Properties)
	require.Equal(t, "", metadata(t, s, "n").at("properties", "idocs:kpp"))
}

func TestPutRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, node, give string
		want             int
		key              string
	}{
		{"an unknown property", "n", `{"idocs:xyz":"1"}`, 400, "Unknown property: idocs:xyz"},
		{"an unknown prefix", "n", `{"x:inn":"1"}`, 400, "Unknown property: x:inn"},
		{"the dbid", "n", `{"sys:node-dbid":1}`, 400, "framework.exception.ApiDefault"},
		{"the date of change", "n", `{"cm:modified":"2026-01-02T03:04:05.678+0000"}`, 400, "framework.exception.ApiDefault"},
		{"a number that is none", "n", `{"idocs:contractorID":"abc"}`, 400, `For input string: "abc"`},
		{"a date that is none", "n", `{"icase:caseStatusChangedDateTime":"soon"}`, 400, "Failed to convert string to date"},
		{"several values for one", "n", `{"idocs:inn":["1","2"]}`, 400, "Property idocs:inn takes one value"},
		{"a broken address", "n", `{"idocs:email":"nobody"}`, 422, "Integrity failure: idocs:email does not match the regular expression"},
		{"a value outside of a list", "n", `{"idocs:contractorType":["friend"]}`, 422, "Integrity failure: idocs:contractorType has a value that is not in the list"},
		{"what PostgreSQL can't keep", "n", `{"idocs:fullOrganizationName":"a\u0000"}`, 500, "framework.exception.ApiDefault"},
		{"a form error before what PostgreSQL can't keep", "n", `{"idocs:fullOrganizationName":"a\u0000","idocs:xyz":"1"}`, 400, "Unknown property: idocs:xyz"},
		{"no name", "n", `{"cm:name":null}`, 422, "Mandatory property not set: cm:name"},
		{"a name that no file may have", "n", `{"cm:name":"a/b"}`, 422, "Integrity failure: cm:name does not match the regular expression"},
		{"a name that is taken", "n", `{"cm:name":"locked"}`, 409, "framework.exception.ApiDefault"},
		{"a form error before a broken constraint", "n", `{"idocs:email":"nobody","idocs:xyz":"1"}`, 400, "Unknown property: idocs:xyz"},
		{"no such node", "none", `{"idocs:inn":"1"}`, 404, "framework.exception.EntityNotFound"},
		{"no right to write", "readonly", `{"idocs:inn":"1"}`, 403, "framework.exception.PermissionDenied"},
		{"no right to read", "forbidden", `{"idocs:inn":"1"}`, 403, "framework.exception.PermissionDenied"},
		{"a lock", "locked", `{"idocs:inn":"1"}`, 409, "framework.exception.ApiDefault"},
	}
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n"}, alfrescotest.Node{ID: "readonly", ReadOnly: true}, alfrescotest.Node{ID: "forbidden", Forbidden: true},
		alfrescotest.Node{ID: "locked", Name: "locked", Locked: true})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := put(t, s, tt.node, tt.give)
			require.Equal(t, tt.want, r.status)
			require.Equal(t, tt.key, r.at("error", "errorKey"))
		})
	}
	require.Empty(t, s.Writes())
	require.Equal(t, 400, do(t, s, http.MethodPut, nodesPath+"n", `{"props":{}}`).status, "an unknown field")
	require.Equal(t, 200, put(t, s, "n", `{"idocs:email":""}`).status, "an empty text passes the constraint")
	s.SetReadOnly(true)
	require.Contains(t, put(t, s, "n", `{"idocs:inn":"1"}`).at("error", "briefSummary"), "read-only mode")
}

func TestPutTouchesAspectsAndTheModifier(t *testing.T) {
	t.Parallel()
	old := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n", CreatedAt: old})
	r := put(t, s, "n", `{"idocs:psrnsp":"300000000000018"}`)
	require.Contains(t, r.at("entry", "aspectNames"), "idocs:hasIndividualEntrepreneurInfo", "a property brings its aspect")
	require.Equal(t, "sync", r.at("entry", "modifiedByUser", "id"))
	r = put(t, s, "n", `{"cm:dcsource":"x"}`)
	require.Contains(t, r.at("entry", "aspectNames"), "cm:dublincore")
	require.Contains(t, r.at("entry", "aspectNames"), "cm:author", "an aspect brings its mandatory ones")
	require.Equal(t, "x", r.at("entry", "properties", "cm:dcsource"))
	n, _ := s.Get("n")
	require.True(t, n.ModifiedAt.After(old))
	r = do(t, s, http.MethodPut, nodesPath+"n", `{"aspectNames":["cm:auditable"]}`)
	require.Equal(t, []any{"cm:auditable"}, r.at("entry", "aspectNames"), "the whole set is replaced")
	require.Nil(t, r.at("entry", "properties"), "and properties go with their aspects")
}

func TestCiteckNames(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithCiteckNames())
	s.Add(alfrescotest.Node{ID: "a"}, alfrescotest.Node{ID: "b"})
	name := func(id string) any {
		return put(t, s, id, `{"idocs:fullOrganizationName":"ООО \"Пример\"."}`).at("entry", "name")
	}
	require.Equal(t, "ООО _Пример_", name("a"))
	require.Equal(t, "ООО _Пример_ (1)", name("b"))
	require.Equal(t, "ООО _Пример_", name("a"), "a name of its own isn't taken")
	plain := alfrescotest.NewServer(t)
	plain.Add(alfrescotest.Node{ID: "a", Name: "n"})
	require.Equal(t, "n", put(t, plain, "a", `{"idocs:fullOrganizationName":"x"}`).at("entry", "name"))
}

func TestMetadataShowsTheDbid(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n", Dbid: 4711, Name: "N", CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC),
		Properties: map[string]any{"idocs:inn": "1"}}, alfrescotest.Node{ID: "forbidden", Forbidden: true})
	r := metadata(t, s, "n")
	require.Equal(t, 4711.0, r.at("properties", "sys:node-dbid"))
	require.Equal(t, "2026-01-02T03:04:05.678Z", r.at("properties", "cm:modified"), "another form than the REST API's")
	require.Equal(t, "N", r.at("properties", "cm:name"))
	require.Equal(t, "idocs:contractor", r.at("type"))
	for _, id := range []string{"none", "forbidden"} {
		r := metadata(t, s, id)
		require.Equal(t, 200, r.status)
		require.Equal(t, "{}", r.text)
	}
	long := do(t, s, http.MethodGet, "/service/api/metadata?nodeRef=workspace://SpacesStore/n", "")
	require.Equal(t, 4711.0, long.at("properties", "{http://www.alfresco.org/model/system/1.0}node-dbid"))
}

func TestNodesOfTheRepository(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "late", Dbid: 500})
	s.Add(alfrescotest.Node{ID: "early", Dbid: 5}, alfrescotest.Node{ID: "next"})
	ids := []string{}
	for _, n := range s.Nodes("idocs:contractor") {
		ids = append(ids, n.ID)
	}
	require.Equal(t, []string{"early", "late", "next"}, ids)
	require.Error(t, s.Edit("none", nil))
	require.Error(t, s.Edit("early", map[string]any{"idocs:xyz": "1"}))
	require.NoError(t, s.Edit("early", map[string]any{"idocs:contractorType": []string{"vendor"}}))
	s.SetFlags("early", false, true, false)
	require.Equal(t, 409, put(t, s, "early", `{"idocs:kpp":"1"}`).status)
	s.Delete("early", "none")
	_, ok := s.Get("early")
	require.False(t, ok)
	require.Panics(t, func() { s.Add(alfrescotest.Node{ID: "late"}) })
	require.Panics(t, func() { s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:xyz": "1"}}) })
	require.Equal(t, []string{"00000000-0000-4000-8000-000000000258"}, s.Add(alfrescotest.Node{Dbid: 600}))
}

func TestHooksRunBeforeTheRequestIsCarriedOut(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n"})
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Get {
			require.NoError(t, s.Edit("n", map[string]any{"idocs:kpp": "typed"}))
		}
	})
	require.Equal(t, "typed", do(t, s, http.MethodGet, nodesPath+"n", "").at("entry", "properties", "idocs:kpp"))
}
