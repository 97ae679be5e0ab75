package alfrescotest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
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
)

// maxRequestBytes bounds a request's body.
const maxRequestBytes = 8 << 20

// reply is an answer before it is sent. A nil body means an empty one.
type reply struct {
	status int
	body   any    // marshalled as JSON
	html   string // sent as text/html if it is not empty
}

func (s *Server) handler() http.Handler {
	const public = "/alfresco/api/-default-/public/"
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+public+"search/versions/1/search", s.operation(Search, s.search))
	mux.HandleFunc("GET "+public+"alfresco/versions/1/nodes/{id}", s.operation(Get, s.getNode))
	mux.HandleFunc("PUT "+public+"alfresco/versions/1/nodes/{id}", s.operation(Put, s.putNode))
	mux.HandleFunc("POST "+public+"alfresco/versions/1/nodes/{id}/children", s.operation(Create, s.addChild))
	mux.HandleFunc("POST "+public+"alfresco/versions/1/people", s.operation(Person, s.addPerson))
	mux.HandleFunc("PUT "+public+"alfresco/versions/1/people/{id}", s.operation(Person, s.changePerson))
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
		send(w, reply{status: http.StatusNotFound, html: tomcatPage(http.StatusNotFound)})
	})
	return mux
}

// request is a request that was read and authenticated.
type request struct {
	*http.Request
	body []byte
	user string
}

// operation wraps the frame of every request: record, hooks, faults, latency, login.
func (s *Server) operation(op Operation, carryOut func(request) reply) http.HandlerFunc {
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
		for _, hook := range s.currentHooks(&s.hooks) {
			hook(op, r)
		}
		nodeIDs := nodesOf(op, r, body)
		fault, _ := s.Meet(func(f Fault) bool { return f.hits(op, nodeIDs) })
		if !s.Wait(r.Context(), fault.Delay) {
			panic(http.ErrAbortHandler)
		}
		if !fault.After && fault.answers() {
			fault.answer(w)
			return
		}
		if !s.Wait(r.Context(), s.latencyOf(op, body)) {
			panic(http.ErrAbortHandler)
		}
		user, ok := s.tickets.authenticate(r)
		if !ok && op != Ticket && op != Probe {
			w.Header().Set("WWW-Authenticate", `Basic realm="Alfresco"`)
			send(w, reply{status: http.StatusUnauthorized, html: tomcatPage(http.StatusUnauthorized)})
			return
		}
		answer := carryOut(request{Request: r, body: body, user: user})
		for _, hook := range s.currentHooks(&s.answerHooks) {
			hook(op, r)
		}
		if fault.answers() {
			fault.answer(w)
			return
		}
		send(w, answer)
	}
}

func (s *Server) currentHooks(hooks *[]func(Operation, *http.Request)) []func(Operation, *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (*hooks)[:len(*hooks):len(*hooks)]
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

func send(w http.ResponseWriter, r reply) {
	var body []byte
	switch {
	case r.html != "":
		w.Header().Set("Content-Type", "text/html;charset=utf-8")
		body = []byte(r.html)
	case r.body != nil:
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		body = encode(r.body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(body)
}
