package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/kontur/methods"
)

const (
	fileFields     = "identity, memory, adopt, definitions, attributes"
	identityFields = "inn, ogrn, kpp"
	entryFields    = "attribute, source, value, branch, write, absent"
)

var attributeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_-]*$`)

// Parse compiles a mapping, a JSON object with these fields and no others:
//   - identity: in which attributes a node keeps its inn, ogrn and kpp, lists of which the first filled one counts;
//   - memory: a property of type d:text in which each node keeps, as fingerprints, what was written into it last; may be
//     missing, unless an entry writes ifOurs;
//   - adopt: true lets a value that agrees with the register count as written by us from the next write of its node on;
//     may be missing;
//   - definitions: functions of jq that all expressions may call, as a text or a list of lines; may be missing;
//   - attributes: the entries, in order of preference where several speak of one attribute.
//
// And an entry:
//   - attribute: the name in Alfresco;
//   - source: the method of Kontur.Focus;
//   - value: a jq expression over one item of its answer. The first output counts; null, blank and empty are absent;
//   - branch: over an item of UL.branches, with the whole object as $company: what a branch has in place of its company.
//     With the source req only; may be missing;
//   - write: always; ifEmpty; ifOurs, which also overwrites what the memory knows, and reports what it keeps; or never,
//     which compares and reports only;
//   - absent: keep (default) or clear, which unsets the attribute when the company has no value.
//
// Everything that is wrong comes at once, as invalid.Errors, with the number of the entry, counted from one, and its
// attribute.
func Parse(data []byte) (*Mapping, error) {
	p := &parser{}
	m := p.file(data)
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// parser collects problems instead of stopping at the first one.
type parser struct {
	problems    invalid.List
	definitions jq.Definitions
	// undefined means that the definitions are broken: what calls them can't be judged.
	undefined bool
}

func (p *parser) problem(where string, err error) { p.problems.Join(fmt.Errorf("%s: %w", where, err)) }

func (p *parser) file(data []byte) *Mapping {
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var at *json.SyntaxError
		if errors.As(err, &at) {
			err = fmt.Errorf("%w at %s", err, jq.Position(string(data), max(0, int(at.Offset)-1)))
		}
		p.problem("JSON", err)
		return nil
	}
	fields := p.object("", whole, fileFields)
	if fields == nil {
		return nil
	}
	p.setDefinitions(fields["definitions"])
	sum := sha256.Sum256(data)
	m := &Mapping{identity: p.identity(fields["identity"]), digest: hex.EncodeToString(sum[:8])}
	var entries []json.RawMessage
	if raw := fields["attributes"]; json.Unmarshal(raw, &entries) != nil || len(entries) == 0 {
		p.problems.Add("attributes", excerpt(string(raw), maxExcerpt), "a list of at least one entry {"+entryFields+"}")
	}
	first := map[[2]string]int{}
	for i, raw := range entries {
		e := p.entry(i+1, raw)
		key := [2]string{e.attribute, e.source}
		if earlier, twice := first[key]; !twice {
			first[key] = i + 1
		} else if e.attribute != "" && e.source != "" {
			p.problems.Add(entryName(i+1, e.attribute)+" source", e.source, fmt.Sprintf("each source once for an attribute; entry %d has it", earlier))
		}
		m.entries = append(m.entries, e)
	}
	m.group()
	p.setMemory(m, fields)
	return m
}

// setMemory expects the attributes.
func (p *parser) setMemory(m *Mapping, fields map[string]json.RawMessage) {
	const allowed = "a property of type d:text of its own such as cm:dcsource"
	raw, given := fields["memory"]
	if given && (json.Unmarshal(raw, &m.memory) != nil || !attributeName.MatchString(m.memory)) {
		p.problems.Add("memory", excerpt(string(raw), maxExcerpt), allowed)
		return
	}
	if given && slices.Contains((&Mapping{identity: m.identity, mapped: m.mapped}).Attributes(), m.memory) {
		p.problems.Add("memory", m.memory, allowed+", which is neither mapped nor part of the identity")
	}
	if raw, ok := fields["adopt"]; ok && json.Unmarshal(raw, &m.adopt) != nil {
		p.problems.Add("adopt", excerpt(string(raw), maxExcerpt), "true or false")
	} else if m.adopt && !given {
		p.problems.Add("adopt", "true", "with memory only, which is where adopted values are remembered")
	}
	names := make([]string, len(m.mapped))
	for i, a := range m.mapped {
		names[i] = a.name
	}
	if length := memoryLength(names); given && length > maxMemory {
		p.problems.Add("memory", m.memory, fmt.Sprintf("with attributes whose memory has %d characters at most; that of these has %d", maxMemory, length))
	}
	if i := slices.IndexFunc(m.entries, func(e entry) bool { return e.write == ifOurs }); i >= 0 && !given {
		p.problems.Add(entryName(i+1, m.entries[i].attribute)+" write", string(ifOurs),
			"with a memory only: what was written last is kept on the node, in the property that the mapping's field memory names, such as cm:dcsource")
	}
}

// group gathers the entries by attribute.
func (m *Mapping) group() {
	index := map[string]int{}
	for i := range m.entries {
		e := &m.entries[i]
		at, known := index[e.attribute]
		if !known {
			at = len(m.mapped)
			index[e.attribute] = at
			m.mapped = append(m.mapped, attribute{name: e.attribute})
		}
		m.mapped[at].entries = append(m.mapped[at].entries, e)
		m.mapped[at].local = m.mapped[at].local || e.branch != nil
	}
}

func (p *parser) identity(raw json.RawMessage) identity {
	if raw == nil {
		p.problems.Add("identity", "", "an object with "+identityFields)
		return identity{}
	}
	fields := p.object("identity", raw, identityFields)
	names := func(field string) []string {
		var list []string
		if raw := fields[field]; json.Unmarshal(raw, &list) != nil || len(list) == 0 {
			p.problems.Add("identity "+field, excerpt(string(raw), maxExcerpt), "a list of at least one attribute such as idocs:"+field)
		}
		for _, name := range list {
			if !attributeName.MatchString(name) {
				p.problems.Add("identity "+field, name, "names such as idocs:"+field)
			}
		}
		return list
	}
	return identity{inn: names("inn"), ogrn: names("ogrn"), kpp: names("kpp")}
}

// setDefinitions takes a text or, because JSON has no long ones, a list of lines.
func (p *parser) setDefinitions(raw json.RawMessage) {
	if raw == nil {
		return
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var lines []string
		if json.Unmarshal(raw, &lines) != nil {
			p.problems.Add("definitions", excerpt(string(raw), maxExcerpt), "a text or a list of lines")
			p.undefined = true
			return
		}
		text = strings.Join(lines, "\n")
	}
	definitions, err := jq.Define(text)
	if err != nil {
		p.problem("definitions", err)
		p.undefined = true
	}
	p.definitions = definitions
}

func (p *parser) entry(number int, raw json.RawMessage) entry {
	var peek struct{ Attribute string }
	_ = json.Unmarshal(raw, &peek) // only to name the entry; what is wrong is said below
	name := entryName(number, peek.Attribute)
	fields := p.object(name, raw, entryFields)
	if fields == nil {
		return entry{}
	}
	text := func(field, fallback string, allowed func(string) bool, what string) string {
		value, isText := fallback, true
		if raw, ok := fields[field]; ok {
			value = ""
			isText = json.Unmarshal(raw, &value) == nil
			if !isText {
				value = excerpt(string(raw), maxExcerpt)
			}
		}
		if !isText || !allowed(value) {
			p.problems.Add(name+" "+field, value, what)
			return ""
		}
		return value
	}
	oneOf := func(values ...string) (func(string) bool, string) {
		return func(v string) bool { return slices.Contains(values, v) }, strings.Join(values, ", ")
	}
	isSource, sources := oneOf(methods.All()...)
	isPolicy, policies := oneOf(string(always), string(ifEmpty), string(ifOurs), string(never))
	isAbsent, absents := oneOf("keep", "clear")
	isText := func(v string) bool { return strings.TrimSpace(v) != "" }
	e := entry{
		attribute: text("attribute", "", attributeName.MatchString, "a name such as idocs:kpp"),
		source:    text("source", "", isSource, sources),
		write:     policy(text("write", "", isPolicy, policies)),
		clear:     text("absent", "keep", isAbsent, absents) == "clear",
		value:     p.expression(name+" value", text("value", "", isText, "a jq expression")),
	}
	if _, ok := fields["branch"]; ok {
		e.branch = p.expression(name+" branch", text("branch", "", isText, "a jq expression"))
		if e.source != methods.Req && e.source != "" {
			p.problems.Add(name+" branch", e.source, "with the source req only, which knows the branches")
		}
	}
	if e.clear && e.write == ifEmpty {
		p.problems.Add(name+" absent", "clear", "keep with write ifEmpty: what is empty needs no clearing")
	}
	return e
}

func (p *parser) expression(where, text string) *expression {
	if text == "" {
		return nil
	}
	var e *expression
	err := jq.Check(text)
	if err == nil && !p.undefined {
		e, err = compile(text, p.definitions)
	}
	if err != nil {
		p.problem(where, err)
	}
	return e
}

// object takes a JSON object apart. Unlike encoding/json it minds case and refuses a field that comes twice.
func (p *parser) object(where string, raw json.RawMessage, allowed string) map[string]json.RawMessage {
	named := where
	if named == "" {
		named = "mapping"
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		p.problems.Add(named, excerpt(string(raw), maxExcerpt), "an object with "+allowed)
		return nil
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			p.problem(named, err)
			return nil
		}
		name, _ := token.(string)
		_, twice := fields[name]
		switch {
		case !slices.Contains(strings.Split(allowed, ", "), name):
			p.problems.Add(named, name, "the fields "+allowed)
		case twice:
			p.problems.Add(strings.TrimSpace(where+" "+name), excerpt(string(value), maxExcerpt), "each field once")
		case string(value) == "null":
			// As if it were not there, which is what null says.
		default:
			fields[name] = value
		}
	}
	return fields
}

// maxExcerpt is how many characters of a file are shown in a message.
const maxExcerpt = 60

// excerpt keeps a message on one line of moderate length.
func excerpt(raw string, most int) string {
	text := []rune(strings.Join(strings.Fields(raw), " "))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

func entryName(number int, attribute string) string {
	if attribute == "" {
		return fmt.Sprintf("entry %d", number)
	}
	return fmt.Sprintf("entry %d (%s)", number, attribute)
}
