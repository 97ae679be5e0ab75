package sourcestatetest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	ss "counterparty-sync/internal/sourcestate"
)

// object is a JSON object with its fields still to be read. Unlike a struct it tells capitals from small letters.
type object map[string]json.RawMessage

// absent reports whether the object lacks the field or has null there.
func (o object) absent(name string) bool {
	raw, ok := o[name]
	return !ok || string(raw) == "null"
}

// text returns a field that is a string, else "".
func (o object) text(name string) string {
	var s string
	if err := json.Unmarshal(o[name], &s); err != nil {
		return ""
	}
	return s
}

// unwrap returns the report of an answer. There too is a field state, but it is a string; in a report it is an object.
func unwrap(o object) (object, error) {
	if !strings.HasPrefix(string(o["state"]), `"`) {
		return o, nil
	}
	if state := o.text("state"); state != "ok" {
		return nil, refusal(fmt.Sprintf("it is an answer whose state is %s", quote(state)), "look at the answer's event for what failed")
	}
	var reports []object
	if err := json.Unmarshal(o["data"], &reports); err != nil || len(reports) != 1 {
		return nil, refusal(fmt.Sprintf("it is an answer with %d reports", len(reports)), "ask for one report that exists")
	}
	return reports[0], nil
}

// entry is a source as the document has it.
type entry struct {
	id, state, extended, reason string
	hasExtended                 bool // has an extended_state, be it unknown
	hasData                     bool // has an object data
	older                       bool // data has what only the vehicle form of 2019 has
}

func readEntry(o object) entry {
	e := entry{state: o.text("state"), extended: o.text("extended_state"), hasExtended: !o.absent("extended_state")}
	for _, name := range []string{"_id", "id", "name"} {
		if e.id = o.text(name); e.id != "" {
			break
		}
	}
	var data object
	if err := json.Unmarshal(o["data"], &data); err == nil && data != nil {
		e.hasData = true
		if e.reason = data.text("reason"); e.reason == "" && !data.absent("reason") {
			e.reason = strings.Trim(string(data["reason"]), `"`) // no string, or an empty one
		}
		e.older = !data.absent("from_cache") || !data.absent("real_status")
	}
	return e
}

// recognise tells the dialect by what only one of them has. Without any such trace it is not sure: then all states are
// words that both dialects count alike, or words of neither.
func recognise(state object, entries []entry) (d ss.Dialect, sure bool) {
	var vehicle, older, words, data bool
	for _, e := range entries {
		vehicle = vehicle || e.hasExtended
		older = older || e.older
		words = words || entityCounts[e.state] != countsNowhere && vehicleCounts[e.state] == countsNowhere
		data = data || e.hasData || strings.Contains(e.id, "/")
	}
	switch {
	case vehicle:
		return ss.VehicleDialect, true
	case words:
		return ss.EntityDialect, true
	case older:
		return ss.VehicleDialect, true
	case data, !state.absent("data"):
		return ss.EntityDialect, true
	}
	// The form of 2019 may come without data, and without sources the vehicle dialect has nothing else to show.
	return ss.VehicleDialect, len(entries) == 0
}

// maxQuoted bounds what a remark repeats of a document, in bytes.
const maxQuoted = 60

func quote(s string) string {
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return strconv.Quote(s)
}
