package konturtest

import "time"

// recordLimit bounds the record: a sandbox may serve for days.
const recordLimit = 5_000

// Request is what the server remembers of a request. The key is not in it.
type Request struct {
	// Verb is the HTTP method, Path the path, Method the API's method or empty for an unknown path.
	Verb, Path, Method string
	// Param is inn or ogrn, "inn+ogrn" if both are filled, empty if none is.
	Param string
	// IDs are the identifiers as they were sent, those of inn first.
	IDs []string
	// Query is the query with the key masked.
	Query string
	// Referer is the header; the key is masked.
	Referer string
	// Status is that of the answer; 0 while the request is in flight, and if it was cut before any answer.
	Status int
	Start  time.Time
}
