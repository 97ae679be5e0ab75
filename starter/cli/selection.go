package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// selection is to which nodes a pass is narrowed: the flags that trigger and plan share.
type selection struct {
	nodes, inns, ogrns list
	rejected           bool
	first              int // 0: not given
	set                *pflag.FlagSet
}

func (s *selection) flags(flags *pflag.FlagSet) {
	s.set = flags
	flags.Var(&s.nodes, "only", "only these nodes, by their ids; a list may also be @FILE, or - for standard input")
	flags.Var(&s.inns, "inn", "only nodes with these INNs")
	flags.Var(&s.ogrns, "ogrn", "only nodes with these OGRNs or OGRNIPs")
	flags.BoolVar(&s.rejected, "rejected", false, "only nodes that the last pass could not bring up to date")
	flags.IntVar(&s.first, "first", 0, "only the first so many nodes; they are looked up in the worker's environment")
}

// given reports whether there is one.
func (s *selection) given() bool { return s.names() || s.rejected || s.first != 0 }

// names reports whether nodes or identifiers are named.
func (s *selection) names() bool { return len(s.nodes.given)+len(s.inns.given)+len(s.ogrns.given) > 0 }

var nodeIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// readNodes reads a list of ids of nodes.
func (v *list) readNodes(a *app, flag string, l *invalid.List) {
	v.read(a, flag, l)
	for i, id := range v.items {
		v.items[i].value = strings.TrimPrefix(id.value, "workspace://SpacesStore/")
		if _, isDbid := pass.DbidOf(v.items[i].value); !isDbid && !nodeIDPattern.MatchString(v.items[i].value) {
			id.refuse(l, flag, "ids of nodes, such as 7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e, "+betweenItems)
		}
	}
}

// readIDs reads a list of INNs or OGRNs.
func (v *list) readIDs(a *app, flag string, by counterparty.IDKind, l *invalid.List) {
	v.read(a, flag, l)
	for _, id := range v.items {
		if _, err := counterparty.ParseID(by, id.value); err != nil {
			id.refuse(l, flag, fmt.Sprintf("%s with their check digits, %s; it %v", strings.ToUpper(string(by))+"s", betweenItems, err))
		}
	}
}

func (s *selection) check(a *app, l *invalid.List) {
	s.nodes.readNodes(a, "--only", l)
	s.inns.readIDs(a, "--inn", counterparty.INN, l)
	s.ogrns.readIDs(a, "--ogrn", counterparty.OGRN, l)
	if named := len(s.nodes.items) + len(s.inns.items) + len(s.ogrns.items); named > pass.MaxSelection {
		l.Add("--only, --inn, --ogrn", fmt.Sprintf("%d of them", named), fmt.Sprintf("at most %d in all; the next pass of the schedule walks all nodes anyway", pass.MaxSelection))
	}
	if s.rejected && s.names() {
		l.Add("--rejected", "true", "nothing together with --only, --inn or --ogrn")
	}
	switch {
	case s.first < 0 || s.first > pass.MaxSelection, s.set.Changed("first") && s.first == 0:
		l.Add("--first", strconv.Itoa(s.first), fmt.Sprintf("a whole number from 1 to %d", pass.MaxSelection))
	case s.first > 0 && (s.rejected || s.names()):
		l.Add("--first", strconv.Itoa(s.first), "nothing together with --only, --inn, --ogrn or --rejected")
	}
}

// resolve makes the choice for a sync; nil if there are no such nodes.
func (s *selection) resolve(ctx context.Context, a *app, manager *syncs.Manager, id string) (*pass.Selection, error) {
	sync, err := manager.Sync(ctx, id)
	if err != nil {
		return nil, err
	}
	chosen := &pass.Selection{Nodes: s.nodes.values(), IDs: slices.Concat(s.inns.values(), s.ogrns.values())}
	switch {
	case sync.SearchParam == counterparty.INN && len(s.ogrns.items) > 0:
		return nil, flagError("--ogrn", s.ogrns.items[0].value, "--inn or --only: sync "+id+" searches by INN")
	case sync.SearchParam == counterparty.OGRN && len(s.inns.items) > 0:
		return nil, flagError("--inn", s.inns.items[0].value, "--ogrn or --only: sync "+id+" searches by OGRN")
	}
	if s.rejected {
		chosen.Nodes, err = a.rejectedNodes(ctx, manager, id)
	} else if s.first > 0 {
		chosen.Nodes, err = a.firstNodes(ctx, sync.NodeType, s.first)
	}
	if err != nil || !chosen.Narrows() {
		return nil, err
	}
	if most := pass.MaxSelection; len(chosen.Nodes)+len(chosen.IDs)*len(sync.Attributes()) > most {
		return nil, &hinted{fmt.Errorf("%d nodes or identifiers are more than one narrowed pass takes (%d)", len(chosen.Nodes)+len(chosen.IDs), most/max(1, min(len(chosen.IDs), 1)*len(sync.Attributes()))),
			"give fewer at a time; the next pass of the schedule walks all of them anyway"}
	}
	return chosen, nil
}

// firstNodes are those with the smallest dbids.
func (a *app) firstNodes(ctx context.Context, nodeType string, most int) ([]string, error) {
	world, err := a.outside()
	if err != nil {
		return nil, err
	}
	var nodes []string
	next := alfresco.PageRequest{NodeType: nodeType, Max: most}
	for len(nodes) < most {
		page, err := world.Alfresco.NextPage(ctx, next)
		switch {
		case err != nil:
			return nil, err
		case len(page.Failed) > 0:
			a.warnOfFailed(page.Failed)
		case len(page.Nodes) == 0 && len(nodes) == 0:
			return nil, &hinted{fmt.Errorf("there is no node of %s", nodeType), "starter check says what the account sees"}
		case len(page.Nodes) == 0:
			return nodes, nil
		}
		next.After = page.LastDbid
		for _, n := range page.Nodes {
			nodes = append(nodes, n.ID)
		}
	}
	return nodes[:most], nil
}

// warnOfFailed says which nodes can't be read.
func (a *app) warnOfFailed(nodes []alfresco.FailedNode) {
	for _, n := range nodes {
		a.warn("the node with dbid %d can't be read and is left out: %s", n.Dbid, n.Reason)
	}
}

// rejectedNodes are the nodes that the latest pass of the schedule could not bring up to date.
func (a *app) rejectedNodes(ctx context.Context, manager *syncs.Manager, id string) ([]string, error) {
	passes, err := manager.Passes(ctx, id, passesShown, false)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(passes, func(p syncs.PassRef) bool { return p.Kind == pass.Scheduled })
	if i < 0 {
		return nil, &hinted{fmt.Errorf("no pass to show: sync %s has no scheduled pass that Temporal still keeps", id), "starter trigger " + id + " starts one"}
	}
	var nodes []string
	seen := map[string]bool{}
	coverage, err := a.journal().Read(ctx, passes[i].WorkflowID, passes[i].RunID, func(e journal.Entry) error {
		if journal.Rejected(e.Outcome) && !seen[e.NodeID] {
			seen[e.NodeID] = true
			nodes = append(nodes, e.NodeID)
		}
		return nil
	})
	if errors.Is(err, journal.ErrGone) {
		return nil, &hinted{err, "the next pass of the schedule tries all nodes again"}
	}
	a.warnOf(coverage.Gaps, "nodes that were rejected there are left out")
	return nodes, err
}
