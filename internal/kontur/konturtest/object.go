package konturtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
)

// object is a JSON object in the making.
type object map[string]any

// put sets a key unless the value is empty: the vendor leaves out false flags, unknown values and empty lists. Empty
// objects stay; only a missing one is nil.
func (o object) put(key string, value any) {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return
	}
	o[key] = value
}

// putFilled sets a key unless the object is empty.
func (o object) putFilled(key string, below object) {
	if len(below) > 0 {
		o[key] = below
	}
}

// fields makes an object of keys and their values in turn; the empty ones are left out.
func fields(keysAndValues ...any) object {
	o := object{}
	for i := 0; i < len(keysAndValues); i += 2 {
		o.put(keysAndValues[i].(string), keysAndValues[i+1])
	}
	return o
}

// merge puts extra over o, objects deeply. Neither side's inner objects are changed.
func (o object) merge(extra map[string]any) {
	for key, value := range extra {
		below, isObject := value.(map[string]any)
		old, wasObject := o[key].(object)
		if isObject && wasObject {
			merged := maps.Clone(old)
			merged.merge(below)
			o[key] = merged
			continue
		}
		o[key] = value
	}
}

// marshal renders JSON as the vendor does: slashes are escaped, letters and angle brackets are not.
func marshal(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(fmt.Sprintf("konturtest: render an item: %v", err))
	}
	// A slash can only stand inside a JSON string.
	return bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("/"), []byte(`\/`))
}

// each renders a list.
func each[T any](list []T, render func(T) object) []object {
	objects := make([]object, 0, len(list))
	for _, element := range list {
		objects = append(objects, render(element))
	}
	return objects
}
