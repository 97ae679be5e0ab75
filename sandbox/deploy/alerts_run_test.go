package deploy

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// ruleTests are a file of promtool's tests, as far as this project uses them.
type ruleTests struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []ruleTest     `yaml:"tests"`
}

type ruleTest struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Series   []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Cases []ruleCase `yaml:"alert_rule_test"`
}

type ruleCase struct {
	At     model.Duration `yaml:"eval_time"`
	Alert  string         `yaml:"alertname"`
	Expect []struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	} `yaml:"exp_alerts"`
}

func loadTests(t *testing.T, file string) ruleTests {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(rulesFolder, file))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	var tests ruleTests
	require.NoError(t, decoder.Decode(&tests), file)
	return tests
}

// start is when the time of a test begins, as in promtool.
var start = time.Unix(0, 0).UTC()

// fire evaluates the rules as a server would, and compares who fires with what each case expects.
func (test ruleTest) fire(t *testing.T, file string, every time.Duration) {
	t.Helper()
	loader, err := promqltest.NewLazyLoader(test.load(), promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, loader.Close()) }()
	groups := groupsOf(t, loader, file, every)
	slices.SortFunc(test.Cases, func(a, b ruleCase) int { return int(a.At - b.At) })
	left := test.Cases
	for at := start; len(left) > 0; at = at.Add(every) {
		loader.WithSamplesTill(at, func(err error) {
			require.NoError(t, err)
			for _, group := range groups {
				group.Eval(t.Context(), at)
				for _, rule := range group.Rules() {
					require.NoError(t, rule.LastError(), rule.Name())
				}
			}
		})
		for len(left) > 0 && at.Add(every).Sub(start) > time.Duration(left[0].At) {
			require.ElementsMatch(t, left[0].want(), firing(groups, left[0].Alert), "%s at %s", left[0].Alert, left[0].At)
			left = left[1:]
		}
	}
}

// load are the series in the language of promql's tests.
func (test ruleTest) load() string {
	var b strings.Builder
	fmt.Fprintf(&b, "load %s\n", test.Interval)
	for _, series := range test.Series {
		fmt.Fprintf(&b, "  %s %s\n", series.Series, series.Values)
	}
	return b.String()
}

func groupsOf(t *testing.T, loader *promqltest.LazyLoader, file string, every time.Duration) []*rules.Group {
	t.Helper()
	query := rules.EngineQueryFunc(loader.QueryEngine(), loader.Storage())
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:            func(ctx context.Context, q string, at time.Time) (promql.Vector, error) { return query(ctx, q, at) },
		NameValidationScheme: model.UTF8Validation, Parser: parser.NewParser(parser.Options{}),
		Appendable: loader.Storage(), Queryable: loader.Storage(), Context: t.Context(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Logger: slog.New(slog.DiscardHandler),
	})
	loaded, errs := manager.LoadGroups(every, labels.EmptyLabels(), "", nil, false, file)
	require.Empty(t, errs)
	var groups []*rules.Group
	for _, group := range loaded {
		groups = append(groups, group)
	}
	return groups
}

// want are the alerts that shall fire, as texts.
func (c ruleCase) want() []string {
	texts := []string{}
	for _, expected := range c.Expect {
		texts = append(texts, labels.FromMap(expected.Labels).String()+" "+labels.FromMap(expected.Annotations).String())
	}
	return texts
}

// firing are the alerts of the name that fire, as texts.
func firing(groups []*rules.Group, alert string) []string {
	texts := []string{}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok || alerting.Name() != alert {
				continue
			}
			for _, active := range alerting.ActiveAlerts() {
				if active.State == rules.StateFiring {
					own := labels.NewBuilder(active.Labels).Del(labels.AlertName).Labels()
					texts = append(texts, own.String()+" "+active.Annotations.String())
				}
			}
		}
	}
	return texts
}
