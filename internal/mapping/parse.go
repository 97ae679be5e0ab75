package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/strict"
)

const (
	fileFields     = "identity, memory, adopt, definitions, attributes"
	identityFields = "inn, ogrn, kpp"
	entryFields    = "attribute, source, value, branch, write, absent"
)

var attributeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_-]*$`)

// Parse compiles a mapping, a JSON object with these fields and no others:
//   - identity: in which attributes a node keeps its inn, ogrn and kpp, lists of which the first counts that can be one, else
//     the first that is filled;
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
	p := &parser{Reader: strict.Reader{Whole: "mapping", Object: "an object with "}}
	m := p.file(data)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// parser collects problems instead of stopping at the first one.
type parser struct {
	strict.Reader
	definitions jq.Definitions
	// undefined means that the definitions are broken: what calls them can't be judged.
	undefined bool
}

func (p *parser) file(data []byte) *Mapping {
	data = charset.Unmarked(data)
	whole, err := strict.JSON(data)
	if err != nil {
		if _, ok := errors.AsType[*strict.SyntaxError](err); ok {
			err = fmt.Errorf("%w; allowed: JSON in UTF-8", err)
		}
		if at, ok := errors.AsType[*json.SyntaxError](err); ok {
			err = fmt.Errorf("%w at %s", err, jq.Position(string(data), max(0, int(at.Offset)-1)))
		}
		p.Problem("JSON", err)
		return nil
	}
	fields := p.Fields("", whole, fileFields)
	if fields == nil {
		return nil
	}
	p.setDefinitions(fields["definitions"])
	sum := sha256.Sum256(data)
	m := &Mapping{identity: p.identity(fields["identity"]), digest: hex.EncodeToString(sum[:8])}
	var entries []*strict.Node
	p.Need("attributes", fields["attributes"], &entries, "a list of at least one entry {"+entryFields+"}")
	first := map[[2]string]int{}
	for i, node := range entries {
		e := p.entry(i+1, node)
		key := [2]string{e.attribute, e.source}
		if earlier, twice := first[key]; !twice {
			first[key] = i + 1
		} else if e.attribute != "" && e.source != "" {
			p.Refuse(entryName(i+1, e.attribute)+" source", e.source, fmt.Sprintf("each source once for an attribute; entry %d has it", earlier))
		}
		m.entries = append(m.entries, e)
	}
	m.group()
	p.setMemory(m, fields)
	return m
}

// setMemory expects the attributes.
func (p *parser) setMemory(m *Mapping, fields map[string]*strict.Node) {
	const allowed = "a property of type d:text of its own such as cm:dcsource"
	node := fields["memory"]
	given := node.IsSet()
	switch {
	case given && !p.Read("memory", node, &m.memory, allowed):
		return
	case given && !attributeName.MatchString(m.memory):
		p.Misfit("memory", node, allowed)
		return
	case given && slices.Contains((&Mapping{identity: m.identity, mapped: m.mapped}).Attributes(), m.memory):
		p.Refuse("memory", m.memory, allowed+", which is neither mapped nor part of the identity")
	}
	if p.Read("adopt", fields["adopt"], &m.adopt, "true or false") && m.adopt && !given {
		p.Refuse("adopt", "true", "with memory only, which is where adopted values are remembered")
	}
	mapped := m.Attributes()[:len(m.mapped)]
	if length := memoryLength(mapped); given && length > maxMemory {
		p.Refuse("memory", m.memory, fmt.Sprintf("with attributes whose memory has %d characters at most; that of these has %d", maxMemory, length))
	}
	if i := slices.IndexFunc(m.entries, func(e entry) bool { return e.write == ifOurs }); i >= 0 && !given {
		p.Refuse(entryName(i+1, m.entries[i].attribute)+" write", string(ifOurs),
			"with a memory only: what was written last is kept on the node, in the property that the mapping's field memory names, such as cm:dcsource")
	}
}

// group gathers the entries by attribute and by source.
func (m *Mapping) group() {
	m.of = map[string]*ofSource{}
	for i := range m.entries {
		e := &m.entries[i]
		at := slices.IndexFunc(m.mapped, func(a attribute) bool { return a.name == e.attribute })
		if at < 0 {
			at = len(m.mapped)
			m.mapped = append(m.mapped, attribute{name: e.attribute})
		}
		m.mapped[at].entries = append(m.mapped[at].entries, e)
		m.mapped[at].local = m.mapped[at].local || e.branch != nil
		if m.of[e.source] == nil {
			m.of[e.source] = &ofSource{}
		}
		m.of[e.source].entries = append(m.of[e.source].entries, e)
	}
	for _, of := range m.of {
		var values []*jq.Expression
		for _, e := range of.entries {
			if e.value != nil { // else the file has a problem, and is no mapping
				values = append(values, e.value)
			}
		}
		of.values = jq.Join(values...)
	}
}

func (p *parser) identity(node *strict.Node) identity {
	if !node.IsSet() {
		p.Refuse("identity", "", "an object with "+identityFields)
		return identity{}
	}
	fields := p.Fields("identity", node, identityFields)
	names := func(field string) (list []string) {
		p.Need("identity "+field, fields[field], &list, "a list of at least one attribute such as idocs:"+field)
		for _, name := range list {
			if !attributeName.MatchString(name) {
				p.Refuse("identity "+field, name, "names such as idocs:"+field)
			}
		}
		return list
	}
	return identity{inn: names("inn"), ogrn: names("ogrn"), kpp: names("kpp")}
}

// setDefinitions takes a text or, because JSON has no long ones, a list of lines.
func (p *parser) setDefinitions(node *strict.Node) {
	if !node.IsSet() {
		return
	}
	var text string
	if misfit, _ := node.Into(&text); misfit != nil {
		var lines []string
		if misfit, _ = node.Into(&lines); misfit != nil {
			p.Misfit("definitions", node, "a text or a list of lines")
			p.undefined = true
			return
		}
		text = strings.Join(lines, "\n")
	}
	definitions, err := jq.Define(text)
	if err != nil {
		p.Problem("definitions", err)
		p.undefined = true
	}
	p.definitions = definitions
}

func (p *parser) entry(number int, node *strict.Node) entry {
	name := entryName(number, node.Peek("attribute"))
	fields := p.Fields(name, node, entryFields)
	if fields == nil {
		return entry{}
	}
	text := func(field, value string, isAllowed func(string) bool, allowed string) string {
		p.Read(name+" "+field, fields[field], &value, allowed)
		if !isAllowed(value) {
			p.Refuse(name+" "+field, value, allowed)
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
	if fields["branch"].IsSet() {
		e.branch = p.expression(name+" branch", text("branch", "", isText, "a jq expression"))
		if e.source != methods.Req && e.source != "" {
			p.Refuse(name+" branch", e.source, "with the source req only, which knows the branches")
		}
	}
	if e.clear && e.write == ifEmpty {
		p.Refuse(name+" absent", "clear", "keep with write ifEmpty: what is empty needs no clearing")
	}
	return e
}

// expression compiles an expression whose output is a value; nil if that can't be.
func (p *parser) expression(where, text string) *jq.Expression {
	if text == "" {
		return nil
	}
	var e *jq.Expression
	err := jq.Check(text)
	if err == nil && !p.undefined {
		e, err = jq.Compile(text, p.definitions, companyVariable)
	}
	if err != nil {
		p.Problem(where, err)
	}
	return e
}

func entryName(number int, attribute string) string {
	if attribute == "" {
		return fmt.Sprintf("entry %d", number)
	}
	return fmt.Sprintf("entry %d (%s)", number, attribute)
}
