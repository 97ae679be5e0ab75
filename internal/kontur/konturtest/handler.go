package konturtest

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	typeJSON = "application/json; charset=utf-8"
	typeText = "text/plain; charset=utf-8"

	// maxIDs is the limit of identifiers in one call.
	maxIDs = 100
	// keyPrefix is how much of the key the method stat takes for the key, as it takes the whole.
	keyPrefix = 20

	textNoIDs       = "inn/ogrn param is not specified"
	textNoKey       = "No valid key specified"
	textBadKeyStat  = "Param 'key' not specified or invalid"
	textNotFound    = "Not found"
	textBadVerb     = "Method not allowed"
	textTooManyIDs  = "Too many values in inn/ogrn param, the limit is 100"
	textUnavailable = "Service unavailable"
)

// ownWork is how long before it is due an answer is made: one about a hundred companies takes some milliseconds.
const ownWork = 5 * time.Millisecond

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if other := s.others.of(r); other != nil {
		other.ServeHTTP(w, r)
		return
	}
	start := s.now()
	noted := noteRequest(r, start)
	inFlight := s.Begin(noted.Method, noted)
	sw := &statusWriter{ResponseWriter: w}
	w.Header().Set("Date", start.UTC().Format(http.TimeFormat))
	// Deferred, because a cut connection is a panic that net/http understands.
	defer s.End(func() { noted.Status = sw.status })
	s.serve(sw, r, *noted, inFlight)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, noted Request, inFlight int) {
	if s.hook != nil {
		s.hook(noted)
	}
	if s.replay != nil {
		s.replay.ServeHTTP(w, r)
		return
	}
	// The clock is read here, for the hook may have waited.
	if now := s.now(); s.limits.exceeded(inFlight, now) {
		putRetryAfter(w.Header(), s.limits.form, s.limits.retryAfter, now)
		answer(w, http.StatusTooManyRequests, typeText, []byte(textTooManyRequests))
		return
	}
	fault, faulty := s.Meet(func(f Fault) bool { return f.hits(noted) })
	due := time.Now().Add(time.Duration(s.latency.Load()) + fault.Delay)
	goesAway := func() { answer(w, http.StatusServiceUnavailable, typeText, []byte(textUnavailable)) }
	begin := due
	if !faulty {
		begin = due.Add(-ownWork)
	}
	if !s.WaitUntil(r.Context(), begin) {
		goesAway()
		return
	}
	good := func() (status int, body []byte) { return s.good(r, noted) }
	if faulty && fault.play(w, r, good) {
		return
	}
	status, body := good()
	if faulty && fault.Edit != nil && status == http.StatusOK {
		body = fault.Edit.edited(body)
	}
	if !s.WaitUntil(r.Context(), due) {
		goesAway()
		return
	}
	contentType := typeText
	switch status {
	case http.StatusOK:
		contentType = typeJSON
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", allowed(noted.Method))
	}
	answer(w, status, contentType, body)
}

// good is the answer by the rules.
func (s *Server) good(r *http.Request, noted Request) (status int, body []byte) {
	refuse := func(status int, text string) (int, []byte) { return status, []byte(text) }
	if noted.Method == "" {
		return refuse(http.StatusNotFound, textNotFound)
	}
	if !slices.Contains(strings.Split(allowed(noted.Method), ", "), r.Method) {
		return refuse(http.StatusMethodNotAllowed, textBadVerb)
	}
	key := r.URL.Query().Get("key")
	if noted.Method == methodStat {
		if key != s.key && key != s.key[:min(keyPrefix, len(s.key))] {
			return refuse(http.StatusBadRequest, textBadKeyStat)
		}
		return http.StatusOK, marshal(s.quotas.stat(s.now()))
	}
	if key != s.key {
		return refuse(http.StatusForbidden, textNoKey)
	}
	if isMonitoring(noted.Method) {
		return s.monitoringAnswer(r, noted.Method)
	}
	inns, ogrns := ids(r.URL.Query(), "inn"), ids(r.URL.Query(), "ogrn")
	if len(inns) > maxIDs || len(ogrns) > maxIDs {
		if s.tooMany == Refuse {
			return refuse(http.StatusBadRequest, textTooManyIDs)
		}
		inns, ogrns = inns[:min(maxIDs, len(inns))], ogrns[:min(maxIDs, len(ogrns))]
	}
	// Malformed identifiers vanish without a word, unless nothing else is left.
	inns = slices.DeleteFunc(inns, func(inn string) bool { return !wellFormedINN(inn) })
	ogrns = slices.DeleteFunc(ogrns, func(ogrn string) bool { return !wellFormedOGRN(ogrn) })
	if len(inns)+len(ogrns) == 0 {
		return refuse(http.StatusBadRequest, textNoIDs)
	}
	return s.items(noted, inns, ogrns)
}

// items renders the answer of a method about companies. The order means nothing, so it is shuffled; the same request
// gives the same order.
func (s *Server) items(noted Request, inns, ogrns []string) (status int, body []byte) {
	s.register.mu.RLock()
	defer s.register.mu.RUnlock()
	found := s.register.find(inns, ogrns)
	if refusal := s.quotas.charge(s.now(), noted.Method, s.charged(found, inns, ogrns)); refusal != "" {
		return http.StatusForbidden, []byte(refusal)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(noted.IDs, ",")))
	rand.New(rand.NewPCG(1, h.Sum64())).Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return http.StatusOK, marshal(each(found, func(c *Company) object {
		item := c.item(noted.Method)
		if s.fat {
			fatten(noted.Method, item)
		}
		return item
	}))
}

// charged are what a question costs: the companies that are known, by OGRN, and if the contract says so the identifiers
// that are not.
func (s *Server) charged(found []*Company, inns, ogrns []string) []string {
	var units []string
	known := map[string]bool{}
	for _, c := range found {
		units = append(units, c.OGRN)
		known[c.INN], known[c.OGRN] = true, true
	}
	if s.quotas.chargeUnknown {
		for _, id := range slices.Concat(inns, ogrns) {
			if !known[id] {
				units = append(units, id)
			}
		}
	}
	return units
}

// allowed are the verbs of a method.
func allowed(method string) string {
	if method == methodWatchList {
		return http.MethodGet + ", " + http.MethodPost
	}
	return http.MethodGet
}

func noteRequest(r *http.Request, start time.Time) *Request {
	q := r.URL.Query()
	noted := &Request{Verb: r.Method, Path: r.URL.Path, Start: start, Referer: r.Referer()}
	if method, ok := strings.CutPrefix(r.URL.Path, "/api3/"); ok && (methods[method] != nil || method == methodStat || isMonitoring(method)) {
		noted.Method = method
	}
	var params []string
	for _, param := range []string{"inn", "ogrn"} {
		if values := ids(q, param); len(values) > 0 {
			params = append(params, param)
			noted.IDs = append(noted.IDs, values...)
		}
	}
	noted.Param = strings.Join(params, "+")
	if q.Has("key") {
		q.Set("key", "***")
	}
	noted.Query = q.Encode()
	if key := r.URL.Query().Get("key"); key != "" {
		noted.Referer = strings.ReplaceAll(noted.Referer, key, "***")
	}
	return noted
}

// ids splits a parameter. An empty one is as good as none.
func ids(q url.Values, param string) []string {
	return strings.FieldsFunc(q.Get(param), func(r rune) bool { return r == ',' })
}

func answer(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
