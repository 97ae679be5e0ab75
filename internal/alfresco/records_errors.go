package alfresco

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// recordsMessage is one of an answer's messages. Levels below ERROR are remarks.
type recordsMessage struct {
	Level string          `json:"level"`
	Type  string          `json:"type"`
	Msg   json.RawMessage `json:"msg"`
}

const levelError = "ERROR"

// recordsError is what an answer with status 200 says went wrong. A mutation that says so has changed nothing.
type recordsError struct {
	operation string
	// class is the Java class of the cause without its package; empty if the answer has none.
	class string
	text  string
	// cause is the error of a request that failed as a whole; nil if the answer itself said what went wrong.
	cause *Error
}

// ofRequest is the trouble of a request that failed as a whole, and may go through for some of its nodes.
func ofRequest(e *Error) *recordsError {
	return &recordsError{operation: e.Operation, text: e.Error(), cause: e}
}

// failure is nil if the message is none. What went wrong is an object with class and text (ecos-records, RecordsError),
// or a text.
func (m recordsMessage) failure() *recordsError {
	if !strings.EqualFold(m.Level, levelError) {
		return nil
	}
	var told struct {
		Type string `json:"type"`
		Msg  string `json:"msg"`
	}
	if json.Unmarshal(m.Msg, &told) != nil {
		told.Type = m.Type
		if json.Unmarshal(m.Msg, &told.Msg) != nil {
			told.Msg = string(m.Msg)
		}
	}
	told.Msg = cmp.Or(told.Msg, told.Type, "an error without a text")
	return &recordsError{class: told.Type[strings.LastIndexByte(told.Type, '.')+1:], text: told.Msg}
}

// nodeErrors are the exceptions that are about the node being written, with the status that REST gives them. Classes
// are those of Alfresco Community Repository.
var nodeErrors = map[string]int{
	"AccessDeniedException":           http.StatusForbidden,
	"InvalidNodeRefException":         http.StatusNotFound,
	"NodeLockedException":             http.StatusConflict,
	"UnableToAquireLockException":     http.StatusUnprocessableEntity,
	"DuplicateChildNodeNameException": http.StatusConflict,
	"IntegrityException":              http.StatusUnprocessableEntity,
	"ConstraintException":             http.StatusUnprocessableEntity,
	"TypeConversionException":         http.StatusBadRequest,
	"NumberFormatException":           http.StatusBadRequest,
	"ParseException":                  http.StatusBadRequest,
}

// passing are exceptions of the database, of the network behind Alfresco, and of writers that were in each other's way
// though Alfresco has tried again and again: all get better by themselves.
var passing = regexp.MustCompile(`SQL|Timeout|Deadlock|Concurrency|^Connect|^Socket|^CannotCreateTransaction|^CannotAcquireLock`)

// everybodys is trouble that splitting a batch can't help; nil if it may be one node's.
func (r *recordsError) everybodys() *Error {
	switch {
	case r.cause != nil:
		return nil
	case r.class == "ReadOnlyServerException", strings.Contains(strings.ToLower(r.text), "read-only mode"): // the text is in our language
		return r.as(ReadOnly, hintReadOnly)
	case strings.Contains(r.text, "No query language available"):
		return r.as(NotSearchable, hintEngine)
	case strings.HasPrefix(r.class, "AuthenticationException"):
		return r.as(BadCredentials, hintLogin)
	}
	return nil
}

// ofSearch is the error of a search, which is not about one node.
func (r *recordsError) ofSearch() *Error {
	if e := r.everybodys(); e != nil {
		return e
	}
	if r.class == "AccessDeniedException" {
		return r.as(AccessDenied, hintDenied)
	}
	return r.unknown()
}

// unknown is an error for the whole call, of a class that is not listed here.
func (r *recordsError) unknown() *Error {
	switch {
	case r.cause != nil:
		return r.cause
	case passing.MatchString(r.class):
		return r.as(Unavailable, hintReach)
	}
	return r.as(Unavailable, hintBroken)
}

// as is an error for the whole call.
func (r *recordsError) as(kind Kind, hint string) *Error {
	return &Error{Operation: r.operation, Kind: kind, Status: http.StatusOK, Key: r.class, Summary: r.text, Hint: hint}
}

// isNamed reports whether the reason is listed as one of the node itself.
func (r *recordsError) isNamed() bool { return nodeErrors[r.class] != 0 }

// refusal is the trouble of a node that was alone in its request, for a reason that is listed.
func (r *recordsError) refusal() *Refusal {
	status := nodeErrors[r.class]
	return &Refusal{Gone: status == http.StatusNotFound, Status: status, Reason: r.text}
}

// refuseFailed is what becomes of a node that failed while others went through.
func (r *recordsError) refuseFailed() *Refusal {
	refusal := refuseFailed(r.unknown())
	refusal.Reason = r.text
	return refusal
}

// named is the index of the one node of the batch that the text names, or -1. It is a guess, not proof.
func (r *recordsError) named(ids []string) int {
	isNamed := func(id string) bool { return strings.Contains(r.text, id) }
	at := slices.IndexFunc(ids, isNamed)
	if at >= 0 && slices.ContainsFunc(ids[at+1:], isNamed) {
		return -1
	}
	return at
}
