// Package sourcestatetest reads source-state documents back, as their readers do, so that tests can say what a document
// means. Its words and counting rules are its own: a mistake in those of package sourcestate shows. It is for tests only.
package sourcestatetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"counterparty-sync/internal/invalid"
	ss "counterparty-sync/internal/sourcestate"
)

// Parsed is a source-state document of anybody, as far as it could be understood.
type Parsed struct {
	Dialect ss.Dialect
	// Sources are in the order of the document. Ids may be empty, malformed or repeated; remarks say so.
	Sources []ParsedSource
	// Remarks say what is not as it should be, a line each, in words for people. They quote the document.
	Remarks []string
	// Written are the counters as the document has them.
	Written WrittenCounters
	// Recount are the counters that Sources give by the rules of the dialect. Believe these: documents are known whose
	// counters disagree with their list. A state that the dialect does not have counts as an error.
	Recount ss.Counters
}

// ParsedSource is one source of a document.
type ParsedSource struct {
	ID string
	// State is what the document's words mean, "" if the dialect has no such word.
	State ss.State
	// Reason is data.reason. An ss.Answered source may have one too.
	Reason string
	// WrittenState is the field state.
	WrittenState string
	// WrittenExtendedState is the field extended_state of the vehicle dialect.
	WrittenExtendedState string
}

// WrittenCounters are counters of a document; nil if it has none. The synchronous service writes no progress_wait.
type WrittenCounters struct{ OK, Wait, Error *int }

// Complete reports whether no source waits, by the list and not by the counters as written.
func (p Parsed) Complete() bool { return p.Recount.Wait == 0 }

// Parse reads a source-state document: a report object with the two blocks among its fields, or an answer (envelope) that
// holds exactly one. It takes both dialects, the older vehicle form without extended_state, "id" and "name" for "_id",
// missing counters and data; what is odd becomes a remark. It refuses only what has no list of sources in its place, with
// an error whose second line is a hint.
func Parse(document []byte) (Parsed, error) {
	var top object
	if err := json.Unmarshal(document, &top); err != nil {
		return Parsed{}, refusal("it is no JSON object: "+err.Error(), "give the report object, with progress_ok and state")
	}
	top, err := unwrap(top)
	if err != nil {
		return Parsed{}, err
	}
	var state object
	if err := json.Unmarshal(top["state"], &state); err != nil || state == nil {
		return Parsed{}, refusal("it has no object state", "state and progress_ok stand beside content, not in it")
	}
	var list []object
	if err := json.Unmarshal(state["sources"], &list); err != nil || list == nil {
		return Parsed{}, refusal("its state has no list of objects named sources", "give the report object, with progress_ok and state")
	}

	entries := make([]entry, len(list))
	for i, o := range list {
		entries[i] = readEntry(o)
	}
	p := Parsed{Sources: make([]ParsedSource, 0, len(list))}
	dialect, sure := recognise(state, entries)
	p.Dialect = dialect
	if !sure {
		p.remark("nothing tells the dialect; taken for %s, both count these states alike", dialect)
	}
	seen := make(map[string]bool, len(entries))
	for i, e := range entries {
		p.checkID(i, e, seen)
		p.read(i, e)
	}
	p.readCounters(top)
	return p, nil
}

// Report returns the document as Sources. The error, of package invalid, names each source that can't be among them: ids
// malformed, repeated or with a slash, and states that the dialect does not have.
func (p Parsed) Report() (ss.Sources, error) {
	var l invalid.List
	known := make([]ss.Source, 0, len(p.Sources))
	for _, s := range p.Sources {
		if !s.State.Known() {
			l.Add("state of source "+s.ID, s.WrittenState, "a word of the "+string(p.Dialect)+" dialect")
			continue
		}
		known = append(known, ss.Source{ID: s.ID, State: s.State, Reason: s.Reason})
	}
	wire, err := json.Marshal(map[string]any{"sources": known})
	if err != nil {
		return ss.Sources{}, err
	}
	var sources ss.Sources
	l.Join(json.Unmarshal(wire, &sources))
	if err := l.Err(); err != nil {
		return ss.Sources{}, fmt.Errorf("take over source states: %w", err)
	}
	return sources, nil
}

