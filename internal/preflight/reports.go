package preflight

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// checkReports holds the report types against the contract: what it lacks would be found out by each report anew. It is wrong
// only of a type that somebody chose, and whose reports are never whole: the built-in types ask more than many contracts have.
func (s Subject) checkReports(contracts map[pass.KeyName][]string) (text, hint string, err error) {
	ids := s.ReportTypes.IDs()
	text = fmt.Sprintf("%d types: %s", len(ids), strings.Join(ids, ", "))
	if len(ids) == 1 {
		text = "1 type: " + ids[0]
	}
	var lacks, wrong, mends []string
	whole := true
	for _, t := range s.ReportTypes.List() {
		if _, err := s.KonturOf(t.KonturKey); err != nil {
			wrong = append(wrong, fmt.Sprintf("type %s: %s", t.ID, err))
			if mend := t.KonturKey.HintMissing(); !slices.Contains(mends, mend) {
				mends = append(mends, mend)
			}
			continue
		}
		contract := contracts[t.KonturKey]
		if lacking := t.Lacking(contract); len(contract) > 0 && len(lacking) > 0 {
			lacks = append(lacks, t.ID+": "+named(lacking))
			whole = whole && lacking[0].Optional
		}
	}
	problem := "the key's contract does not list what report types ask: " + strings.Join(lacks, "; ")
	const mend = "have it added to the contract, or take it out of REPORT_TYPES_FILE; until then each report says ERROR for it"
	switch {
	case len(wrong) > 0:
		if len(lacks) > 0 {
			wrong, mends = append(wrong, problem), append(mends, mend)
		}
		return "", strings.Join(mends, "; "), errors.New(strings.Join(wrong, "; "))
	case len(lacks) == 0:
		return text, "", nil
	case s.ReportTypesFile == "":
		return text, problem + "; each report says ERROR for it; REPORT_TYPES_FILE names other types", nil
	case whole:
		return text, problem + "; " + mend, nil
	}
	return "", mend, errors.New(problem)
}

// named are the methods of sources.
func named(sources []report.TypeSource) string {
	methods := make([]string, len(sources))
	for i, source := range sources {
		methods[i] = source.Method
		if source.Optional {
			methods[i] += " (optional)"
		}
	}
	return strings.Join(methods, ", ")
}
