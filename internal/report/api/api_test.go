package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/secret"
	"counterparty-sync/internal/sourcestate"
)

const (
	token = "t0ken-of-the-test"
	uid   = "full_0012345673@counterparty-sync"
	stamp = "2026-06-15T12:00:00.000Z"
)

var now = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// fake is package desk in the tests; a function that is not set must not be called.
type fake struct {
	make    func(report.Request) (desk.Made, error)
	refresh func(string, *report.Webhook) (desk.Made, error)
	read    func(context.Context, string) (desk.Reading, error)
	list    func(desk.Page) (desk.Listing, error)
}

func (f fake) Make(_ context.Context, r report.Request) (desk.Made, error) { return f.make(r) }
func (f fake) Refresh(_ context.Context, uid string, w *report.Webhook) (desk.Made, error) {
	return f.refresh(uid, w)
}
func (f fake) Read(ctx context.Context, uid string) (desk.Reading, error) { return f.read(ctx, uid) }
func (f fake) List(_ context.Context, page desk.Page) (desk.Listing, error) {
	return f.list(page)
}

func types() []report.Type {
	return []report.Type{
		{ID: "full", Name: "Everything", Sources: []report.TypeSource{{ID: "kontur.req", Method: "req"}, {ID: "kontur.egr", Method: "egrDetails"}}},
		{ID: "requisites", Sources: []report.TypeSource{{ID: "kontur.req", Method: "req"}}},
	}
}

// reading is a report of which one source has answered and one is asked.
func reading(t *testing.T) desk.Reading {
	t.Helper()
	sources, err := sourcestate.New("kontur.req", "kontur.egr")
	require.NoError(t, err)
	require.NoError(t, sources.Set("kontur.req", sourcestate.Answered, ""))
	require.NoError(t, sources.Set("kontur.egr", sourcestate.Delayed, "asked again <soon> & then"))
	return desk.Reading{Document: report.Document{
		UID: uid, Type: "full", Name: "Everything", By: counterparty.INN, ID: "0012345673", CreatedAt: now, UpdatedAt: now, Sources: sources,
		Content: []report.Content{{Source: "kontur.req", Data: []byte(`{"b":1,"a":"<ООО>"}`), AnsweredAt: now}},
	}}
}

// answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   string
	log    string
}

// ask sends a request with the token; headers that are given go instead.
func ask(t *testing.T, f fake, method, target, body string, headers ...string) answer {
	t.Helper()
	return askHandler(t, handler(f), method, target, body, headers...)
}

func askHandler(t *testing.T, h logged, method, target, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, h, r)
}

type logged struct {
	http.Handler
	logs *observer.ObservedLogs
}

func (l logged) taken() []observer.LoggedEntry {
	if l.logs == nil {
		return nil
	}
	return l.logs.TakeAll()
}

func handler(f fake) logged {
	core, logs := observer.New(zap.DebugLevel)
	return logged{api.New(api.Options{
		Reports: f, Types: types, Token: secret.New(token), Now: func() time.Time { return now }, Log: zap.New(core),
	}), logs}
}

func send(t *testing.T, h logged, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var log strings.Builder
	for _, entry := range h.taken() {
		log.WriteString(entry.Message + " ")
		for _, value := range entry.ContextMap() {
			log.WriteString(strings.ReplaceAll(stringOf(value), "\n", " ") + " ")
		}
	}
	got := answer{w.Code, w.Header(), w.Body.String(), log.String()}
	require.NotContains(t, got.body+got.log, token)
	return got
}

func stringOf(v any) string {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	if s, ok := v.(string); ok {
		return s
	}
	return ""
}

