package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"unicode/utf8"

	"counterparty-sync/internal/report"
)

// makeBody asks for a report. Fields that it does not have are ignored: clients send options of their own.
type makeBody struct {
	QueryType      string      `json:"queryType"`
	Query          string      `json:"query"`
	IdempotenceKey string      `json:"idempotenceKey"`
	Data           queryData   `json:"data"`
	Options        makeOptions `json:"options"`
}

// makeOptions are the options of a make; of a refresh they are the whole body.
type makeOptions struct {
	// Force makes the report anew if there is one.
	Force   bool            `json:"FORCE"`
	Webhook *report.Webhook `json:"webhook"`
}

// queryData is the identifier of a query of type MULTIPART.
type queryData struct{ INN, OGRN string }

// UnmarshalJSON implements json.Unmarshaler. An empty list stands for an empty object: PHP writes it so.
func (d *queryData) UnmarshalJSON(text []byte) error {
	if string(text) == "[]" {
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	d.INN, _ = fields["inn"].(string)
	d.OGRN, _ = fields["ogrn"].(string)
	return nil
}

// webhook is nil if no address is given.
func (o makeOptions) webhook() *report.Webhook {
	if o.Webhook == nil || *o.Webhook == (report.Webhook{}) {
		return nil
	}
	return o.Webhook
}

// byteOrderMark is what some programs put before a text.
var byteOrderMark = []byte("\ufeff")

// readBody reads one JSON object; an empty body is one without fields. The error repeats nothing of the body.
func readBody(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	text = bytes.TrimPrefix(text, byteOrderMark)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &malformed{"BodyTooLarge", "the body is larger than 64 KiB"}
	case err != nil:
		return &malformed{"BodyNotReadable", "the body can't be read"}
	case !utf8.Valid(text):
		return &malformed{"BodyNotReadable", "the body is not UTF-8"}
	case len(bytes.TrimSpace(text)) == 0:
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return &malformed{"BodyNotReadable", "the body has a " + wrong.Value + " in " + wrong.Field}
		}
		return &malformed{"BodyNotReadable", "the body is no JSON object"}
	}
	if hasHalfPair(text) {
		return &malformed{"BodyNotReadable", `the body has half of a surrogate pair, such as \ud83d alone`}
	}
	return nil
}

// escapes are those of JSON: a whole surrogate pair, half of one, which is the group, or any other.
var escapes = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]|(u[dD][89a-fA-F])|.)`)

// hasHalfPair reports whether JSON escapes what is no character (RFC 8259, section 8.2). Read, all of them would be the
// same replacement character, and texts equal that are not.
func hasHalfPair(text []byte) bool {
	for _, escape := range escapes.FindAllSubmatch(text, -1) {
		if escape[1] != nil {
			return true
		}
	}
	return false
}
