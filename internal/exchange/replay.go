package exchange

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// Replay answers the requests of a recording as they were answered then. It is safe for concurrent use.
type Replay struct {
	system string
	mu     sync.Mutex
	// left are the answers to a request that was made several times; the last one stays.
	left map[string][]Exchange
}

// language is the header by which a search may find something else.
const language = "Accept-Language"

// NewReplay makes a replay of what a system answered.
func NewReplay(system string, exchanges []Exchange) *Replay {
	r := &Replay{system: system, left: map[string][]Exchange{}}
	for _, e := range exchanges {
		if e.System == system {
			key := keyOf(e.Method, e.Path, e.Query, e.Header[language], e.Body)
			r.left[key] = append(r.left[key], e)
		}
	}
	return r
}

// ServeHTTP implements http.Handler. A request that was not recorded gets 501, and one that had no answer none.
func (r *Replay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBytes))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	query := request.URL.Query()
	query.Del("key")
	path := within(r.system, request.URL.Path)
	e, ok := r.next(keyOf(request.Method, path, query.Encode(), request.Header.Get(language), withoutLogin(path, body)))
	switch {
	case !ok:
		http.Error(w, "this request was not recorded", http.StatusNotImplemented)
		return
	case e.Status == 0:
		panic(http.ErrAbortHandler) // net/http closes the connection and stays silent
	}
	for name, value := range e.AnswerHeader {
		w.Header().Set(name, value)
	}
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Answer)
}

func (r *Replay) next(key string) (Exchange, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.left[key]
	if len(left) == 0 {
		return Exchange{}, false
	}
	if len(left) > 1 {
		r.left[key] = left[1:]
	}
	return left[0], true
}

// keyOf is the same for requests that mean the same.
func keyOf(method, path, query, language string, body []byte) string {
	values, _ := url.ParseQuery(query)
	var value any
	if unmarshal(body, &value) == nil {
		body = marshal(value) // in one order of fields
	}
	key, _ := json.Marshal([]string{method, path, values.Encode(), language, string(body)})
	return string(key)
}
