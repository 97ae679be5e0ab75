package konturtest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Poison is how each request that holds a poisoned identifier fails, whatever else it asks about.
type Poison string

// The poisons.
const (
	// ServerError is a 500.
	ServerError Poison = "500"
	// Refusal is a 400, about the request and not about the key.
	Refusal Poison = "400"
	// Nonsense is a 200 with the first half of the good answer.
	Nonsense Poison = "nonsense"
	// Hang is no answer at all.
	Hang Poison = "hang"
	// Cut closes the connection without an answer.
	Cut Poison = "cut"
)

// Poisons are all there are.
func Poisons() []Poison { return []Poison{ServerError, Refusal, Nonsense, Hang, Cut} }

// In is the fault of a method, of all if that is empty, for requests that hold one of the identifiers.
func (p Poison) In(method string, ids ...string) Fault {
	f := Fault{Method: method, Match: func(r Request) bool {
		return slices.ContainsFunc(r.IDs, func(id string) bool { return slices.Contains(ids, id) })
	}}
	switch p {
	case Refusal:
		f.Status, f.Text = http.StatusBadRequest, "Bad Request"
	case Nonsense:
		f.Trouble = TruncatedJSON
	case Hang:
		f.Delay = 24 * time.Hour
	case Cut:
		f.Trouble = CutConnection
	default:
		f.Status, f.Text = http.StatusInternalServerError, "Internal Server Error"
	}
	return f
}

// Questions is a Fault.Match for n questions, and for the parts in which each may be asked again: a question is a request about
// as many identifiers as any before it.
func Questions(n int) func(Request) bool {
	var mu sync.Mutex
	var most, seen int
	return func(r Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if len(r.IDs) >= most {
			most = len(r.IDs)
			seen++
		}
		return seen <= n
	}
}
