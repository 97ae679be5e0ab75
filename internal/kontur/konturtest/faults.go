package konturtest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Trouble is a fault that is more than a status and a text.
type Trouble int

// The troubles.
const (
	// CutConnection closes the connection without an answer.
	CutConnection Trouble = iota + 1
	// CutBody announces the good answer and closes the connection in its middle.
	CutBody
	// Garbage is a 200 of bytes that are no text.
	Garbage
	// HTMLPage is a 200 with a login page, as captive portals send it.
	HTMLPage
	// TruncatedJSON is a 200 with the first half of the good answer, well-formed as HTTP.
	TruncatedJSON
	// NotArray is a 200 with a JSON object.
	NotArray
	// Nothing is a 200 with an empty array, whoever is known.
	Nothing
	// ErrorObject is a 200 with an array of one object, which names an error and no company.
	ErrorObject
	// Redirect sends elsewhere, with the whole query repeated in Location.
	Redirect
	// EchoKey is an error whose text repeats the request's address, key and all. Status is 500 unless the fault has one.
	EchoKey
	// HugeBody is the good answer behind so much white space that it has Fault.Bytes bytes.
	HugeBody
)

// Fault is a deviation from the rules for some requests.
type Fault struct {
	// Method limits the fault to one method; empty means all of them.
	Method string
	// Match, if not nil, limits it to requests for which it holds.
	Match func(Request) bool
	// Times is how many requests meet the fault; 0 means all until ClearFaults.
	Times int
	// Delay comes before all else. Alone, it is a good answer that is slow.
	Delay time.Duration
	// Status, Text and RetryAfter make a plain-text answer. RetryAfter is the header as it is to be written.
	Status     int
	Text       string
	RetryAfter string
	Trouble    Trouble
	// Bytes is the size of HugeBody.
	Bytes int
	// Edit, if not nil, makes a good answer one that is well-formed and wrong. It goes with Delay only.
	Edit Edit
}

// Occurrence implements simulate.Faults.
func (f Fault) Occurrence() (skip, times int) { return 0, f.Times }

// hits reports whether the fault is for a request.
func (f Fault) hits(r Request) bool {
	return (f.Method == "" || f.Method == r.Method) && (f.Match == nil || f.Match(r))
}

// play answers as the fault says. It returns false if the fault was a delay only.
func (f Fault) play(w http.ResponseWriter, r *http.Request, good func() (status int, body []byte)) bool {
	switch f.Trouble {
	case CutConnection:
		panic(http.ErrAbortHandler)
	case CutBody:
		_, body := good()
		w.Header().Set("Content-Type", typeJSON)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Garbage:
		answer(w, http.StatusOK, typeJSON, []byte("\x00\xff\xfe\x01\x1b[31m"))
	case HTMLPage:
		answer(w, http.StatusOK, "text/html; charset=utf-8", []byte("<!DOCTYPE html><html><title>Sign in</title></html>"))
	case TruncatedJSON:
		_, body := good()
		answer(w, http.StatusOK, typeJSON, body[:len(body)/2])
	case NotArray:
		answer(w, http.StatusOK, typeJSON, []byte(`{"error":"no array"}`))
	case Nothing:
		answer(w, http.StatusOK, typeJSON, []byte(`[]`))
	case ErrorObject:
		answer(w, http.StatusOK, typeJSON, []byte(`[{"error":"internal"}]`))
	case Redirect:
		w.Header().Set("Location", "/elsewhere?"+r.URL.RawQuery)
		answer(w, http.StatusFound, typeText, nil)
	case HugeBody:
		_, body := good()
		w.Header().Set("Content-Type", typeJSON)
		w.WriteHeader(http.StatusOK)
		_, _ = io.Copy(w, io.LimitReader(spaces{}, int64(max(0, f.Bytes-len(body)))))
		_, _ = w.Write(body)
	case EchoKey:
		f.Status = cmp.Or(f.Status, http.StatusInternalServerError)
		f.Text += " GET " + r.URL.String() + " key " + r.URL.Query().Get("key")
		fallthrough
	default:
		if f.Status == 0 {
			return false
		}
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		answer(w, f.Status, typeText, []byte(f.Text))
	}
	return true
}

// spaces is an endless stream of white space.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, strings.Repeat(" ", len(p))), nil }
