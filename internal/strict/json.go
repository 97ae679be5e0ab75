package strict

import (
	"bytes"
	"encoding/json"
	"strconv"

	"counterparty-sync/internal/charset"
)

// JSON takes one JSON value apart. An error is that of encoding/json, or for a text that is not UTF-8 or has half of a
// surrogate pair, which encoding/json would replace without a word, a *SyntaxError. Nodes have no lines, and messages show
// them as JSON.
func JSON(data []byte) (*Node, error) {
	if err := findSpoilt(data); err != nil {
		return nil, err
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	p := &jsonParser{data, json.NewDecoder(bytes.NewReader(data))}
	p.decoder.UseNumber()
	return p.node(), nil
}

// findSpoilt finds the first line with what is no character. No text of JSON goes on in the next line.
func findSpoilt(data []byte) *SyntaxError {
	return findLine(data, func(line []byte) string {
		if err := charset.CheckJSON(line); err != nil {
			return err.Error()
		}
		return ""
	})
}

// jsonParser goes through JSON that is known to be whole.
type jsonParser struct {
	data    []byte
	decoder *json.Decoder
}

func (p *jsonParser) node() *Node {
	start := p.decoder.InputOffset()
	token, _ := p.decoder.Token()
	n := &Node{}
	switch t := token.(type) {
	case nil:
		n.form = nothing
	case string:
		n.form, n.text = aText, t
	case bool:
		n.form, n.text = aFlag, strconv.FormatBool(t)
	case json.Number:
		n.form, n.text = aNumber, t.String()
	case json.Delim:
		n.form = aList
		if t == '{' {
			n.form = anObject
		}
		for p.decoder.More() {
			if t == '{' {
				key := p.node()
				key.shown, key.raw = key.text, nil
				n.keys = append(n.keys, key)
			}
			n.items = append(n.items, p.node())
		}
		_, _ = p.decoder.Token() // its end
	}
	n.raw = bytes.TrimLeft(p.data[start:p.decoder.InputOffset()], " \t\r\n,:")
	return n
}
