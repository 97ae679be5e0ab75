package deploy

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// rulesFolder has the alert rules and their tests, which name the rules as promtool sees them.
const rulesFolder, rulesFile = "prometheus", "alerts.yml"

var testFiles = []string{"alerts_test.yml", "alerts_days_test.yml"}

func ruleGroups(t *testing.T) []rulefmt.RuleGroup {
	t.Helper()
	groups, errs := rulefmt.ParseFile(filepath.Join(rulesFolder, rulesFile), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	require.Empty(t, errs)
	return groups.Groups
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	for _, file := range testFiles {
		tests := loadTests(t, file)
		require.Equal(t, []string{rulesFile}, tests.RuleFiles)
		require.NotEmpty(t, tests.Tests)
		for _, test := range tests.Tests {
			t.Run(test.Name, func(t *testing.T) {
				t.Parallel()
				test.fire(t, filepath.Join(rulesFolder, rulesFile), time.Duration(tests.EvaluationInterval))
			})
		}
	}
}

// TestEveryAlertHasBothCases wants a case in which an alert fires and one in which it does not.
func TestEveryAlertHasBothCases(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, file := range testFiles {
		for _, test := range loadTests(t, file).Tests {
			for _, c := range test.Cases {
				fires[c.Alert] = fires[c.Alert] || len(c.Expect) > 0
				silent[c.Alert] = silent[c.Alert] || len(c.Expect) == 0
			}
		}
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				require.True(t, fires[rule.Alert], "no case in which %s fires", rule.Alert)
				require.True(t, silent[rule.Alert], "no case in which %s does not fire", rule.Alert)
			}
		}
	}
}

func TestRulesUseDocumentedMetricsOnly(t *testing.T) {
	t.Parallel()
	known := documentedMetrics(t)
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				known[rule.Record] = true
			}
		}
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			requireKnown(t, known, rule.Expr, rule.Alert+rule.Record)
		}
	}
}

var sectionPattern = regexp.MustCompile(`(?m)^### (CounterpartySync\w+)$`)

// TestEveryAlertHasItsSection wants a severity, words for a person, and a runbook that is there; and no section about an
// alert that is gone.
func TestEveryAlertHasItsSection(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(monitoring)
	require.NoError(t, err)
	var sections, alerts []string
	for _, match := range sectionPattern.FindAllStringSubmatch(string(page), -1) {
		sections = append(sections, match[1])
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			if rule.Alert == "" {
				continue
			}
			alerts = append(alerts, rule.Alert)
			require.Contains(t, []string{"critical", "warning", "info"}, rule.Labels["severity"], rule.Alert)
			require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
			require.NotEmpty(t, rule.Annotations["description"], rule.Alert)
			require.Equal(t, "docs/monitoring.md#"+strings.ToLower(rule.Alert), rule.Annotations["runbook"])
		}
	}
	require.Equal(t, alerts, sections, "in the order of the rules")
}
