// Package preflight looks at everything a worker depends on before it matters: Temporal, Alfresco, Kontur.Focus and the
// mapping. Each finding says what is well, or what is wrong and how to mend it. The worker runs it at start, and
// `starter check` on demand.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
)

// timeout bounds one finding.
const timeout = 30 * time.Second

// lowQuota is the share of a quota that is worth a remark when it is left.
const lowQuota = 0.1

// Finding is one thing that was looked at.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	// Hint is what to do if it is not well, or a remark.
	Hint string `json:"hint,omitempty"`
}

// Subject is what is looked at.
type Subject struct {
	Temporal        client.Client
	TemporalOptions client.Options
	Alfresco        *alfresco.Client
	Kontur          *kontur.Client
	Mapping         *mapping.Mapping
	// NodeType is the type of the nodes that passes walk.
	NodeType string
	// Sources are the methods of Kontur.Focus that the syncs ask; they must be in the contract.
	Sources []string
}

// Run looks at everything, one after the other.
func Run(ctx context.Context, s Subject) []Finding {
	findings := []Finding{}
	look := func(name string, check func(context.Context) (text, hint string, err error)) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		text, hint, err := check(ctx)
		f := Finding{Name: name, OK: err == nil, Text: text, Hint: hint}
		if err != nil {
			f.Text, f.Hint = explain(err)
		}
		findings = append(findings, f)
	}
	look("temporal", s.checkTemporal)
	look("alfresco", s.checkAlfresco)
	look("kontur", s.checkKontur)
	look("mapping", s.checkMapping)
	return findings
}

// OK reports whether all is well.
func OK(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
}

func (s Subject) checkTemporal(ctx context.Context) (text, hint string, err error) {
	if err := connect.Probe(ctx, s.Temporal, s.TemporalOptions); err != nil {
		return "", "", err
	}
	return fmt.Sprintf("%s, namespace %s", s.TemporalOptions.HostPort, s.TemporalOptions.Namespace), "", nil
}

func (s Subject) checkAlfresco(ctx context.Context) (text, hint string, err error) {
	report, err := s.Alfresco.Check(ctx, s.NodeType)
	if err != nil {
		return "", "", err
	}
	text = fmt.Sprintf("Alfresco %s %s; %d nodes of %s searchable by sys:node-dbid", report.Edition, report.Version, report.Nodes, s.NodeType)
	if report.WithoutDbid > 0 {
		hint = fmt.Sprintf("%d more nodes have no sys:node-dbid in the index and would be missed; reindex them", report.WithoutDbid)
	}
	return text, hint, nil
}

func (s Subject) checkKontur(ctx context.Context) (text, hint string, err error) {
	quotas, err := s.Kontur.Quotas(ctx)
	if err != nil {
		return "", "", err
	}
	allowed := map[string]bool{}
	var lines, hints []string
	for _, q := range quotas {
		for _, method := range q.Methods {
			allowed[method] = true
		}
		line := fmt.Sprintf("%s: %d of %d %s spent until %s", strings.Join(q.Methods, ", "), q.Spent, q.Limit, q.LimitType, q.To)
		lines = append(lines, line)
		if q.Limit > 0 && float64(q.Limit-q.Spent) < lowQuota*float64(q.Limit) {
			hints = append(hints, fmt.Sprintf("less than a tenth of the quota of %s is left", strings.Join(q.Methods, ", ")))
		}
	}
	for _, source := range s.Sources {
		if len(allowed) > 0 && !allowed[source] {
			return "", "", &missing{source}
		}
	}
	return strings.Join(lines, "; "), strings.Join(hints, "; "), nil
}

// missing is a method that a sync asks and the contract lacks.
type missing struct{ method string }

func (m *missing) Error() string {
	return fmt.Sprintf("the key's contract does not list the method %s", m.method)
}

func (s Subject) checkMapping(context.Context) (text, hint string, err error) {
	return fmt.Sprintf("%d attributes", len(s.Mapping.Attributes())), "", nil
}

// explain takes the error of any client apart into what happened and what to do.
func explain(err error) (text, hint string) {
	var p *connect.Problem
	var a *alfresco.Error
	var k *kontur.Error
	var m *missing
	switch {
	case errors.As(err, &p):
		return p.Text, p.Hint
	case errors.As(err, &a):
		return a.Error(), a.Hint
	case errors.As(err, &k):
		return k.Error(), k.Hint
	case errors.As(err, &m):
		return m.Error(), "take it out of the sync's sources, or have it added to the contract"
	}
	return err.Error(), ""
}
