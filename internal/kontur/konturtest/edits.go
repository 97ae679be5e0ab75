package konturtest

import (
	"bytes"
	"encoding/json"
)

// Edit spoils a good answer: it gets the items as encoding/json decodes them, numbers as json.Number, and returns those
// that are sent. It may change what it gets. A server calls it from several goroutines.
type Edit func(items []map[string]any) []map[string]any

// Lacking takes fields out of every n-th item of an answer; 1 is all of them.
func Lacking(n int, fields ...string) Edit {
	return func(items []map[string]any) []map[string]any {
		for i := n - 1; i < len(items); i += n {
			for _, field := range fields {
				delete(items[i], field)
			}
		}
		return items
	}
}

// edited is a good answer after the edit. What is no list of items stays as it is.
func (e Edit) edited(body []byte) []byte {
	var items []map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&items) != nil {
		return body
	}
	sent := e(items)
	if sent == nil {
		sent = []map[string]any{} // as the vendor says "nobody"
	}
	return marshal(sent)
}
