// Package exchange records what was asked of other systems and what they answered, with every value masked, so that it can
// be attached to a report of a bug; and it answers out of such a recording, so that a simulator can be fed with it.
//
// What is kept is the form: which fields there are, how long a text is, in which script and case; the same value is masked
// the same way all over a recording, and an identifier becomes another one with right check digits. What is not kept are
// values, names, ids, hosts, accounts, passwords, tickets and keys. Moments, counts and names of attributes stay as they are.
//
// Words: an exchange is a request and its answer; a masker is what is put in place of values, for one recording.
package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// The systems.
const (
	Alfresco = "alfresco"
	Kontur   = "kontur"
)

// Exchange is a request and its answer, masked.
type Exchange struct {
	System string `json:"system"`
	Method string `json:"method"`
	// Path begins behind /alfresco, or with /api3; Query is encoded.
	Path  string `json:"path"`
	Query string `json:"query,omitempty"`
	// Header holds what matters of the request's.
	Header map[string]string `json:"header,omitempty"`
	Body   Body              `json:"body,omitzero"`
	// Status is 0 if there was no answer.
	Status       int               `json:"status"`
	AnswerHeader map[string]string `json:"answerHeader,omitempty"`
	Answer       Body              `json:"answer,omitzero"`
	Milliseconds int64             `json:"milliseconds"`
}

// Body is that of a request or an answer. In a recording it is JSON as it is, and any other text as a string.
type Body []byte

// IsZero leaves an empty body out.
func (b Body) IsZero() bool { return len(b) == 0 }

// MarshalJSON implements json.Marshaler.
func (b Body) MarshalJSON() ([]byte, error) {
	if isObject(b) && json.Valid(b) {
		return b, nil
	}
	return json.Marshal(string(b))
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Body) UnmarshalJSON(data []byte) error {
	if isObject(data) {
		*b = bytes.Clone(data)
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	*b = Body(text)
	return err
}

// isObject tells an object or a list from a text.
func isObject(data []byte) bool {
	data = bytes.TrimSpace(data)
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// format and version stand in the first line of a recording.
const (
	format  = "counterparty-sync exchanges"
	version = 1
)

// Recording is a file: a line of JSON about it, then a line for each exchange.
type Recording struct {
	About     About
	Exchanges []Exchange
}

// About is the first line of a recording.
type About struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	// Settings are those that the requests follow from, such as the API of Alfresco; none is secret.
	Settings map[string]string `json:"settings,omitempty"`
}

// Write writes a recording.
func (r Recording) Write(w io.Writer) error {
	r.About.Format, r.About.Version = format, version
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(r.About)
	for _, e := range r.Exchanges {
		if err == nil {
			err = encoder.Encode(e)
		}
	}
	if err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}

// errFormat is about a file that is something else.
var errFormat = errors.New("not a recording of starter check --deep --record, of version 1")

// Read reads a recording.
func Read(r io.Reader) (Recording, error) {
	var all Recording
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&all.About); err != nil || all.About.Format != format || all.About.Version != version {
		return Recording{}, errFormat
	}
	for {
		var e Exchange
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return Recording{}, fmt.Errorf("read exchange %d of the recording: %w", len(all.Exchanges)+1, err)
		}
		all.Exchanges = append(all.Exchanges, e)
	}
}
