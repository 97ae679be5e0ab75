package konturtest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	methodWatchList = "monList"
	monSuffix       = "/mon"

	textNoDate       = "date param is not specified or invalid"
	textNoMonitoring = "Monitoring is not available under the contract"
	// maxListBytes is more than any list of companies.
	maxListBytes = 64 << 20
)

// monitored are the methods whose changes can be asked about.
var monitored = []string{"req", "egrDetails"}

// DateMeaning is what the date of req/mon means, which the vendor does not say.
type DateMeaning int

// The meanings.
const (
	// SinceDate: changes of that day and later. It is the default.
	SinceDate DateMeaning = iota + 1
	// OnDate: changes of that day alone.
	OnDate
)

// ChangesBy is how req/mon and egrDetails/mon name a company: the documentation has the OGRN, one public client reads the INN.
type ChangesBy int

// The ways to name a company that changed.
const (
	// ByOGRN: by the OGRN alone. It is the default.
	ByOGRN ChangesBy = iota + 1
	// ByINN: by the INN alone, which several companies may share.
	ByINN
	// ByBoth: by both.
	ByBoth
)

// WithChangesBy sets how companies that changed are named; default ByOGRN.
func WithChangesBy(by ChangesBy) Option { return func(s *Server) { s.monitoring.by = by } }

// WithMonitoringDate sets what the date means; default SinceDate.
func WithMonitoringDate(m DateMeaning) Option { return func(s *Server) { s.monitoring.date = m } }

// WithoutMonitoring refuses monList, req/mon and egrDetails/mon, as a contract without them.
func WithoutMonitoring() Option { return func(s *Server) { s.monitoring.refused = true } }

// monitoring is the watch list of the key, and the days on which the answers about companies changed. A change of a
// company that is not watched is remembered too, and told once it is watched: whether the vendor does is unknown.
type monitoring struct {
	date    DateMeaning
	by      ChangesBy
	refused bool

	mu      sync.Mutex
	watched []Watched
	on      map[string]bool // OGRNs of watched
	changes []change
}

// change is a day on which the answers of a method about a company changed.
type change struct{ method, ogrn, day string }

// Watched is a company on the watch list.
type Watched struct{ INN, OGRN string }

// WatchList returns the watched companies, in the order in which they were added.
func (s *Server) WatchList() []Watched {
	s.monitoring.mu.Lock()
	defer s.monitoring.mu.Unlock()
	return slices.Clone(s.monitoring.watched)
}

// WatchAll puts all companies of the register on the watch list.
func (s *Server) WatchAll() {
	s.register.mu.RLock()
	defer s.register.mu.RUnlock()
	s.monitoring.add(s.register.find(nil, slices.Sorted(maps.Keys(s.register.byOGRN))), true)
}

// MarkChanged notes that the answers about companies changed on the day of a time, in Moscow, for req and egrDetails.
// Server.Update notes by itself what it changes.
func (s *Server) MarkChanged(at time.Time, ogrns ...string) {
	s.monitoring.mu.Lock()
	defer s.monitoring.mu.Unlock()
	for _, ogrn := range ogrns {
		for _, method := range monitored {
			s.monitoring.changes = append(s.monitoring.changes, change{method, ogrn, dayOf(at)})
		}
	}
}

// compare notes which answers differ between two states of a company.
func (m *monitoring) compare(was, became *Company, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, method := range monitored {
		if !bytes.Equal(marshal(was.item(method)), marshal(became.item(method))) {
			m.changes = append(m.changes, change{method, became.OGRN, dayOf(at)})
		}
	}
}

// add puts companies on the list, which is emptied before unless they are appended.
func (m *monitoring) add(companies []*Company, appended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !appended || m.on == nil {
		m.watched, m.on = nil, map[string]bool{}
	}
	for _, c := range companies {
		if !m.on[c.OGRN] {
			m.on[c.OGRN] = true
			m.watched = append(m.watched, Watched{INN: c.INN, OGRN: c.OGRN})
		}
	}
}

// changed are the watched companies whose answer to the method changed, as the date asks.
func (m *monitoring) changed(method, date string) []object {
	m.mu.Lock()
	defer m.mu.Unlock()
	told := map[string]bool{}
	for _, c := range m.changes {
		if c.method == method && (c.day == date || m.date == SinceDate && c.day > date) {
			told[c.ogrn] = true
		}
	}
	rows := []object{}
	for _, w := range m.watched {
		if told[w.OGRN] {
			rows = append(rows, m.by.row(w))
		}
	}
	return rows
}

// row is the company as an answer about changes names it.
func (by ChangesBy) row(w Watched) object {
	switch by {
	case ByINN:
		return object{"inn": w.INN}
	case ByBoth:
		return w.row()
	default:
		return object{"ogrn": w.OGRN}
	}
}

// monitoringAnswer is the answer by the rules of monList, req/mon and egrDetails/mon; the key has been looked at.
func (s *Server) monitoringAnswer(r *http.Request, method string) (status int, body []byte) {
	if s.monitoring.refused {
		return http.StatusForbidden, []byte(textNoMonitoring)
	}
	if method != methodWatchList {
		date := r.URL.Query().Get("date")
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return http.StatusBadRequest, []byte(textNoDate)
		}
		return http.StatusOK, marshal(s.monitoring.changed(strings.TrimSuffix(method, monSuffix), date))
	}
	if r.Method == http.MethodGet {
		return http.StatusOK, marshal(each(s.WatchList(), Watched.row))
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxListBytes))
	if err != nil {
		return http.StatusBadRequest, []byte(textNoIDs)
	}
	recognised := s.recognise(string(text))
	// Without the parameter the list is replaced.
	s.monitoring.add(recognised, r.URL.Query().Get("append") == "true")
	return http.StatusOK, marshal(each(recognised, func(c *Company) object { return Watched{c.INN, c.OGRN}.row() }))
}

// recognise finds the companies of a text of INNs and OGRNs between commas, or white space as one client had it.
func (s *Server) recognise(text string) []*Company {
	s.register.mu.RLock()
	defer s.register.mu.RUnlock()
	ids := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	return s.register.find(ids, ids)
}

func (w Watched) row() object { return object{"inn": w.INN, "ogrn": w.OGRN} }

// isMonitoring reports whether a method is one of the watch list's.
func isMonitoring(method string) bool {
	return method == methodWatchList || slices.Contains(monitored, strings.TrimSuffix(method, monSuffix)) && strings.HasSuffix(method, monSuffix)
}

// moscow is where the vendor's days begin.
var moscow = time.FixedZone("MSK", 3*60*60)

// dayOf is the day of a time in Moscow, YYYY-MM-DD.
func dayOf(t time.Time) string { return t.In(moscow).Format(time.DateOnly) }