func TestMake(t *testing.T) {
	t.Parallel()
	inn := report.Request{Type: "full", By: counterparty.INN, ID: "0012345673"}
	ogrn := report.Request{Type: "full", By: counterparty.OGRN, ID: "1000000000010"}
	everything := inn
	everything.IdempotenceKey, everything.Webhook = "any_key", &report.Webhook{OnUpdate: "https://a.example/u", OnComplete: "https://a.example/c"}
	for name, tt := range map[string]struct {
		path, body string
		want       report.Request
	}{
		"by INN":                        {"/user/reports/full/_make", `{"queryType":"INN","query":"0012345673"}`, inn},
		"under the usual prefix":        {"/b2b/api/v1/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","options":{}}`, inn},
		"type with its domain":          {"/user/reports/full@counterparty-sync/_make", `{"queryType":"inn","query":" 0012345673 "}`, inn},
		"type with its domain, escaped": {"/b2b/api/v1/user/reports/full%40counterparty-sync/_make", `{"queryType":"INN","query":"0012345673","data":[]}`, inn},
		"by OGRN":                       {"/user/reports/full/_make", `{"queryType":"OGRN","query":"1000000000010"}`, ogrn},
		"by whatever it is":             {"/user/reports/full/_make", `{"queryType":"AUTO","query":"1000000000010"}`, ogrn},
		"from data":                     {"/user/reports/full/_make", `{"queryType":"MULTIPART","query":" ","data":{"inn":"0012345673","x":1}}`, inn},
		"from data, OGRN first":         {"/user/reports/full/_make", `{"queryType":"MULTIPART","query":" ","data":{"inn":"0012345673","ogrn":"1000000000010"}}`, ogrn},
		"byte order mark":               {"/user/reports/full/_make", "\ufeff" + `{"queryType":"INN","query":"0012345673"}`, inn},
		"by whatever it is, as that service calls it":        {"/user/reports/full/_make", `{"queryType":"AUTODETECT","query":"0012345673"}`, inn},
		"options, data and webhook as PHP writes empty ones": {"/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","data":[],"options":[ ]}`, inn},
		"webhook as PHP writes an empty one":                 {"/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","options":{"webhook":[]}}`, inn},
		"nulls":                                              {"/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","idempotenceKey":null,"data":null,"options":{"FORCE":null,"webhook":null}}`, inn},
		"a number for text":                                  {"/user/reports/full/_make", `{"queryType":"OGRN","query":1000000000010}`, ogrn},
		"numbers in data":                                    {"/user/reports/full/_make", `{"queryType":"MULTIPART","query":" ","data":{"ogrn":1000000000010}}`, ogrn},
		"a whole surrogate pair":                             {"/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","data":{"note":"\ud83d\ude00 \\ud83d"}}`, inn},
		"key, webhooks and unknown fields": {"/user/reports/full/_make",
			`{"queryType":"INN","query":"0012345673","idempotenceKey":"any_key","more":[1],"options":{"x":2,"webhook":{"on_update":"https://a.example/u","on_complete":"https://a.example/c"}}}`, everything},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fake{make: func(r report.Request) (desk.Made, error) {
				require.Equal(t, tt.want, r)
				return desk.Made{UID: r.UID(), IsNew: true, RunID: "0f0e0d0c-0b0a-0908-0706-050403020100", StartedAt: now}, nil
			}}
			got := ask(t, f, "POST", tt.path, tt.body)
			require.Equal(t, http.StatusOK, got.status, got.body)
			name, _, _ := strings.Cut(tt.want.UID(), "@")
			require.Equal(t, `{"state":"ok","size":1,"version":"2.0","stamp":"`+stamp+`","data":[{"uid":"`+tt.want.UID()+`","isnew":true,"process_request_uid":"`+
				name+`_0f0e0d0c0b0a09080706050403020100@counterparty-sync","suggest_get":"2026-06-15T12:00:01.000Z"}]}`+"\n", got.body)
		})
	}
}

