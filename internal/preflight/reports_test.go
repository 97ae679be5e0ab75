package preflight_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/report"
)

// ownTypes make reports by a file of one's own: one type is whole without licences, the other is never without sites.
const ownTypes = `types:
- id: short
  sources: [{id: kontur.req, method: req}, {id: kontur.licences, method: licences, optional: true}]
- id: long
  sources: [{id: kontur.req, method: req}, {id: kontur.sites, method: sites}, {id: kontur.licences, method: licences, optional: true}]
`

func TestRunHoldsReportTypesAgainstTheContract(t *testing.T) {
	t.Parallel()
	const hint = "have it added to the contract, or take it out of REPORT_TYPES_FILE; until then each report says ERROR for it"
	tests := []struct {
		name     string
		types    string // "": the built-in ones
		contract []string
		want     preflight.Finding
	}{
		{"all is in it", ownTypes, []string{"req", "sites", "licences"}, preflight.Finding{OK: true, Text: "2 types: short, long"}},
		{"reports that are never whole", ownTypes, []string{"req"},
			preflight.Finding{Text: "the key's contract does not list what report types ask: short: licences (optional); long: sites, licences (optional)", Hint: hint}},
		{"what reports are whole without", ownTypes, []string{"req", "sites"}, preflight.Finding{OK: true, Text: "2 types: short, long",
			Hint: "the key's contract does not list what report types ask: short: licences (optional); long: licences (optional); " + hint}},
		{"built-in types, which nobody chose", "", []string{"req", "egrDetails", "contacts", "contactEmails", "sites", "licences"}, preflight.Finding{OK: true,
			Text: "2 types: requisites, full", Hint: "the key's contract does not list what report types ask: full: briefReport (optional); each report says ERROR for it; REPORT_TYPES_FILE names other types"}},
		{"built-in types that are never whole", "", []string{"req", "contacts", "contactEmails", "sites", "licences", "briefReport"}, preflight.Finding{OK: true,
			Text: "2 types: requisites, full", Hint: "the key's contract does not list what report types ask: full: egrDetails; each report says ERROR for it; REPORT_TYPES_FILE names other types"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: tt.contract, Limit: 100})
			if tt.types != "" {
				var err error
				w.subject.ReportTypes, err = report.ParseTypes([]byte(tt.types))
				require.NoError(t, err)
				w.subject.ReportTypesFile = "/etc/sync/reports.yaml"
			}
			findings := preflight.Run(t.Context(), w.subject)
			tt.want.Name = "reports"
			require.Equal(t, tt.want, findings[len(findings)-1])
			require.Equal(t, tt.want.OK, preflight.OK(findings))
			require.Equal(t, 1, w.kontur.Count(), "the contract is read once")
		})
	}
}

// What the contract lists is not known then, and another finding says so.
func TestRunSaysNothingOfReportTypesWithoutAContract(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]konturtest.Fault{
		"refused":       {Method: "stat", Status: 403, Text: "no"},
		"names nothing": {Method: "stat", Status: 200, Text: "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.Inject(fault)
			require.Contains(t, preflight.Run(t.Context(), w.subject), preflight.Finding{Name: "reports", OK: true, Text: "2 types: requisites, full"})
		})
	}
}

// Whoever mends one type should not have to start again to hear of the next.
func TestRunNamesAllReportTypesThatLackSomething(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100})
	var err error
	w.subject.ReportTypes, err = report.ParseTypes([]byte(`types:
- {id: north, konturKey: NORTH, sources: [{id: kontur.req, method: req}]}
- {id: south, konturKey: SOUTH, sources: [{id: kontur.req, method: req}]}
- {id: long, sources: [{id: kontur.req, method: req}, {id: kontur.sites, method: sites}]}
`))
	require.NoError(t, err)
	w.subject.ReportTypesFile = "/etc/sync/reports.yaml"
	findings := preflight.Run(t.Context(), w.subject)
	require.Equal(t, "type north: there is no key NORTH of Kontur.Focus here; type south: there is no key SOUTH of Kontur.Focus here; "+
		"the key's contract does not list what report types ask: long: sites", findings[len(findings)-1].Text)
	for _, mend := range []string{"set KONTUR_KEY_NORTH or", "set KONTUR_KEY_SOUTH or", "have it added to the contract"} {
		require.Contains(t, findings[len(findings)-1].Hint, mend)
	}
}
