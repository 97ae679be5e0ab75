// Package preflight looks at everything a worker depends on before it matters: Temporal and the search attributes of its
// namespace, Alfresco, Kontur.Focus, the mapping, the report types, and who may ask for reports and over what. Each finding says what is well, or what is wrong and
// how to mend it. The worker runs it at start, and `starter check` on demand.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/searchattributes"
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
	// World is looked at; report types only if they are given.
	outside.World
	// ReportTypesFile is the file that the report types are from; empty: they are the built-in ones.
	ReportTypesFile string
	// Payloads is how what Temporal keeps is encoded, TaskQueue where the passes of the schedules run that are looked at for it.
	Payloads  *codec.Codec
	TaskQueue string
	// Deployment is that of the worker; without a name worker versioning is off and not looked at.
	Deployment worker.WorkerDeploymentVersion
	// NodeType is the type of the nodes that passes walk.
	NodeType string
	// Sources are the methods of Kontur.Focus that the syncs ask; they must be in the contract of KonturKey.
	Sources   []string
	KonturKey pass.KeyName
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
			f.Text, f.Hint = Explain(err, hint)
		}
		findings = append(findings, f)
	}
	look("temporal", s.checkTemporal)
	if OK(findings) {
		look("search-attributes", s.checkSearchAttributes)
	}
	if s.Deployment.DeploymentName != "" {
		look("versioning", s.checkVersioning)
	}
	look("alfresco", s.checkAlfresco)
	contracts := map[pass.KeyName][]string{} // the methods that each key may ask; none if they are not known
	for _, key := range s.keys() {
		look(strings.TrimSpace("kontur "+string(key)), func(ctx context.Context) (text, hint string, err error) {
			contracts[key], text, hint, err = s.checkKontur(ctx, key)
			return text, hint, err
		})
	}
	if findings[0].OK {
		look("payloads", s.checkPayloads)
	}
	look("mapping", s.checkMapping)
	if s.Callers != nil {
		look("callers", s.checkCallers)
	}
	if s.Certificate != nil {
		look("certificate", s.checkCertificate)
	}
	if s.ReportTypes != nil {
		look("reports", func(context.Context) (text, hint string, err error) { return s.checkReports(contracts) })
	}
	return findings
}

// OK reports whether all is well.
func OK(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
}

func (s Subject) checkTemporal(ctx context.Context) (text, hint string, err error) {
	text = fmt.Sprintf("%s, namespace %s", s.TemporalOptions.HostPort, s.TemporalOptions.Namespace)
	return text, "", connect.Probe(ctx, s.Temporal, s.TemporalOptions)
}

// checkSearchAttributes: passes run without search attributes, so that only a wrong type, which a person has to mend, is
// wrong.
func (s Subject) checkSearchAttributes(ctx context.Context) (text, hint string, err error) {
	found, err := searchattributes.Look(ctx, s.Temporal.OperatorService(), s.TemporalOptions.Namespace)
	switch {
	case err != nil:
		return "not known: " + strings.ReplaceAll(err.Error(), "\n", " "), "passes run without them, but can't be listed by sync and status", nil
	case len(found.Wrong()) > 0:
		return "", searchattributes.HintWrong(found.Wrong()), errors.New(found.Problem())
	case !found.Ready():
		return found.Problem(), "passes run without them, but can't be listed by sync and status; starter setup registers them", nil
	}
	return found.Names(), "", nil
}

func (s Subject) checkAlfresco(ctx context.Context) (text, hint string, err error) {
	report, err := s.Alfresco.Check(ctx, s.NodeType)
	if err != nil {
		return "", "", err
	}
	text = fmt.Sprintf("Alfresco %s %s; %s answers: %d nodes of %s searchable by sys:node-dbid",
		report.Edition, report.Version, apiNames[report.API], report.Nodes, s.NodeType)
	if report.API == alfresco.REST && report.LastTxID == 0 {
		hint = "the index is that of a Solr replica, or a fresh one: it names no last transaction, so that nobody sees how far behind it is"
	}
	if report.WithoutDbid > 0 {
		hint = fmt.Sprintf("%d more nodes have no sys:node-dbid in the index and would be missed; reindex them", report.WithoutDbid)
	}
	return text, hint, nil
}

var apiNames = map[alfresco.API]string{alfresco.REST: "its REST API", alfresco.Records: "Citeck's Records API"}

// keys are all that the worker holds, and that of the sync.
func (s Subject) keys() []pass.KeyName {
	keys := append(slices.Collect(maps.Keys(s.ByKey)), "", s.KonturKey)
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (s Subject) checkKontur(ctx context.Context, key pass.KeyName) (contract []string, text, hint string, err error) {
	client, err := s.KonturOf(key)
	if err != nil {
		return nil, "", key.HintMissing(), err
	}
	quotas, err := client.Quotas(ctx)
	if err != nil {
		return nil, "", "", err
	}
	if key != s.KonturKey {
		s.Sources = nil
	}
	var lines, hints []string
	for _, q := range quotas {
		contract = append(contract, q.Methods...)
		line, hint := spending(q)
		lines = append(lines, line)
		if hint != "" {
			hints = append(hints, hint)
		}
	}
	if len(contract) == 0 {
		return nil, "the key is valid; no methods or quotas reported", "", nil
	}
	lacking := slices.DeleteFunc(slices.Clone(s.Sources), func(source string) bool { return slices.Contains(contract, source) })
	if len(lacking) > 0 {
		return contract, "", "remove the missing ones from the sync's sources, or have them added to the contract",
			errors.New("the key's contract does not list " + strings.Join(lacking, ", "))
	}
	return contract, strings.Join(lines, "; "), strings.Join(hints, "; "), nil
}

// spending words one line of the contract, with a hint if little of it is left. That it is used up is no more than a hint:
// companies that were paid for in its period may still be asked about.
func spending(q kontur.Quota) (text, hint string) {
	methods := strings.Join(q.Methods, ", ")
	if q.Limit == 0 {
		return methods + ": no limit reported", ""
	}
	text = fmt.Sprintf("%s: %d of %d %s spent", methods, q.Spent, q.Limit, q.LimitType)
	if q.To != "" {
		text += " until " + q.To
	}
	switch {
	case q.Spent >= q.Limit:
		hint = "the quota of " + methods + " is used up"
	case float64(q.Limit-q.Spent) < lowQuota*float64(q.Limit):
		hint = "less than a tenth of the quota of " + methods + " is left"
	}
	return text, hint
}

func (s Subject) checkMapping(context.Context) (text, hint string, err error) {
	attributes := len(s.Mapping.Attributes())
	if memory := s.Mapping.Memory(); memory != "" {
		return fmt.Sprintf("%d attributes, memory in %s", attributes-1, memory), "", nil
	}
	return fmt.Sprintf("%d attributes", attributes), "", nil
}

// Explain takes the error of any client apart into what happened and what to do; hint is for an error that has none.
func Explain(err error, hint string) (text, next string) {
	if p, ok := errors.AsType[*connect.Problem](err); ok {
		return p.Text, p.Hint
	}
	if a, ok := errors.AsType[*alfresco.Error](err); ok {
		return a.Error(), a.Hint
	}
	if k, ok := errors.AsType[*kontur.Error](err); ok {
		return k.Error(), k.Hint
	}
	return err.Error(), hint
}
