package activities

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// matcher compares the nodes of one batch with the answers about them. It is safe for concurrent use.
type matcher struct {
	mapping    *mapping.Mapping
	by         counterparty.IDKind
	attributes []string
	// fetched is the identifier of each node as the fetch saw it. asked are all of them: Kontur.Focus was asked about those
	// that are counterparty.Askable.
	fetched map[string]string
	asked   map[string]bool
	// unread says of identifiers why a source has nothing about them, by source; optional are those that the pass can do without,
	// leftOut those that it does without already.
	unread            map[string]map[string]string
	optional, leftOut []string
	answers           *counterparty.Answers
}

// newMatcher takes what each source said.
func newMatcher(mapping *mapping.Mapping, request pass.DiffAndUpdateRequest, said map[string][]counterparty.Projection) *matcher {
	m := &matcher{
		mapping:    mapping,
		by:         request.By,
		attributes: request.Attributes,
		fetched:    make(map[string]string, len(request.Nodes)),
		asked:      make(map[string]bool, len(request.Nodes)),
		unread:     map[string]map[string]string{},
		optional:   request.Optional,
		leftOut:    request.LeftOut,
	}
	for _, node := range request.Nodes {
		m.fetched[node.ID] = node.Key
		m.asked[counterparty.Bare(node.Key)] = true
	}
	for source, projections := range said {
		for _, projection := range projections {
			if why := projection.Unread(); why != "" {
				m.miss(projection.ID(request.By), source, why)
			}
		}
		// What is unread of an identifier leaves out all that the source says about it: it may be the very one that is meant.
		said[source] = slices.DeleteFunc(projections, func(p counterparty.Projection) bool { return m.unread[p.ID(request.By)][source] != "" })
	}
	m.answers = counterparty.NewAnswers(request.By, said)
	return m
}

// match returns the outcome that the node will have if Alfresco takes the returned properties.
func (m *matcher) match(node alfresco.Node) (counterparty.NodeOutcome, map[string]any) {
	outcome := counterparty.NodeOutcome{NodeID: node.ID}
	key := firstText(node.Properties, m.attributes)
	if outcome.Outcome, outcome.Reason = m.unasked(node.ID, key); outcome.Outcome != "" {
		return outcome, nil
	}
	identity := m.mapping.Identity(node.Properties)
	known, _ := identity.Known()
	if has := known.ID(m.by); counterparty.Contradict(has, key) {
		kind := strings.ToUpper(string(m.by))
		outcome.Outcome, outcome.Reason = counterparty.Ambiguous, fmt.Sprintf("%s %s on the node is not the %s %s by which it was asked about", kind, has, kind, key)
		return outcome, nil
	}
	if m.by == counterparty.OGRN {
		identity.OGRN = key
	} else {
		identity.INN = key
	}
	missing, needed := m.missing(key)
	if needed {
		outcome.Outcome, outcome.Reason = counterparty.Failed, strings.Join(missing, "; ")
		return outcome, nil
	}
	choice, said := m.answers.Match(identity)
	if choice.Outcome != "" {
		outcome.Outcome, outcome.Reason, outcome.AskAgain = choice.Outcome, reasonOf(choice.Reason, choice.Remarks), choice.BadAnswer
		return outcome, nil
	}
	without := slices.Concat(m.leftOut, slices.Collect(maps.Keys(m.unread[key])))
	difference := m.mapping.Without(without).Diff(node.ID, node.Properties, choice.Unit, identity.KPP, said)
	outcome.Outcome, outcome.Changes, outcome.Reported = counterparty.Unchanged, difference.Changes, difference.Reported
	if len(difference.Write) > 0 {
		outcome.Outcome = counterparty.Updated
	}
	// What could not be asked or compared: other attributes are none the worse for it.
	outcome.Reason, outcome.AskAgain = reasonOf("", slices.Concat(missing, choice.Remarks, difference.Notes)), len(missing) > 0
	return outcome, difference.Write
}

// reasonOf adds what else there is to say to a reason, which may be empty.
func reasonOf(reason string, more []string) string {
	if reason != "" {
		more = slices.Insert(slices.Clone(more), 0, reason)
	}
	return strings.Join(more, "; ")
}

func (m *matcher) miss(id, source, why string) {
	if m.unread[id] == nil {
		m.unread[id] = map[string]string{}
	}
	m.unread[id][source] = why
}

// missing says which sources have nothing about an identifier, and why; needed: the pass can't do without one of them.
func (m *matcher) missing(key string) (notes []string, needed bool) {
	for _, source := range slices.Sorted(maps.Keys(m.unread[key])) {
		needed = needed || !slices.Contains(m.optional, source)
		notes = append(notes, source+": "+m.unread[key][source])
	}
	return notes, needed
}

// unasked says why Kontur.Focus was not asked about the node, if it was not.
func (m *matcher) unasked(nodeID, key string) (counterparty.Outcome, string) {
	id, err := counterparty.ParseID(m.by, key)
	switch {
	case err != nil:
		return counterparty.InvalidID, counterparty.Wrong(strings.ToUpper(string(m.by)), key, err)
	case id.IsForeign():
		return counterparty.NotFound, "the INN of a foreign organisation, which Kontur.Focus does not cover here"
	case !m.asked[key]:
		return counterparty.Unchanged, fmt.Sprintf("its identifier changed from %q while the pass ran; the next pass asks about the new one", m.fetched[nodeID])
	}
	return "", ""
}
