package strict

import (
	"encoding"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"counterparty-sync/internal/excerpt"
)

// Node is a value as it stands in the text. A nil Node is a value that is missing.
type Node struct {
	// Line is where it stands, counted from one; 0 in JSON.
	Line int

	form form
	// text is the value of a scalar.
	text string
	// shown is the node as it was written; raw is the same in JSON.
	shown string
	raw   []byte
	// keys are the names of an object's fields, items their values, or those of a list.
	keys, items []*Node
}

// form is what kind of value a node is.
type form int

const (
	other   form = iota // such as a forced type, or an alias of an object
	nothing             // null
	aText
	aFlag
	aNumber
	aList
	anObject
)

// Text is a value that people write as a text of its own form, such as a duration; it needs no quotes.
type Text interface {
	encoding.TextUnmarshaler
	// Form says what is allowed: "a duration such as 10s".
	Form() string
}

// IsSet reports whether there is a value: null is none.
func (n *Node) IsSet() bool { return n != nil && n.form != nothing }

// IsObject reports whether it is an object.
func (n *Node) IsObject() bool { return n.form == anObject }

// Text is a scalar as it is meant, without its quotes; empty for all else.
func (n *Node) Text() string { return n.text }

// Item returns an item of a list, counted from one, and the node itself if it has no such item.
func (n *Node) Item(number int) *Node {
	if n.form == aList && number > 0 && number <= len(n.items) {
		return n.items[number-1]
	}
	return n
}

// Peek is the text of a field of an object, only to name the object: nothing is wrong with it if there is none, or null.
func (n *Node) Peek(field string) string {
	for i, key := range n.keys {
		if key.text == field && n.items[i].IsSet() {
			return excerpt.Runes(n.items[i].text, maxShown)
		}
	}
	return ""
}

// String is the node for a message: as it was written, but short, and on one line.
func (n *Node) String() string {
	if n.raw != nil {
		return excerpt.Runes(strings.Join(strings.Fields(string(n.raw)), " "), maxExcerpt)
	}
	return n.shown
}

var wholePattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,8})$`)

// Into reads the node into what a pointer points to: a text, a bool, an int, a Text, a node, or a list of or a pointer to
// one of them. A number in place of a text is refused: YAML would rewrite some of them, and people can't tell which. It
// returns the misfit, the node or an item of it, and what is allowed there; nil if there is none.
func (n *Node) Into(into any) (misfit *Node, allowed string) {
	switch into := into.(type) {
	case **Node:
		*into = n
		return nil, ""
	case Text:
		if n.form != aText && n.form != aNumber && n.form != aFlag || into.UnmarshalText([]byte(n.text)) != nil {
			return n, into.Form()
		}
		return nil, ""
	}
	value := reflect.ValueOf(into).Elem()
	switch value.Kind() {
	case reflect.String:
		switch {
		case n.form == aNumber || n.form == aFlag:
			return n, "a text; put it in quotes"
		case n.form != aText:
			return n, "a text"
		}
		value.SetString(n.text)
	case reflect.Bool:
		if n.form != aFlag {
			return n, "true or false, without quotes"
		}
		value.SetBool(strings.EqualFold(n.text, "true"))
	case reflect.Int:
		number, err := strconv.Atoi(n.text)
		if n.form != aNumber || err != nil || !wholePattern.MatchString(n.text) {
			return n, "a whole number such as 4, without quotes"
		}
		value.SetInt(int64(number))
	case reflect.Pointer:
		target := reflect.New(value.Type().Elem())
		if misfit, allowed = n.Into(target.Interface()); misfit == nil {
			value.Set(target)
		}
		return misfit, allowed
	case reflect.Slice:
		if n.form != aList {
			return n, "a list"
		}
		list := reflect.MakeSlice(value.Type(), len(n.items), len(n.items))
		for i, item := range n.items {
			if misfit, allowed = item.Into(list.Index(i).Addr().Interface()); misfit != nil {
				return misfit, allowed
			}
		}
		value.Set(list)
	default:
		panic("strict: no form for " + value.Type().String())
	}
	return nil, ""
}

// How many characters of a value a message repeats, and of JSON: enough to recognise it.
const (
	maxShown   = 80
	maxExcerpt = 60
)
