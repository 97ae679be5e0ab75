package alfrescotest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Operation is a kind of request.
type Operation string

// The operations.
const (
	Search    Operation = "search"
	Metadata  Operation = "metadata"
	Get       Operation = "get"
	Put       Operation = "put"
	Ticket    Operation = "ticket"
	Discovery Operation = "discovery"
	Probe     Operation = "probe"
	Create    Operation = "create" // a node
	Person    Operation = "person"
	Query     Operation = "query"  // Records API
	Mutate    Operation = "mutate" // Records API
	Model     Operation = "model"
	Recorded  Operation = "recorded" // all of WithRecorded
)

// maxRequestBytes bounds a request's body.
const maxRequestBytes = 8 << 20

// object is one of JSON.
type object = map[string]any

// reply is an answer before it is sent. A nil body means an empty one.
type reply struct {
	status int
	body   any    // marshalled as JSON
	html   string // sent as text/html if it is not empty
	key    string // of a refusal, and its text
	text   string
	fault  *Fault // in place of all the rest, if it isn't nil
}

// entry is the answer about one thing, as the REST API wraps it.
func entry(status int, thing object) *reply {
	return &reply{status: status, body: object{"entry": thing}}
}

func (s *Server) handler() http.Handler {
	const public = "/alfresco/api/-default-/public/"
	if s.options.replay != nil {
		return http.HandlerFunc(s.recorded)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+public+"search/versions/1/search", s.operation(Search, s.search))
	mux.HandleFunc("GET "+public+"alfresco/versions/1/nodes/{id}", s.operation(Get, s.getNode))
	mux.HandleFunc("PUT "+public+"alfresco/versions/1/nodes/{id}", s.operation(Put, s.putNode))
	mux.HandleFunc("POST "+public+"alfresco/versions/1/nodes/{id}/children", s.operation(Create, s.addChild))
	mux.HandleFunc("POST "+public+"alfresco/versions/1/people", s.operation(Person, s.addPerson))
	mux.HandleFunc("PUT "+public+"alfresco/versions/1/people/{id}", s.operation(Person, s.changePerson))
	mux.HandleFunc("GET "+public+"alfresco/versions/1/types/{id}", s.operation(Model, s.getType))
	mux.HandleFunc("GET "+public+"alfresco/versions/1/aspects", s.operation(Model, s.listAspects))
	mux.HandleFunc("POST "+public+"authentication/versions/1/tickets", s.operation(Ticket, s.createTicket))
	mux.HandleFunc("GET "+public+"alfresco/versions/1/probes/{probe}", s.operation(Probe, s.probe))
	mux.HandleFunc("GET /alfresco/api/discovery", s.operation(Discovery, s.discovery))
	mux.HandleFunc("GET /alfresco/service/api/metadata", s.operation(Metadata, s.metadata))
	mux.HandleFunc("GET /alfresco/s/api/metadata", s.operation(Metadata, s.metadata))
	if s.options.records != nil {
		for _, prefix := range []string{"/alfresco/s", "/alfresco/service"} {
			mux.HandleFunc("POST "+prefix+"/citeck/ecos/records/query", s.operation(Query, s.recordsQuery))
			mux.HandleFunc("POST "+prefix+"/citeck/ecos/records/mutate", s.operation(Mutate, s.recordsMutate))
		}
	}
	// What no REST resource takes is answered by Tomcat.
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		send(w, tomcatPage(http.StatusNotFound))
	})
	return mux
}

// request is a request that was read and authenticated.
type request struct {
	*http.Request
	body []byte
	user string
}

// decode is strict where the real server skips what it doesn't know: a misspelt field must not pass a test.
func (r request) decode(into any) error {
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	return decoder.Decode(into)
}

// ownWork is how long before it is due an answer is made.
const ownWork = time.Millisecond

