package exchange

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"counterparty-sync/internal/secret"
)

// maxBytes is the largest answer that is recorded; of a larger one only that there was one is kept.
const maxBytes = 32 << 20

// Recorder keeps what goes through its transports, masked at once. It is safe for concurrent use.
type Recorder struct {
	masker *Masker
	now    func() time.Time

	mu   sync.Mutex
	list []Exchange
}

// NewRecorder makes a recorder. The secrets are taken out of whatever shows them, the public texts stay as they are.
func NewRecorder(now func() time.Time, secrets []secret.Value, public ...string) *Recorder {
	r := &Recorder{masker: NewMasker(public...), now: now}
	r.masker.secrets = secrets
	return r
}

// Hide takes names of accounts out of what servers say.
func (r *Recorder) Hide(accounts ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.masker.accounts = append(r.masker.accounts, slices.DeleteFunc(accounts, func(name string) bool { return name == "" })...)
}

// Exchanges are those until now.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange{}, r.list...)
}

// Transport records what goes to a system. It has to stand before the transport that adds a key to the address.
func (r *Recorder) Transport(system string) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper { return recording{r, system, next} }
}

type recording struct {
	*Recorder
	system string
	next   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (r recording) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := bodyOf(request)
	start := r.now()
	response, err := r.next.RoundTrip(request)
	if err != nil {
		r.keep(request, sent, nil, nil, start)
		return nil, err
	}
	head, broken := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	whole := io.Reader(bytes.NewReader(head))
	switch {
	case broken != nil:
		whole = io.MultiReader(whole, failing{broken})
	case len(head) > maxBytes:
		whole = io.MultiReader(whole, response.Body)
		head = nil
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{whole, response.Body}
	r.keep(request, sent, response, head, start)
	return response, nil
}

// failing is the rest of a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func bodyOf(request *http.Request) []byte {
	if request.GetBody == nil {
		return nil
	}
	body, err := request.GetBody()
	if err != nil {
		return nil
	}
	sent, _ := io.ReadAll(body)
	return sent
}

// The headers that matter.
var (
	requestHeaders = []string{language, "Content-Type"}
	answerHeaders  = []string{"Content-Type", "Retry-After", "Date"}
)

func (r recording) keep(request *http.Request, sent []byte, response *http.Response, answered []byte, start time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if host := request.URL.Hostname(); !slices.Contains(r.masker.hosts, host) {
		r.masker.hosts = append(r.masker.hosts, host)
	}
	path := within(r.system, request.URL.Path)
	e := Exchange{
		System: r.system, Method: request.Method, Path: r.masker.path(path), Query: r.masker.query(request.URL.RawQuery),
		Header: some(request.Header, requestHeaders), Body: r.masker.request(path, sent), Milliseconds: r.now().Sub(start).Milliseconds(),
	}
	if response != nil {
		e.Status, e.AnswerHeader = response.StatusCode, some(response.Header, answerHeaders)
		e.Answer = r.masker.answer(r.system, path, response.StatusCode, answered)
	}
	r.list = append(r.list, r.withoutSecrets(e))
}

// withoutSecrets is the last look: whatever still shows a secret goes as a whole.
func (r recording) withoutSecrets(e Exchange) Exchange {
	for _, s := range r.masker.secrets {
		for _, form := range s.Forms() {
			if len(form) < minPart {
				continue
			}
			if bytes.Contains(e.Answer, []byte(form)) {
				e.Answer = nil
			}
			if bytes.Contains(e.Body, []byte(form)) || strings.Contains(e.Path+e.Query, form) {
				e.Body, e.Path, e.Query = nil, "", ""
			}
		}
	}
	return e
}

// within is a path without what the installation puts before it.
func within(system, path string) string {
	if system == Kontur {
		if at := strings.Index(path, "/api3/"); at >= 0 {
			return path[at:]
		}
		return path
	}
	_, rest, _ := strings.Cut(path, "/alfresco/")
	return "/" + rest
}

func some(header http.Header, names []string) map[string]string {
	kept := map[string]string{}
	for _, name := range names {
		if value := header.Get(name); value != "" {
			kept[name] = value
		}
	}
	return kept
}