func TestMakeAgain(t *testing.T) {
	t.Parallel()
	f := fake{make: func(report.Request) (desk.Made, error) {
		return desk.Made{UID: uid, RunID: "run", StartedAt: now.Add(-time.Hour)}, nil
	}}
	got := ask(t, f, "POST", "/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","options":{"FORCE":false}}`)
	require.Equal(t, `{"state":"ok","size":1,"version":"2.0","stamp":"`+stamp+`","data":[{"uid":"`+uid+`","isnew":false,"suggest_get":"2026-06-15T11:00:00.000Z"}]}`+"\n", got.body)

	f.refresh = func(of string, w *report.Webhook) (desk.Made, error) {
		require.Equal(t, uid, of)
		require.Equal(t, "https://a.example/", w.OnComplete)
		return desk.Made{UID: uid, IsNew: true, RunID: "run-2", StartedAt: now}, nil
	}
	for _, force := range []string{"true", "1", `"true"`, `"1"`} {
		got = ask(t, f, "POST", "/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","options":{"FORCE":`+force+`,"webhook":{"on_complete":"https://a.example/"}}}`)
		require.Contains(t, got.body, `"isnew":true,"process_request_uid":"full_0012345673_run2@counterparty-sync"`, force)
	}
	for _, force := range []string{"false", "0", `"false"`, `"0"`, `""`, "null"} {
		got = ask(t, f, "POST", "/user/reports/full/_make", `{"queryType":"INN","query":"0012345673","options":{"FORCE":`+force+`}}`)
		require.Contains(t, got.body, `"isnew":false`, force)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, path, body string }{
		{"no body", "/user/reports/" + uid + "/_refresh", ""},
		{"empty body", "/b2b/api/v1/user/reports/full_0012345673%40counterparty-sync/_refresh", "{}"},
		{"empty webhook", "/user/reports/" + uid + "/_refresh", `{"webhook":{}}`},
		{"a body as PHP writes an empty one", "/user/reports/" + uid + "/_refresh", `[]`},
		{"options as in a make", "/user/reports/" + uid + "/_refresh", `{"options":{"FORCE":"true","webhook":[]}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := fake{refresh: func(of string, w *report.Webhook) (desk.Made, error) {
				require.Equal(t, uid, of)
				require.Nil(t, w)
				return desk.Made{UID: uid, IsNew: true, RunID: "r", StartedAt: now}, nil
			}}
			got := ask(t, f, "POST", tt.path, tt.body)
			require.Equal(t, http.StatusOK, got.status)
			require.Contains(t, got.body, `"isnew":true`)
		})
	}
}

func TestRefresh_webhookInOptionsOrWithout(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"webhook":{"on_update":"https://a.example/"}}`, `{"options":{"webhook":{"on_update":"https://a.example/"}}}`} {
		f := fake{refresh: func(of string, w *report.Webhook) (desk.Made, error) {
			require.Equal(t, &report.Webhook{OnUpdate: "https://a.example/"}, w)
			return desk.Made{UID: of, StartedAt: now}, nil
		}}
		require.Equal(t, http.StatusOK, ask(t, f, "POST", "/user/reports/"+uid+"/_refresh", body).status)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := fake{read: func(_ context.Context, of string) (desk.Reading, error) {
		if of != uid {
			return desk.Reading{}, desk.ErrUnknown
		}
		return reading(t), nil
	}}
	const head = `{"state":"ok","size":1,"stamp":"` + stamp + `","data":[{"domain_uid":"counterparty-sync","report_type_uid":"full@counterparty-sync",` +
		`"query":{"type":"INN","body":"0012345673"},"progress_ok":1,"progress_wait":1,"progress_error":0,`
	const tail = `"uid":"` + uid + `","name":"Everything","comment":"","tags":"","created_at":"` + stamp + `","created_by":"counterparty-sync",` +
		`"updated_at":"` + stamp + `","updated_by":"counterparty-sync","active_from":"1900-01-01T00:00:00.000Z","active_to":"3000-01-01T00:00:00.000Z"}]}` + "\n"
	const entity = `"state":{"sources":[{"_id":"kontur.req","state":"OK","data":{}},{"_id":"kontur.egr","state":"DELAYED","data":{"reason":"asked again <soon> & then"}}],"data":{}},`
	const vehicle = `"state":{"sources":[{"_id":"kontur.req","state":"OK","extended_state":"OK"},{"_id":"kontur.egr","state":"PROGRESS","extended_state":"DELAYED"}]},`
	const content = `"content":{"kontur.req":{"b":1,"a":"<ООО>"}},`
	const path = "/user/reports/" + uid
	for name, tt := range map[string]struct{ path, want string }{
		"by default without content": {path, head + entity + tail},
		"without content":            {path + "?_content=false&_detailed=true", head + entity + tail},
		"with content":               {"/b2b/api/v1/user/reports/full_0012345673%40counterparty-sync?_content=true&_detailed=true", head + entity + content + tail},
		"vehicle dialect":            {path + "?_content&_dialect=vehicle", head + vehicle + content + tail},
		"unknown uid":                {"/user/reports/full_0000000001@counterparty-sync", `{"state":"ok","size":0,"stamp":"` + stamp + `","data":[]}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, f, "GET", tt.path, "")
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, tt.want, got.body)
			require.Equal(t, "application/json;charset=UTF-8", got.header.Get("Content-Type"))
			require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		})
	}
}

// Clients of the SpectrumData B2B API have no parameter for the dialect.
func TestRead_dialectOfTheWorker(t *testing.T) {
	t.Parallel()
	f := fake{
		read: func(context.Context, string) (desk.Reading, error) { return reading(t), nil },
		list: func(desk.Page) (desk.Listing, error) {
			return desk.Listing{Readings: []desk.Reading{reading(t)}}, nil
		},
	}
	h := logged{Handler: api.New(api.Options{
		Reports: f, Types: types, Token: secret.New(token), Dialect: sourcestate.VehicleDialect, Now: func() time.Time { return now }, Log: zap.NewNop(),
	})}
	for _, path := range []string{"/user/reports/" + uid, "/user/reports"} {
		require.Contains(t, askHandler(t, h, "GET", path, "").body, `"extended_state":"DELAYED"`)
		require.NotContains(t, askHandler(t, h, "GET", path+"?_dialect=entity", "").body, "extended_state")
		require.NotContains(t, ask(t, f, "GET", path, "").body, "extended_state", "without the setting")
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		query string
		want  desk.Page
		total bool
	}{
		"by default":             {"", desk.Page{Size: 20, Order: desk.NewestFirst}, false},
		"as clients ask for it":  {"?_content=false&_query=_all&_size=20&_offset=0&_page=1&_sort=-created_at&_calc_total=false&_detailed=false", desk.Page{Size: 20, Order: desk.NewestFirst}, false},
		"with the total":         {"?_calc_total&_query=_all", desk.Page{Size: 20, Order: desk.NewestFirst}, true},
		"third page, offset too": {"?_size=5&_page=3&_offset=2&_sort=updated_at", desk.Page{Size: 5, Offset: 12, Order: desk.LongestUnchanged}, false},
		"too large":              {"?_size=1000&_page=2", desk.Page{Size: 100, Offset: 100, Order: desk.NewestFirst}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fake{list: func(page desk.Page) (desk.Listing, error) {
				require.Equal(t, tt.want, page)
				begun := desk.Reading{Document: report.Document{UID: "full_0000000001@counterparty-sync"}}
				return desk.Listing{Total: 42, Readings: []desk.Reading{reading(t), begun}}, nil
			}}
			got := ask(t, f, "GET", "/user/reports"+tt.query, "")
			require.Equal(t, http.StatusOK, got.status)
			begin := `{"state":"ok","size":1,"stamp":"` + stamp + `","data":[{`
			if tt.total {
				begin = `{"state":"ok","size":1,"total":42,"stamp":"` + stamp + `","data":[{`
			}
			require.True(t, strings.HasPrefix(got.body, begin), got.body)
			require.NotContains(t, got.body, "kontur.req\":{")
		})
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	got := ask(t, fake{}, "GET", "/b2b/api/v1/user/report_types?_can_generate=true&_content=true&_query=_all&_size=1&_page=1&_sort=-created_at&_calc_total=true", "")
	require.Equal(t, `{"state":"ok","size":1,"total":2,"stamp":"`+stamp+`","data":[{"state":"PUBLISHED","day_quote":0,"month_quote":0,"total_quote":0,`+
		`"content":{"sources":["kontur.req","kontur.egr"],"fields":[]},"domain_uid":"counterparty-sync","max_age":0,"min_priority":0,"max_priority":0,"max_request":0,"period_priority":0,`+
		`"uid":"full@counterparty-sync","name":"Everything","comment":"","tags":"","created_at":"1900-01-01T00:00:00.000Z","created_by":"counterparty-sync",`+
		`"updated_at":"1900-01-01T00:00:00.000Z","updated_by":"counterparty-sync","active_from":"1900-01-01T00:00:00.000Z","active_to":"3000-01-01T00:00:00.000Z"}]}`+"\n", got.body)
	got = ask(t, fake{}, "GET", "/user/report_types", "")
	require.Contains(t, got.body, `"name":"requisites"`)
	require.NotContains(t, got.body, "kontur.req")
	require.NotContains(t, got.body, "total\":")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const path = "/user/reports/full/_make"
	const good = `{"queryType":"INN","query":"0012345673"}`
	failing := func(err error) fake {
		return fake{
			make:    func(report.Request) (desk.Made, error) { return desk.Made{}, err },
			refresh: func(string, *report.Webhook) (desk.Made, error) { return desk.Made{}, err },
			read:    func(context.Context, string) (desk.Reading, error) { return desk.Reading{}, err },
			list:    func(desk.Page) (desk.Listing, error) { return desk.Listing{}, err },
		}
	}
	check := failing(&invalid.Field{Name: "id", Value: "0012345674", Allowed: "an INN"})
	for name, tt := range map[string]struct {
		give         fake
		method, path string
		body         string
		status       int
		want         string // of the body; UID and stamps aside
		log          string
	}{
		"unknown type": {fake{}, "POST", "/user/reports/none@elsewhere/_make", good, 500,
			`"cls":"Data","type":"DataSeekObjectError","name":"no object has this uid","message":"there is no Report_Type none@elsewhere","data":{"entity_type":"Report_Type","entity_uid":"none@elsewhere"},"events":[]}}`, ""},
		"unknown type, said by the worker": {failing(desk.ErrUnknownType), "GET", "/user/reports/" + uid, "", 500, `"type":"DataSeekObjectError"`, ""},
		"refresh of an unknown report": {failing(desk.ErrUnknown), "POST", "/user/reports/" + uid + "/_refresh", "", 500,
			`"type":"DataSeekObjectError","name":"no object has this uid","message":"there is no Report ` + uid + `"`, ""},
		"broken JSON":           {fake{}, "POST", path, `{"queryType":`, 400, `"status":400,"error":"Bad Request","exception":"BodyNotReadable","message":"the body is no JSON object","path":"` + path + `"}`, ""},
		"JSON and more":         {fake{}, "POST", path, good + good, 400, `"exception":"BodyNotReadable"`, ""},
		"JSON of another kind":  {fake{}, "POST", path, `["INN"]`, 400, `"message":"the body is no JSON object"`, ""},
		"list for text":         {fake{}, "POST", path, `{"queryType":"INN","query":[12345673]}`, 400, `"message":"the body has a list in query"`, ""},
		"object for text":       {fake{}, "POST", path, `{"queryType":"MULTIPART","data":{"inn":{}}}`, 400, `"message":"the body has an object in data.inn"`, ""},
		"text for an object":    {fake{}, "POST", path, `{"queryType":"INN","options":"x"}`, 400, `"message":"the body has a text in options"`, ""},
		"a list for an object":  {fake{}, "POST", path, `{"queryType":"INN","options":{"webhook":["https://a.example/"]}}`, 400, `"message":"the body has a list in options.webhook"`, ""},
		"no flag":               {fake{}, "POST", path, `{"queryType":"INN","options":{"FORCE":"yes"}}`, 400, `"message":"the body has a text in options.FORCE"`, ""},
		"nothing in data":       {check, "POST", path, `{"queryType":"MULTIPART","query":" "}`, 400, `"message":"data.inn is missing; allowed: an INN, or an OGRN in data.ogrn"`, ""},
		"wrong INN in data":     {check, "POST", path, `{"queryType":"MULTIPART","query":" ","data":{"inn":"0012345674"}}`, 400, `"message":"data.inn: \"0012345674\" is not allowed; allowed: an INN"`, ""},
		"Windows-1251":          {fake{}, "POST", path, "{\"queryType\":\"INN\",\"query\":\"0012345673\",\"idempotenceKey\":\"\xea\xeb\xfe\xf7\"}", 400, `"exception":"BodyNotReadable","message":"the body is not UTF-8"`, ""},
		"UTF-16":                {fake{}, "POST", path, "\xff\xfe{\x00}\x00", 400, `"message":"the body is not UTF-8"`, ""},
		"first half of a pair":  {fake{}, "POST", path, `{"queryType":"INN","query":"0012345673","idempotenceKey":"\ud83d"}`, 400, `"message":"the body has half of a surrogate pair, such as \\ud83d alone"`, ""},
		"two first halves":      {fake{}, "POST", path, `{"queryType":"INN","query":"0012345673","idempotenceKey":"\ud83d\uD83D\ude00"}`, 400, `half of a surrogate pair`, ""},
		"second half, refresh":  {fake{}, "POST", "/user/reports/" + uid + "/_refresh", `{"webhook":{"on_update":"https://a.example/\udc00"}}`, 400, `half of a surrogate pair`, ""},
		"Windows-1251, refresh": {fake{}, "POST", "/user/reports/" + uid + "/_refresh", "{\"x\":\"\xea\"}", 400, `is not UTF-8`, ""},
		"broken JSON, refresh":  {fake{}, "POST", "/user/reports/full%40x/_refresh", `{`, 400, `"path":"/user/reports/full%40x/_refresh"`, ""},
		"too much":              {fake{}, "POST", path, `{"query":"` + strings.Repeat("0", 70_000) + `"}`, 400, `"message":"the body is larger than 64 KiB"`, ""},
		"unknown query type":    {fake{}, "POST", path, `{"queryType":"VIN","query":"x"}`, 400, `"cls":"Data","type":"DataQueryError","name":"the request is not valid","message":"queryType: \"VIN\" is not allowed; allowed: INN, OGRN, OGRNIP, AUTO or AUTODETECT, or MULTIPART with data.inn or data.ogrn"`, ""},
		"no query type":         {fake{}, "POST", path, "", 400, `"message":"queryType is missing; allowed: `, ""},
		"neither INN nor OGRN":  {fake{}, "POST", path, `{"queryType":"AUTO","query":"0012345674"}`, 400, `"message":"query: \"0012345674\" is not allowed; `, ""},
		"wrong check digit":     {check, "POST", path, `{"queryType":"INN","query":"0012345674"}`, 400, `"message":"query: \"0012345674\" is not allowed; allowed: an INN"`, ""},
		"boolean":               {fake{}, "GET", "/user/reports/" + uid + "?_content=maybe", "", 400, `"exception":"ParameterNotReadable","message":"the parameter _content is not allowed as it is; allowed: true or false"`, ""},
		"dialect":               {fake{}, "GET", "/user/reports/" + uid + "?_dialect=person", "", 400, `_dialect is not allowed as it is; allowed: vehicle or entity`, ""},
		"size":                  {fake{}, "GET", "/user/reports?_size=0", "", 400, `_size is not allowed as it is; allowed: a whole number from 1 to 1000000`, ""},
		"page":                  {fake{}, "GET", "/user/reports?_page=99999999999999999999", "", 400, `_page is not allowed`, ""},
		"offset":                {fake{}, "GET", "/user/report_types?_offset=-1", "", 400, `_offset is not allowed`, ""},
		"sort":                  {fake{}, "GET", "/user/reports?_sort=name", "", 400, `_sort is not allowed`, ""},
		"filter":                {fake{}, "GET", "/user/reports?_query=uid%3Dx", "", 400, `_query is not allowed as it is; allowed: _all`, ""},
		"our fault":             {failing(errors.New("secret detail")), "GET", "/user/reports/" + uid, "", 500, `"cls":"Global","type":"GenericSystemError","name":"system error","message":"internal error; see the worker's log","data":{},"events":[]}}`, "secret detail"},
		"our fault in a list":   {failing(errors.New("secret detail")), "GET", "/user/reports", "", 500, `"type":"GenericSystemError"`, "secret detail"},
		"Temporal is away":      {failing(serviceerror.NewUnavailable("secret detail")), "POST", path, good, 503, `"message":"it can't be answered now; ask again in some seconds"`, "secret detail"},
		"it took too long":      {failing(context.DeadlineExceeded), "GET", "/user/reports/" + uid, "", 503, `GenericSystemError`, "deadline"},
		"it has just begun":     {fake{read: func(context.Context, string) (desk.Reading, error) { return desk.Reading{}, nil }}, "GET", "/user/reports/" + uid, "", 503, `GenericSystemError`, "just begun"},
		"a panic":               {fake{}, "GET", "/user/reports/" + uid, "", 500, `"message":"internal error"`, "panic"},
		"wrong method":          {fake{}, "GET", path, "", 405, `"error":"Method Not Allowed","exception":"MethodNotAllowed","message":"this path takes POST"`, ""},
		"wrong method of a GET": {fake{}, "DELETE", "/b2b/api/v1/user/reports/" + uid, "", 405, `this path takes GET`, ""},
		"unknown path":          {fake{}, "GET", "/user/groups", "", 404, `"status":404,"error":"Not Found","exception":"NoSuchPath"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, tt.give, tt.method, tt.path, tt.body)
			require.Equal(t, tt.status, got.status, got.body)
			require.Contains(t, got.body, tt.want)
			require.NotContains(t, got.body, "secret detail")
			require.NotContains(t, got.body, "goroutine")
			require.Contains(t, got.log, tt.log)
			require.Equal(t, tt.status == 503, got.header.Get("Retry-After") != "")
			if tt.log == "" {
				require.Empty(t, got.log)
			}
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	const malformed, required, wrong = "SecurityAuthMalformedToken", "SecurityAuthTokenRequired", "SecurityAuthWrongToken"
	for name, tt := range map[string]struct {
		header string
		status int
		want   string
	}{
		"Bearer":                   {"Bearer " + token, 200, ""},
		"AR-REST":                  {"AR-REST " + token, 200, ""},
		"small letters and blanks": {"bearer   " + token + " ", 200, ""},
		"none":                     {"", 401, required},
		"another one":              {"Bearer another-token-here", 401, wrong},
		"the beginning of it":      {"Bearer " + token[:8], 401, wrong},
		"more than it":             {"AR-REST " + token + "x", 401, wrong},
		"no scheme":                {token, 400, malformed},
		"scheme without token":     {"Bearer ", 400, malformed},
		"other scheme":             {"Basic " + token, 400, malformed},
		"blank inside":             {"Bearer to ken", 400, malformed},
		"not of a token's letters": {"AR-REST tökén", 400, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, fake{}, "GET", "/user/report_types", "", "Authorization", tt.header)
			require.Equal(t, tt.status, got.status)
			if tt.want == "" {
				return
			}
			// Bare: without an envelope.
			require.Regexp(t, `^\{"uid":"[0-9a-f-]{36}","stamp":"`+stamp+`","cls":"Security","type":"`+tt.want+`",`, got.body)
			if _, shown, _ := strings.Cut(tt.header, " "); strings.TrimSpace(shown) != "" {
				require.NotContains(t, got.body, strings.TrimSpace(shown))
			}
			require.Equal(t, tt.status == 401, got.header.Get("WWW-Authenticate") != "")
		})
	}
	t.Run("without one nobody is let in", func(t *testing.T) {
		t.Parallel()
		h := logged{api.New(api.Options{Types: types, Now: time.Now, Log: zap.NewNop()}), handler(fake{}).logs}
		r := httptest.NewRequest("GET", "/user/report_types", nil)
		r.Header.Set("Authorization", "Bearer x")
		require.Equal(t, http.StatusUnauthorized, send(t, h, r).status)
	})
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	h := handler(fake{})
	for range 2 * api.DefaultCallerRate {
		r := httptest.NewRequest("GET", "/user/report_types", nil)
		r.Header.Set("Authorization", "Bearer wrong-token-wrong")
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests}, send(t, h, r).status, "strangers don't use up what callers may ask")
	}
	good := func() answer {
		r := httptest.NewRequest("GET", "/user/report_types", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return send(t, h, r)
	}
	for range 2 * api.DefaultCallerRate {
		require.Equal(t, http.StatusOK, good().status)
	}
	got := good()
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
}

func TestACallerWhoHungUpIsNoFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := fake{read: func(ctx context.Context, _ string) (desk.Reading, error) {
		cancel()
		return desk.Reading{}, ctx.Err()
	}}
	h := handler(f)
	r := httptest.NewRequestWithContext(ctx, "GET", "/user/reports/"+uid, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	require.Empty(t, send(t, h, r).log)
}

func TestOpenAPIIsServedToEverybody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(handler(fake{}))
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/openapi.yaml")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, string(api.OpenAPI), string(body))
	require.Equal(t, "application/yaml", response.Header.Get("Content-Type"))
}
