package contract_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchange is one request with its answer.
type exchange struct {
	request     *http.Request
	requestBody []byte
	status      int
	header      http.Header
	answerBody  []byte
	// wrongOnPurpose: the request breaks the contract, to see the answer to that.
	wrongOnPurpose bool
}

// String implements fmt.Stringer.
func (e exchange) String() string {
	return fmt.Sprintf("%s %s %s", e.request.Method, e.request.URL.Path, e.requestBody)
}

func (e exchange) body() io.ReadCloser   { return io.NopCloser(bytes.NewReader(e.requestBody)) }
func (e exchange) answer() io.ReadCloser { return io.NopCloser(bytes.NewReader(e.answerBody)) }

// recorder stands between client and server and keeps what passes.
type recorder struct {
	*httptest.Server
	mu        sync.Mutex
	exchanges []exchange
}

// record starts a recorder in front of the server at target.
func record(t *testing.T, target string) *recorder {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	to.Path = ""
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		e := exchange{request: request, requestBody: body}
		forward := request.Clone(request.Context())
		forward.Body = e.body()
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, forward)
		e.status, e.header, e.answerBody = answer.Code, answer.Header(), answer.Body.Bytes()
		r.mu.Lock()
		r.exchanges = append(r.exchanges, e)
		r.mu.Unlock()
		for key, values := range e.header {
			w.Header()[key] = values
		}
		w.WriteHeader(e.status)
		_, _ = w.Write(e.answerBody)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) recorded() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]exchange(nil), r.exchanges...)
}
