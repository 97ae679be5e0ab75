package kontur

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/counterparty"
)

// decodeItem makes an item of an element of an answer; ok is false for a null. Errors are *malformed.
func decodeItem(e element) (item Item, ok bool, err error) {
	if e.cut() && e.text[0] == '{' {
		return Item{INN: e.inn, OGRN: e.ogrn, Bytes: e.bytes}, true, nil
	}
	object, err := decodeObject(e)
	if object == nil || err != nil {
		return Item{}, false, err
	}
	if report, ok := object["briefReport"].(map[string]any); ok {
		// A one-off link with a token in it: neither a value nor something for a history.
		delete(report, "href")
	}
	return Item{INN: identifier(object["inn"]), OGRN: identifier(object["ogrn"]), Object: object, Bytes: e.bytes}, true, nil
}

// decodeObject reads an element that has to be an object, nil for null, and takes all nulls out: the schema calls every
// field nullable, no captured answer has a null, and absent is how this API says "nothing known".
func decodeObject(e element) (map[string]any, error) {
	var value any
	if err := decodeElement(e, &value); err != nil {
		return nil, err
	}
	switch object := withoutNulls(value).(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return object, nil
	}
	return nil, noArray("element %d of the JSON array is no object", e.index)
}

// decodeElement decodes an element that is whole, numbers as json.Number. One with what is no character is refused:
// encoding/json would put U+FFFD in its place, and names would be lost.
func decodeElement(e element, into any) error {
	if e.cut() {
		return noArray("element %d of the JSON array has %d bytes", e.index, e.bytes)
	}
	if err := charset.CheckJSON(e.text); err != nil {
		return noArray("element %d of the JSON array has %v", e.index, err)
	}
	d := json.NewDecoder(bytes.NewReader(e.text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return noArray("no JSON array: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return noArray("no JSON array: something follows element %d", e.index)
	}
	return nil
}

// withoutNulls deletes nulls from objects and arrays, in place as far as it goes.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			if v == nil {
				delete(value, k)
				continue
			}
			value[k] = withoutNulls(v)
		}
	case []any:
		for i, v := range value {
			value[i] = withoutNulls(v)
		}
		return slices.DeleteFunc(value, func(v any) bool { return v == nil })
	}
	return value
}

// text reads an identifier. They are strings; a number is taken for its digits, and a blank one is none.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	}
	return ""
}

// identifier reads an INN or an OGRN of an item. What is longer than any of them is cut: identifiers stand in histories and
// in reasons.
func identifier(value any) string { return counterparty.ShortID(text(value)) }
