package deploy

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dashboard is what the tests read of Grafana's model.
type dashboard struct {
	UID        string
	Templating struct{ List []variable }
	Panels     []panel
}

type variable struct {
	Name, Type string
	Datasource source
	Query      any
}

type panel struct {
	ID          int
	Type, Title string
	Description string
	Datasource  source
	GridPos     struct{ H, W, X, Y int }
	Targets     []struct {
		RefID, Expr, LegendFormat string
		Datasource                source
	}
	FieldConfig struct{ Defaults struct{ Unit string } }
}

type source struct{ Type, UID string }

// chosen is the data source that the person at the dashboard has chosen.
var chosen = source{Type: "prometheus", UID: "${datasource}"}

func load(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile("grafana/counterparty-sync.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))
	require.NotEmpty(t, d.UID)
	require.Greater(t, len(d.Panels), 20)
	return d
}

// interpolate does for variables what Grafana does, as far as a parser cares.
var interpolate = strings.NewReplacer("$__rate_interval", "1m", "$job", ".+", "$sync", ".+")

func TestPanelsAskForDocumentedMetricsOnly(t *testing.T) {
	t.Parallel()
	known := documentedMetrics(t)
	for _, p := range load(t).Panels {
		for _, target := range p.Targets {
			expression := interpolate.Replace(target.Expr)
			require.NotContains(t, expression, "$", "%s: a variable that the dashboard lacks", p.Title)
			requireKnown(t, known, expression, p.Title)
			require.Contains(t, target.Expr, `job=~"$job"`, "%s shows all installations", p.Title)
		}
	}
}

func TestPanelsAreComplete(t *testing.T) {
	t.Parallel()
	ids, titles := map[int]bool{}, map[string]bool{}
	for _, p := range load(t).Panels {
		require.Positive(t, p.ID, p.Title)
		require.False(t, ids[p.ID], "id %d twice", p.ID)
		require.False(t, titles[p.Title], "%q twice", p.Title)
		ids[p.ID], titles[p.Title] = true, true
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Description, p.Title)
		require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
		require.Equal(t, chosen, p.Datasource, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		refs := map[string]bool{}
		for _, target := range p.Targets {
			require.Equal(t, chosen, target.Datasource, p.Title)
			require.NotEmpty(t, target.LegendFormat, p.Title)
			require.False(t, refs[target.RefID], "%s: %s twice", p.Title, target.RefID)
			refs[target.RefID] = true
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	taken := map[[2]int]string{}
	for _, p := range load(t).Panels {
		g := p.GridPos
		require.LessOrEqual(t, g.X+g.W, 24, p.Title)
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				require.Empty(t, taken[[2]int{x, y}], "%s lies on it", p.Title)
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (job|sync)\)$`)

func TestVariables(t *testing.T) {
	t.Parallel()
	known := documentedMetrics(t)
	var names []string
	for _, v := range load(t).Templating.List {
		names = append(names, v.Name)
		if v.Type == "datasource" {
			require.Equal(t, "prometheus", v.Query)
			continue
		}
		require.Equal(t, chosen, v.Datasource, v.Name)
		query, ok := v.Query.(map[string]any)["query"].(string)
		require.True(t, ok, v.Name)
		match := labelValues.FindStringSubmatch(query)
		require.NotNil(t, match, query)
		require.Equal(t, v.Name, match[2])
		requireKnown(t, known, interpolate.Replace(match[1]), v.Name)
	}
	require.Equal(t, []string{"datasource", "job", "sync"}, names)
}
