package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/report"
)

// makeBody asks for a report. Fields that it does not have are ignored: clients send options of their own.
type makeBody struct {
	QueryType      string              `json:"queryType"`
	Query          text                `json:"query"`
	IdempotenceKey text                `json:"idempotenceKey"`
	Data           object[queryData]   `json:"data"`
	Options        object[makeOptions] `json:"options"`
}

// queryData is the identifier of a query of type MULTIPART.
type queryData struct {
	INN  text `json:"inn"`
	OGRN text `json:"ogrn"`
}

// makeOptions are the options of a make.
type makeOptions struct {
	// Force makes the report anew if there is one.
	Force   flag              `json:"FORCE"`
	Webhook object[addresses] `json:"webhook"`
}

// refreshBody asks for a report anew: it is the options themselves, or has them in a field as a make does.
type refreshBody struct {
	makeOptions
	Options object[makeOptions] `json:"options"`
}

// addresses are those of a webhook.
type addresses struct {
	OnUpdate   string `json:"on_update"`
	OnComplete string `json:"on_complete"`
}

// webhook is nil if no address is given.
func (o makeOptions) webhook() *report.Webhook {
	hook := report.Webhook(o.Webhook.fields)
	if hook == (report.Webhook{}) {
		return nil
	}
	return &hook
}

func (b refreshBody) webhook() *report.Webhook {
	return cmp.Or(b.Options.fields.webhook(), b.makeOptions.webhook())
}

// object is an object of JSON. An empty list is an empty one: PHP writes it so.
type object[T any] struct{ fields T }

// UnmarshalJSON implements json.Unmarshaler.
func (o *object[T]) UnmarshalJSON(raw []byte) error {
	if inner, isList := bytes.CutPrefix(raw, []byte("[")); isList && string(bytes.TrimSpace(inner)) == "]" {
		return nil
	}
	return json.Unmarshal(raw, &o.fields)
}

// text is a text, or a number in its place, with the digits that it was written with.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
		*t = text(raw)
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}

// trimmed is the text without white space around it.
func (t text) trimmed() string { return strings.TrimSpace(string(t)) }

// flag is true or false, also as a text or a number: forms of web pages have no others.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(raw []byte) error {
	switch string(bytes.Trim(raw, `"`)) {
	case "true", "1":
		*f = true
	case "false", "0", "":
		*f = false
	default:
		return json.Unmarshal(raw, (*bool)(f))
	}
	return nil
}

// readBody reads one JSON object; an empty body is one without fields. The error repeats nothing of the body.
func readBody[T any](r *http.Request) (T, error) {
	var into object[T]
	body, err := io.ReadAll(r.Body)
	body = bytes.TrimSpace(charset.Unmarked(body))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return into.fields, &malformed{"BodyTooLarge", "the body is larger than 64 KiB"}
	case err != nil:
		return into.fields, &malformed{"BodyNotReadable", "the body can't be read"}
	case !utf8.Valid(body):
		return into.fields, &malformed{"BodyNotReadable", "the body is not UTF-8"}
	case len(body) == 0:
		return into.fields, nil
	}
	if err := json.Unmarshal(body, &into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return into.fields, &malformed{"BodyNotReadable", "the body has " + kinds[wrong.Value] + " in " + wrong.Field}
		}
		return into.fields, &malformed{"BodyNotReadable", "the body is no JSON object"}
	}
	if charset.HalfPair(body) {
		return into.fields, &malformed{"BodyNotReadable", "the body has " + charset.ErrHalfPair.Error()}
	}
	return into.fields, nil
}

// kinds are those of a value, as encoding/json calls them, in words for people.
var kinds = map[string]string{"array": "a list", "object": "an object", "string": "a text", "number": "a number", "bool": "true or false"}