// operation wraps the frame of every request: record, hooks, faults, latency, login.
func (s *Server) operation(op Operation, answer func(request) *reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
		if err != nil {
			panic(http.ErrAbortHandler) // returning would send an empty 200
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.Begin(op, &Request{
			Operation: op, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
			Time: s.options.now(),
		})
		defer s.End(nil)
		_, kept := s.connections.LoadOrStore(r.RemoteAddr, true)
		s.runHooks(&s.hooks, op, r)
		nodeIDs := nodesOf(op, r, body)
		fault, _ := s.Meet(func(f Fault) bool { return f.hits(op, nodeIDs, kept) })
		if !s.Wait(r.Context(), fault.Delay) {
			panic(http.ErrAbortHandler)
		}
		if !fault.After && fault.answers() {
			fault.answer(w)
			return
		}
		due := time.Now().Add(s.latencyOf(op, body))
		if !s.WaitUntil(r.Context(), due.Add(-ownWork)) {
			panic(http.ErrAbortHandler)
		}
		user, ok := s.tickets.authenticate(r)
		if !ok && op != Ticket && op != Probe {
			w.Header().Set("WWW-Authenticate", `Basic realm="Alfresco"`)
			send(w, tomcatPage(http.StatusUnauthorized))
			return
		}
		answered := s.store.carryOut(op, answer, request{Request: r, body: body, user: user})
		s.runHooks(&s.answerHooks, op, r)
		if answered.fault != nil {
			if fault = *answered.fault; !s.Wait(r.Context(), fault.Delay) {
				panic(http.ErrAbortHandler)
			}
		}
		if fault.answers() {
			fault.answer(w)
			return
		}
		rendered := answered.render()
		if !s.WaitUntil(r.Context(), due) {
			panic(http.ErrAbortHandler)
		}
		rendered.send(w)
	}
}

// carryOut holds the store's lock while an answer is made.
func (st *store) carryOut(op Operation, answer func(request) *reply, r request) *reply {
	lock := st.mu.RLocker()
	index := st.options.indexDelay > 0 && (op == Search || op == Query) // which may have to catch up
	if op == Put || op == Create || op == Mutate || index {
		lock = &st.mu
	}
	lock.Lock()
	defer lock.Unlock()
	if index {
		st.catchUp()
	}
	return answer(r)
}

func (s *Server) runHooks(hooks *[]hook, op Operation, r *http.Request) {
	s.mu.Lock()
	current := slices.Clone(*hooks)
	s.mu.Unlock()
	for _, hook := range current {
		hook(op, r)
	}
}

func (s *Server) latencyOf(op Operation, body []byte) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op == Mutate {
		return s.latency.Mutate * time.Duration(bytes.Count(body, []byte(recordPrefix)))
	}
	return map[Operation]time.Duration{
		Search: s.latency.Search, Get: s.latency.Get, Put: s.latency.Put, Metadata: s.latency.Metadata, Query: s.latency.Query,
	}[op]
}

// nodesOf are the nodes that a request names: one or none, or with the Records API all of a batch.
func nodesOf(op Operation, r *http.Request, body []byte) []string {
	switch op {
	case Metadata:
		ref := r.URL.Query().Get("nodeRef")
		return []string{ref[strings.LastIndexByte(ref, '/')+1:]}
	case Query, Mutate:
		var ids []string
		for _, match := range recordPattern.FindAllSubmatch(body, -1) {
			ids = append(ids, string(match[1]))
		}
		return ids
	}
	return []string{r.PathValue("id")}
}

var recordPattern = regexp.MustCompile(`"` + recordPrefix + `([^"]*)"`)

func send(w http.ResponseWriter, r *reply) { r.render().send(w) }

// rendered is a reply as it is sent.
type rendered struct {
	status      int
	contentType string
	body        []byte
}

func (r *reply) render() rendered {
	switch {
	case r.html != "":
		return rendered{r.status, "text/html;charset=utf-8", []byte(r.html)}
	case r.body != nil:
		return rendered{r.status, "application/json;charset=UTF-8", encode(r.body)}
	}
	return rendered{status: r.status}
}

func (r rendered) send(w http.ResponseWriter) {
	if r.contentType != "" {
		w.Header().Set("Content-Type", r.contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}
