package alfrescotest

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// Fault is something that goes wrong, for requests that match. The zero matcher matches every request; the zero action
// does nothing.
type Fault struct {
	// Operation that it hits; empty: every one.
	Operation Operation
	// NodeID that it hits; empty: every one, and requests without a node.
	NodeID string
	// Kept: it hits requests on a connection that has brought one before, as those that a server closes when it has waited
	// for long enough.
	Kept bool
	// Skip lets this many matching requests pass first.
	Skip int
	// Times is how many requests it hits; 0: for ever.
	Times int

	// Delay comes before everything else.
	Delay time.Duration
	// After carries the request out first and spoils the answer only.
	After bool
	// Cut closes the connection without an answer.
	Cut bool
	// Status of the answer; with no other action the body is the error envelope.
	Status int
	// Key and Summary go into the error envelope; an empty Key stands for the summary.
	Key, Summary string
	// HTML answers with a page as proxies and Tomcat do, with Status (200 if it is 0).
	HTML bool
	// Body answers with exactly this.
	Body string
	// Header is added to the answer, for example Retry-After.
	Header map[string]string
}

// Occurrence implements simulate.Faults.
func (f Fault) Occurrence() (skip, times int) { return f.Skip, f.Times }

// hits reports whether the fault is for an operation on these nodes.
func (f Fault) hits(op Operation, nodeIDs []string, kept bool) bool {
	return (!f.Kept || kept) && (f.Operation == "" || f.Operation == op) && (f.NodeID == "" || slices.Contains(nodeIDs, f.NodeID))
}

func (f Fault) answers() bool { return f.Cut || f.Status != 0 || f.HTML || f.Body != "" }

func (f Fault) answer(w http.ResponseWriter) {
	if f.Cut {
		panic(http.ErrAbortHandler) // net/http closes the connection and stays silent
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	status := cmp.Or(f.Status, http.StatusOK)
	switch {
	case f.HTML:
		send(w, tomcatPage(status))
	case f.Body != "":
		w.WriteHeader(status)
		_, _ = w.Write([]byte(f.Body))
	case f.Key == "" && f.Summary == "":
		send(w, refusal(status, keyDefault, http.StatusText(status)))
	default:
		send(w, refusal(status, f.Key, f.Summary))
	}
}
