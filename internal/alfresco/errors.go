package alfresco

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"counterparty-sync/internal/excerpt"
)

// Kind says what sort of trouble an Error is, for retry rules.
type Kind string

// The kinds of trouble.
const (
	// Unavailable may get better by itself: no connection, a time-out, 5xx.
	Unavailable Kind = "Unavailable"
	// RateLimited asks to wait: 429, or 503 with Retry-After.
	RateLimited Kind = "RateLimited"
	// BadCredentials is a wrong user or password. Of a login that went through before, a refusal is Unavailable.
	BadCredentials Kind = "BadCredentials"
	// AccessDenied is a permission that the account does not have, for more than a single node.
	AccessDenied Kind = "AccessDenied"
	// NotSearchable is a search engine that has no sys:node-dbid.
	NotSearchable Kind = "NotSearchable"
	// UnknownAttribute is a property that the content model lacks.
	UnknownAttribute Kind = "UnknownAttribute"
	// ReadOnly is a repository that takes no writes.
	ReadOnly Kind = "ReadOnly"
	// BadResponse is an answer that breaks the contract, such as a proxy's page.
	BadResponse Kind = "BadResponse"
	// BadRequest is a request that Alfresco calls wrong.
	BadRequest Kind = "BadRequest"
	// Untrusted is a server with a certificate of an unknown authority.
	Untrusted Kind = "Untrusted"
)

// Error is trouble that isn't a single node's. It holds no secret. A call that its own context ended returns the
// context's error instead.
type Error struct {
	// Operation is what was being done, as in Call.
	Operation string
	Kind      Kind
	// Status is the HTTP status; 0 if there was no answer.
	Status int
	// Key is Alfresco's errorKey; empty if there was none.
	Key string
	// Summary says what happened, on one line.
	Summary string
	// Hint says what a person can do; may be empty.
	Hint string
	// RetryAfter is how long Alfresco asks to wait, RateLimited only; 0 if it doesn't say.
	RetryAfter time.Duration

	cause error
}

// Error implements error on one line, without the hint.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("alfresco %s: %s", e.Operation, e.Summary)
	}
	return fmt.Sprintf("alfresco %s: status %d: %s", e.Operation, e.Status, e.Summary)
}

// Unwrap returns what the network said; nil if Alfresco answered.
func (e *Error) Unwrap() error { return e.cause }

// The hints, where more than one place gives them.
const (
	hintURL      = "check that ALFRESCO_URL ends in /alfresco and reaches Alfresco itself, and not a proxy or a login page"
	hintLogin    = "check ALFRESCO_USER and ALFRESCO_PASSWORD"
	hintReach    = "check that Alfresco runs and that ALFRESCO_URL is right"
	hintDenied   = "give the account of ALFRESCO_USER the right to read and edit the nodes"
	hintEngine   = "Alfresco has to search with Solr (index.subsystem.name=solr6): other engines don't know sys:node-dbid"
	hintSolr     = "check that Solr runs and has its index: Alfresco passes Solr's answer on"
	hintReadOnly = "the repository takes no writes: an administrator has to end the read-only mode or renew the licence"
	hintMapping  = "the mapping names it: add it to Alfresco's content model or take it out of the mapping"
	hintBroken   = "see Alfresco's log; if this lasts, this version of Alfresco may behave differently"
)

// classify turns an answer that isn't a success into an Error. What is special about single nodes is decided before.
func classify(operation string, a answer) *Error {
	e := &Error{Operation: operation, Status: a.status, Key: a.failure.Key, Summary: a.summary()}
	switch status := a.status; {
	case status == http.StatusNotFound && operation == opMetadata:
		e.Kind, e.Hint = BadResponse, "the metadata web script has to be reachable at /alfresco/service/api/metadata; a proxy may block it"
	case status == http.StatusNotFound && (operation == opQuery || operation == opMutate):
		e.Kind, e.Hint = BadResponse, hintNoRecords
	case strings.Contains(strings.ToLower(a.failure.Summary), "read-only mode"):
		e.Kind, e.Hint = ReadOnly, hintReadOnly
	case strings.Contains(a.failure.Summary, "No query language available"):
		// What a repository with index.subsystem.name=noindex says to a range.
		e.Kind, e.Hint = NotSearchable, hintEngine
	case status == http.StatusUnauthorized, status == http.StatusForbidden && operation == opTicket: // its word for a wrong password
		e.Kind, e.Hint = BadCredentials, hintLogin
	case status == http.StatusForbidden && operation == opSearch:
		e.Kind = AccessDenied
		e.Hint = "give the account of ALFRESCO_USER the right to search; if it has that, the secret that Alfresco and Solr share may differ"
	case status == http.StatusForbidden:
		e.Kind, e.Hint = AccessDenied, hintDenied
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && a.hasRetryAfter:
		e.Kind, e.RetryAfter = RateLimited, a.retryAfter
	case status == http.StatusNotFound && operation == opSearch && a.isFailure:
		// Solr's own status passes through: it has no such index, or has not loaded it yet.
		e.Kind, e.Hint = Unavailable, hintSolr
	case status == http.StatusNotImplemented:
		e.Kind, e.Hint = BadRequest, hintBroken
	case status >= 500:
		e.Kind, e.Hint = Unavailable, hintReach
	case status >= 400 && a.isFailure:
		e.Kind, e.Hint = BadRequest, hintBroken
	default:
		e.Kind, e.Hint = BadResponse, hintURL
	}
	return e
}

// badResponse is an answer of success that makes no sense.
func badResponse(operation string, status int, summary, hint string) *Error {
	return &Error{Operation: operation, Kind: BadResponse, Status: status, Summary: summary, Hint: hint}
}

// tooLarge is an answer beyond MaxBodyBytes. Whoever may edit nodes can fill them with any amount of text, so that to ask
// about fewer of them may help.
func tooLarge(operation string) *Error {
	e := badResponse(operation, 0, fmt.Sprintf("the answer has more than %d MB", MaxBodyBytes>>20), hintURL)
	e.cause = resty.ErrResponseBodyTooLarge
	return e
}

func isTooLarge(err error) bool { return errors.Is(err, resty.ErrResponseBodyTooLarge) }

// maxSummaryRunes keeps an error readable: Alfresco puts whole Java traces into summaries at times.
const maxSummaryRunes = 200

var logNumber = regexp.MustCompile(`^\d{8} `)

// tidy makes one short line of what Alfresco says, without the log number at its beginning, which differs every time.
func tidy(text string) string {
	return excerpt.Within(logNumber.ReplaceAllString(strings.Join(strings.Fields(text), " "), ""), maxSummaryRunes)
}
