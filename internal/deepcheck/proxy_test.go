package deepcheck_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answer is what a system says, on its way through a proxy.
type answer struct {
	status int
	header http.Header
	body   any
}

// page makes it a web page, as what stands between two systems answers.
func (a *answer) page(status int) { a.status, a.body = status, "<html>blocked</html>" }

// proxy stands before a system. Before and after change what is sent and what comes back; either may be nil.
func proxy(t *testing.T, target string, before func(body string) string, after func(path, sent string, a *answer)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		sent := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(data)) // as encoding/json writes them
		if before != nil {
			sent = before(sent)
		}
		request, err := http.NewRequestWithContext(r.Context(), r.Method, target+r.URL.RequestURI(), strings.NewReader(sent))
		if err != nil {
			panic(err)
		}
		request.Header = r.Header
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			panic(err)
		}
		defer response.Body.Close()
		data, _ = io.ReadAll(response.Body)
		a := &answer{status: response.StatusCode, header: response.Header}
		if json.Unmarshal(data, &a.body) != nil {
			a.body = string(data)
		}
		if after != nil {
			after(r.URL.RequestURI(), sent, a)
		}
		response.Header.Del("Content-Length")
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		if text, ok := a.body.(string); ok {
			_, _ = io.WriteString(w, text)
			return
		}
		var b bytes.Buffer
		_ = json.NewEncoder(&b).Encode(a.body)
		_, _ = w.Write(b.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// at goes down a path of fields; a missing one makes a test panic, and that is what it should.
func at(value any, fields ...string) any {
	for _, field := range fields {
		value = value.(map[string]any)[field]
	}
	return value
}

func list(value any, fields ...string) []any {
	all, _ := at(value, fields...).([]any)
	return all
}

func set(value any, field string, to any) { value.(map[string]any)[field] = to }
