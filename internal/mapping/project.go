package mapping

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/kontur/methods"
)

// maxNote is the largest number of characters of a note.
const maxNote = 300

var errNoCompany = errors.New("neither UL nor IP is there: the answer breaks the contract")

// Project cuts what a source says about one company down to the mapped attributes. The object is one item of the
// answer, as encoding/json decodes it, with or without UseNumber. Of the branches only those with one of the kpps give
// values: a company may have hundreds, and a projection has to stay small.
//
// An expression that fails on this object costs its attribute a note and nothing else. An error means that the source is
// unknown or that the object is no company.
func (m *Mapping) Project(source, inn, ogrn string, object map[string]any, kpps []string) (counterparty.Projection, error) {
	if !slices.Contains(methods.All(), source) {
		return counterparty.Projection{}, fmt.Errorf("project %q: unknown source", source)
	}
	p := counterparty.Projection{INN: inn, OGRN: ogrn}
	if source == methods.Req {
		company, err := CompanyOf(object)
		if err != nil {
			return counterparty.Projection{}, fmt.Errorf("project %s of OGRN %s: %w", source, ogrn, err)
		}
		p.Company = company
	}
	var outputs []jq.Output
	of := m.of[source]
	if of != nil {
		outputs = of.values.First(object, object)
	}
	for i, output := range outputs {
		e := of.entries[i]
		switch value, err := valueOfOutput(output.Value, output.Err); {
		case err != nil:
			note(&p, e.attribute, "jq expression", err)
		case value != nil || e.clear:
			if p.Values == nil {
				p.Values = map[string]any{}
			}
			p.Values[e.attribute] = value
		}
	}
	if source == methods.Req && len(kpps) > 0 {
		m.projectBranches(&p, object, kpps)
	}
	return p, nil
}

// projectBranches fills Branches. A branch without value for an attribute has no key there: it keeps what it has.
func (m *Mapping) projectBranches(p *counterparty.Projection, object map[string]any, kpps []string) {
	for _, branch := range branchesOf(object) {
		kpp := textOf(branch["kpp"])
		if kpp == "" || !slices.Contains(kpps, kpp) {
			continue
		}
		values := map[string]any{}
		for _, e := range m.entries {
			if e.branch == nil || e.source != methods.Req {
				continue
			}
			switch value, err := run(e.branch, branch, object); {
			case err != nil:
				note(p, e.attribute, "jq expression of branch "+kpp, err)
			case value != nil:
				values[e.attribute] = value
			}
		}
		if p.Branches == nil {
			p.Branches = map[string]map[string]any{}
		}
		p.Branches[kpp] = agreed(p.Branches[kpp], values)
	}
}

// run gives the value that an expression has for an object, nil if that is absent. Only its first output counts.
func run(e *jq.Expression, object, company any) (any, error) {
	return valueOfOutput(e.First(object, company))
}

func valueOfOutput(output any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return valueOf(output)
}

// agreed is what two branches with one KPP both say: nothing else says which of them a node is.
func agreed(earlier, values map[string]any) map[string]any {
	if earlier == nil {
		return values
	}
	maps.DeleteFunc(earlier, func(attribute string, value any) bool { return !reflect.DeepEqual(value, values[attribute]) })
	return earlier
}

func note(p *counterparty.Projection, attribute, what string, err error) {
	if p.Notes == nil {
		p.Notes = map[string]string{}
	}
	if p.Notes[attribute] == "" {
		// An expression may put all that it has before it into an error.
		p.Notes[attribute] = what + " " + excerpt.Runes(strings.Join(strings.Fields(err.Error()), " "), maxNote)
	}
}

// CompanyOf reads what distinguishes companies from an item of req. An error means that the object is no company.
func CompanyOf(object map[string]any) (*counterparty.Company, error) {
	c := &counterparty.Company{Kind: counterparty.LegalEntity}
	company, ok := object["UL"].(map[string]any)
	if !ok {
		c.Kind = counterparty.SoleProprietor
		if company, ok = object["IP"].(map[string]any); !ok {
			return nil, errNoCompany
		}
	}
	c.RegistrationDate = textOf(company["registrationDate"])
	if status, ok := company["status"].(map[string]any); ok {
		c.Dissolved = status["dissolved"] == true
	} else {
		// An old schema does not promise that the status is an object.
		c.Dissolved = !counterparty.IsEmpty(company["dissolutionDate"])
	}
	if c.Kind == counterparty.SoleProprietor {
		return c, nil
	}
	c.KPP = textOf(company["kpp"])
	history, _ := company["history"].(map[string]any)
	c.FormerKPPs = kppsOf(objects(history["kpps"]))
	c.BranchKPPs = kppsOf(branchesOf(object))
	return c, nil
}

func branchesOf(object map[string]any) []map[string]any {
	company, _ := object["UL"].(map[string]any)
	return objects(company["branches"])
}

// kppsOf lists the KPPs of the objects that have one, each once.
func kppsOf(list []map[string]any) []string {
	var kpps []string
	seen := make(map[string]bool, len(list))
	for _, object := range list {
		if kpp := textOf(object["kpp"]); kpp != "" && !seen[kpp] {
			seen[kpp] = true
			kpps = append(kpps, kpp)
		}
	}
	return kpps
}

func objects(v any) []map[string]any {
	list, _ := v.([]any)
	found := make([]map[string]any, 0, len(list))
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}
