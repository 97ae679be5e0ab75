package mapping

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/internal/counterparty"
)

const (
	// memoryHeader begins every memory, and names its format.
	memoryHeader = "counterparty-sync/1"
	// maxMemory is the largest number of characters of a memory: Alfresco keeps longer texts as serialised objects.
	maxMemory = 1024
)

// memoryEntry is what a memory holds of an attribute.
var memoryEntry = regexp.MustCompile(fmt.Sprintf(`^(%s)=([A-Za-z0-9_-]{%d})$`, strings.Trim(attributeName.String(), "^$"), fingerprintLength))

// memory is what a node keeps of the values that this program wrote into it last: a text in one of its properties,
//
//	counterparty-sync/1 idocs:kpp=k3Zr0-Qw idocs:okpo=Xb81LmNo
//
// which travels in the same request as the values. It holds fingerprints and no values.
type memory struct {
	nodeID string
	was    any
	// prints are the fingerprints by attribute.
	prints map[string]string
	// foreign means that the property holds something else, or a memory that was edited. Nothing is ours then,
	// and the property is left alone.
	foreign bool
}

// recall reads the memory of a node.
func recall(nodeID string, property any) *memory {
	m := &memory{nodeID: nodeID, was: property, prints: map[string]string{}}
	if counterparty.IsEmpty(property) {
		return m
	}
	text, ok := property.(string)
	if list := items(property); len(list) == 1 {
		text, ok = list[0].(string)
	}
	words := strings.Fields(text)
	if !ok || words[0] != memoryHeader {
		m.foreign = true
		return m
	}
	for _, word := range words[1:] {
		match := memoryEntry.FindStringSubmatch(word)
		if match == nil || m.prints[match[1]] != "" {
			m.foreign, m.prints = true, nil
			return m
		}
		m.prints[match[1]] = match[2]
	}
	return m
}

// holds reports whether the attribute has what was written there last.
func (m *memory) holds(attribute string, property any) bool {
	print, known := m.prints[attribute]
	return known && slices.ContainsFunc(readings(property), func(f form) bool { return fingerprint(m.nodeID, attribute, f) == print })
}

// note remembers what is written into an attribute. What is empty needs no memory: anybody may fill it.
func (m *memory) note(attribute string, value any) {
	switch {
	case m.foreign:
	case counterparty.IsEmpty(value):
		delete(m.prints, attribute)
	default:
		m.prints[attribute] = fingerprint(m.nodeID, attribute, formOf(value))
	}
}

// text is the memory as a property, nil if there is nothing to remember. Attributes that are not mapped belong to another
// mapping and stay as long as there is room.
func (m *memory) text(mapped []attribute) any {
	names := slices.Sorted(maps.Keys(m.prints))
	isMapped := func(name string) bool {
		return slices.ContainsFunc(mapped, func(a attribute) bool { return a.name == name })
	}
	for i := len(names) - 1; i >= 0 && memoryLength(names) > maxMemory; i-- {
		if !isMapped(names[i]) {
			names = slices.Delete(names, i, i+1)
		}
	}
	if len(names) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(memoryHeader)
	for _, name := range names {
		b.WriteString(" " + name + "=" + m.prints[name])
	}
	return b.String()
}

// memoryLength is that of a memory of these attributes.
func memoryLength(names []string) int {
	length := len(memoryHeader)
	for _, name := range names {
		length += len(" ") + len(name) + len("=") + fingerprintLength
	}
	return length
}
