package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report/desk"
)

// version is the form of the answers about makes and refreshes, as captured.
const version = "2.0"

// envelope is around every answer that is well. Fields are in the order of captured answers.
type envelope struct {
	State   string     `json:"state"` // always "ok"
	Size    int        `json:"size"`
	Version string     `json:"version,omitempty"`
	Total   *int       `json:"total,omitempty"`
	Stamp   desk.Stamp `json:"stamp"`
	Data    any        `json:"data"` // a list
}

// failure is around the event of a request that was understood and can't be met.
type failure struct {
	State string     `json:"state"` // always "fail"
	Stamp desk.Stamp `json:"stamp"`
	Event event      `json:"event"`
}

// event is an error.
type event struct {
	UID     string         `json:"uid"`
	Stamp   desk.Stamp     `json:"stamp"`
	Class   string         `json:"cls"` // Security, Data or Global
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Message string         `json:"message"`
	Data    map[string]any `json:"data"`
	Events  []event        `json:"events"`
}

// framework is the error about a request that was not understood.
type framework struct {
	Timestamp desk.Stamp `json:"timestamp"`
	Status    int        `json:"status"`
	Error     string     `json:"error"`
	Exception string     `json:"exception"`
	Message   string     `json:"message"`
	Path      string     `json:"path"` // escaped, without the query
}

// malformed is a request that was not understood.
type malformed struct{ exception, message string }

func (m *malformed) Error() string { return m.message }

// absent is an object that the request names and that does not exist.
type absent struct{ kind, uid string }

func (e *absent) Error() string { return "there is no " + e.kind + " " + e.uid }

// errBegun is a report that has begun so recently that not even its sources are known.
var errBegun = errors.New("the report has just begun")

func (a *api) stamp() desk.Stamp { return desk.Stamp(a.Now()) }

// ok answers with a list, which is not nil.
func ok[T any](a *api, w http.ResponseWriter, e envelope, data []T) error {
	e.State, e.Size, e.Stamp, e.Data = "ok", len(data), a.stamp(), data
	return write(w, http.StatusOK, e)
}

// fail answers with what went wrong. What is the fault of this side is logged and not told.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	var wrong *malformed
	var missing *absent
	var full *busy
	switch {
	case errors.As(err, &wrong):
		a.bare(w, r, http.StatusBadRequest, wrong.exception, wrong.message)
	case errors.As(err, &missing), errors.Is(err, desk.ErrUnknownType):
		e := event{Class: "Data", Type: "DataSeekObjectError", Name: "no object has this uid", Message: err.Error()}
		if missing != nil {
			e.Data = map[string]any{"entity_type": missing.kind, "entity_uid": missing.uid}
		}
		a.event(w, http.StatusInternalServerError, e)
	case invalid.Is(err):
		a.event(w, http.StatusBadRequest, event{Class: "Data", Type: "DataQueryError", Name: "the request is not valid", Message: err.Error()})
	case r.Context().Err() == context.Canceled:
		// Nobody listens any more.
	case errors.As(err, &full):
		w.Header().Set("Retry-After", strconv.Itoa(int(busyWait.Seconds())))
		a.bare(w, r, http.StatusTooManyRequests, "TooManyReports", full.Error())
	case errors.Is(err, errBalance):
		w.Header().Set("Retry-After", "60")
		a.event(w, http.StatusServiceUnavailable, system(err.Error()))
	case isPassing(err):
		a.Log.Warn("a request for reports can't be answered now", zap.Error(err))
		w.Header().Set("Retry-After", "5")
		a.event(w, http.StatusServiceUnavailable, system("it can't be answered now; ask again in some seconds"))
	default:
		a.Log.Error("a request for reports failed", zap.Error(err))
		a.event(w, http.StatusInternalServerError, system("internal error; see the worker's log"))
	}
}

// isPassing reports whether the same request may be answered later.
func isPassing(err error) bool {
	var unavailable *serviceerror.Unavailable
	var busy *serviceerror.ResourceExhausted
	var late *serviceerror.DeadlineExceeded
	return errors.Is(err, errBegun) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &unavailable) || errors.As(err, &busy) || errors.As(err, &late)
}

// system is an event about this side. It has no stack trace: that is the log's.
func system(message string) event {
	return event{Class: "Global", Type: "GenericSystemError", Name: "system error", Message: message}
}

// event answers with an event: bare if it is about the token, else in its envelope.
func (a *api) event(w http.ResponseWriter, status int, e event) {
	// A random UUID ties an answer to a question about it.
	e.UID, e.Stamp, e.Events = uuid.NewString(), a.stamp(), []event{}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	if e.Class == "Security" {
		_ = write(w, status, e)
		return
	}
	_ = write(w, status, failure{State: "fail", Stamp: e.Stamp, Event: e})
}

// bare answers in the form of the framework behind captured answers.
func (a *api) bare(w http.ResponseWriter, r *http.Request, status int, exception, message string) {
	_ = write(w, status, framework{
		Timestamp: a.stamp(), Status: status, Error: http.StatusText(status), Exception: exception, Message: message,
		Path: r.URL.EscapedPath(),
	})
}

func write(w http.ResponseWriter, status int, body any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // who hung up is told nothing
	return nil
}
