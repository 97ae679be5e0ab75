package kontur

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// decode reads the body of a 200: an array of objects.
func decode(body []byte) ([]Item, error) {
	elements, err := decodeArray(body)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(elements))
	for _, object := range elements {
		if report, ok := object["briefReport"].(map[string]any); ok {
			// A one-off link with a token in it: neither a value nor something for a history.
			delete(report, "href")
		}
		items = append(items, Item{INN: text(object["inn"]), OGRN: text(object["ogrn"]), Object: object})
	}
	return items, nil
}

// decodeArray reads an array of objects and takes all nulls out: the schema calls every field nullable, no captured
// answer has a null, and absent is how this API says "nothing to tell".
func decodeArray(body []byte) ([]map[string]any, error) {
	var elements []any
	if err := decodeInto(body, &elements); err != nil {
		return nil, err
	}
	objects := make([]map[string]any, 0, len(elements))
	for i, element := range elements {
		switch element := withoutNulls(element).(type) {
		case nil:
		case map[string]any:
			objects = append(objects, element)
		default:
			return nil, fmt.Errorf("element %d of the JSON array is no object", i)
		}
	}
	return objects, nil
}

// decodeInto reads an array into a slice, numbers as json.Number.
func decodeInto(body []byte, into any) error {
	// Some servers and proxies begin a text with a byte order mark, which JSON does not know.
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\uFEFF")))
	switch {
	case len(body) == 0:
		return errors.New("an empty answer instead of a JSON array")
	case body[0] == '<':
		return errors.New("an HTML or XML page instead of a JSON array")
	case body[0] != '[':
		return errors.New("no JSON array")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("no JSON array: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON array")
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