func (p *Parsed) remark(format string, args ...any) {
	p.Remarks = append(p.Remarks, fmt.Sprintf(format, args...))
}

// checkID remarks on an id that is missing, malformed or repeated.
func (p *Parsed) checkID(i int, e entry, seen map[string]bool) {
	switch {
	case e.id == "":
		p.remark("source %d has no _id", i+1)
	case seen[e.id]:
		p.remark("source %d, %s, is in the list twice", i+1, quote(e.id))
	case !ss.CheckID(strings.ReplaceAll(e.id, "/", "-")):
		p.remark("source %d, %s, has a malformed id", i+1, quote(e.id))
	}
	seen[e.id] = true
}

// read adds a source to the list and to the recount.
func (p *Parsed) read(i int, e entry) {
	s := ParsedSource{ID: e.id, Reason: e.reason, WrittenState: e.state, WrittenExtendedState: e.extended}
	var counts class
	if p.Dialect == ss.VehicleDialect {
		s.State, counts = p.readVehicle(i, e)
	} else {
		s.State, counts = p.readEntity(i, e)
	}
	p.Sources = append(p.Sources, s)
	switch counts {
	case countsOK:
		p.Recount.OK++
	case countsWait:
		p.Recount.Wait++
	default:
		p.Recount.Error++ // what counts nowhere must not pass for a success
	}
}

// readVehicle reads state and extended_state. Where they disagree, state holds: it is what counts.
func (p *Parsed) readVehicle(i int, e entry) (ss.State, class) {
	extended, known := extendedStates[e.extended]
	if e.extended != "" && !known {
		p.remark("source %d, %s: extended_state %s is none of the vehicle dialect", i+1, quote(e.id), quote(e.extended))
	}
	if e.state == "" && known {
		p.remark("source %d, %s: state is missing, extended_state is %s", i+1, quote(e.id), e.extended)
		return extended.state, vehicleCounts[extended.vehicle]
	}
	counts := vehicleCounts[e.state]
	switch {
	case counts == countsNowhere:
		p.remarkUnknown(i, e)
		return "", counts
	case known && e.state == extended.vehicle:
		return extended.state, counts
	case known:
		p.remark("source %d, %s: extended_state %s goes with state %s, not %s", i+1, quote(e.id), e.extended, extended.vehicle, e.state)
	}
	switch e.state {
	case "OK":
		return ss.Answered, counts
	case "PROGRESS":
		return ss.Asking, counts
	}
	return ss.Failed, counts
}

// readEntity reads state.
func (p *Parsed) readEntity(i int, e entry) (ss.State, class) {
	state, known := entityStates[e.state]
	switch {
	case !known:
		p.remarkUnknown(i, e)
	case e.state == "NONE":
		p.remark("source %d, %s: NONE counts as an error in the entity dialect", i+1, quote(e.id))
	}
	return state, entityCounts[e.state]
}

func (p *Parsed) remarkUnknown(i int, e entry) {
	if e.state == "" {
		p.remark("source %d, %s, has no state; it counts as an error", i+1, quote(e.id))
		return
	}
	p.remark("source %d, %s: state %s is none of the %s dialect; it counts as an error", i+1, quote(e.id), quote(e.state), p.Dialect)
}

// readCounters reads the first block and remarks where it is incomplete or disagrees with the list.
func (p *Parsed) readCounters(top object) {
	p.Written.OK = p.readCounter(top, "progress_ok", p.Recount.OK)
	p.Written.Wait = p.readCounter(top, "progress_wait", p.Recount.Wait)
	p.Written.Error = p.readCounter(top, "progress_error", p.Recount.Error)
}

func (p *Parsed) readCounter(top object, name string, recount int) *int {
	if top.absent(name) {
		p.remark("%s is missing; by the list it is %d", name, recount)
		return nil
	}
	n, err := strconv.Atoi(string(top[name]))
	if err != nil || n < 0 {
		p.remark("%s is %s, not a number of sources; by the list it is %d", name, quote(string(top[name])), recount)
		return nil
	}
	if n != recount {
		p.remark("%s is %d, by the list it is %d", name, n, recount)
	}
	return &n
}

// refusal words why a document can't be read.
func refusal(problem, hint string) error {
	return errors.New("read source states: " + problem + "\nhint: " + hint)
}
