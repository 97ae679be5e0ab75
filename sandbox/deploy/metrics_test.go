package deploy

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// rowPattern is a line of one of the tables of metrics.
var rowPattern = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\|")

// documentedMetrics are the names of the series that docs/monitoring.md lists, those of histograms with their suffixes, and
// those of Prometheus itself.
func documentedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(monitoring)
	require.NoError(t, err)
	known := map[string]bool{"up": true}
	for _, match := range rowPattern.FindAllStringSubmatch(string(text), -1) {
		if match[2] != "histogram" {
			known[match[1]] = true
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			known[match[1]+suffix] = true
		}
	}
	require.Greater(t, len(known), 30, "%s has its tables", monitoring)
	return known
}

// requireKnown parses an expression, and fails for a metric that is not known.
func requireKnown(t *testing.T, known map[string]bool, expression, where string) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	require.NoError(t, err, where)
	for _, selectors := range parser.ExtractSelectors(parsed) {
		for _, matcher := range selectors {
			if matcher.Name == model.MetricNameLabel {
				require.True(t, known[matcher.Value], "%s: docs/monitoring.md does not list %s", where, matcher.Value)
			}
		}
	}
}
