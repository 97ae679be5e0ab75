package activities

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// judge decides about the nodes of one batch. It is safe for concurrent use.
type judge struct {
	mapping    *mapping.Mapping
	by         counterparty.IDKind
	attributes []string
	// fetched is the identifier of each node as the fetch saw it. asked are all of them: Kontur.Focus was asked about those
	// that are counterparty.Askable.
	fetched map[string]string
	asked   map[string]bool
	// broken says of identifiers why an item of the answer could not be read.
	broken  map[string]string
	answers *counterparty.Answers
}

func newJudge(m *mapping.Mapping, request pass.DiffAndUpdateRequest) *judge {
	j := &judge{
		mapping:    m.Without(request.LeftOut),
		by:         request.By,
		attributes: request.Attributes,
		fetched:    make(map[string]string, len(request.Nodes)),
		asked:      make(map[string]bool, len(request.Nodes)),
		broken:     map[string]string{},
	}
	for _, node := range request.Nodes {
		j.fetched[node.ID] = node.Key
		j.asked[strings.TrimSpace(node.Key)] = true
	}
	items := make(map[string][]counterparty.Projection, len(request.Answers))
	for _, answer := range request.Answers {
		items[answer.Source] = answer.Projections
		for _, projection := range answer.Projections {
			if note, ok := projection.Notes[unreadable]; ok {
				j.broken[projection.ID(request.By)] = note
			}
		}
	}
	j.answers = counterparty.NewAnswers(request.By, items)
	return j
}

// decide returns the outcome that the node will have if Alfresco takes the returned properties.
func (j *judge) decide(node alfresco.Node) (counterparty.NodeOutcome, map[string]any) {
	outcome := counterparty.NodeOutcome{NodeID: node.ID}
	key := firstText(node.Properties, j.attributes)
	if outcome.Outcome, outcome.Reason = j.unasked(node.ID, key); outcome.Outcome != "" {
		return outcome, nil
	}
	identity := j.mapping.Identity(node.Properties)
	if has := identity.ID(j.by); counterparty.Contradict(has, key) {
		kind := strings.ToUpper(string(j.by))
		outcome.Outcome, outcome.Reason = counterparty.Ambiguous, fmt.Sprintf("%s %s on the node is not the %s %s by which it was asked about", kind, has, kind, key)
		return outcome, nil
	}
	if j.by == counterparty.OGRN {
		identity.OGRN = key
	} else {
		identity.INN = key
	}
	if note, ok := j.broken[key]; ok {
		// It may be the very one that is meant.
		outcome.Outcome, outcome.Reason, outcome.AskAgain = counterparty.Ambiguous, "an item of the answer can't be read: "+note, true
		return outcome, nil
	}
	choice, said := j.answers.Match(identity)
	if choice.Outcome != "" {
		outcome.Outcome, outcome.Reason, outcome.AskAgain = choice.Outcome, choice.Reason, choice.BadAnswer
		return outcome, nil
	}
	revision := j.mapping.Revise(node.ID, node.Properties, choice.Unit, identity.KPP, said)
	outcome.Outcome, outcome.Changes, outcome.Reported = counterparty.Unchanged, revision.Changes, revision.Reported
	if len(revision.Write) > 0 {
		outcome.Outcome = counterparty.Updated
	}
	if len(revision.Notes) > 0 {
		// Attributes that could not be compared: the others are none the worse for it.
		outcome.Reason = strings.Join(revision.Notes, "; ")
	}
	return outcome, revision.Write
}

// unasked says why nobody was asked about the node, if nobody was.
func (j *judge) unasked(nodeID, key string) (counterparty.Outcome, string) {
	id, err := counterparty.ParseID(j.by, key)
	switch {
	case err != nil:
		return counterparty.InvalidID, fmt.Sprintf("%s %v", strings.ToUpper(string(j.by)), err)
	case id.IsForeign():
		return counterparty.NotFound, "the INN of a foreign organisation, which Kontur.Focus does not tell about here"
	case !j.asked[key]:
		return counterparty.Unchanged, fmt.Sprintf("its identifier changed from %q while the pass ran; the next pass asks about the new one", j.fetched[nodeID])
	}
	return "", ""
}
