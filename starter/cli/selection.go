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
	nodes, inns, ogrns []string
	rejected           bool
	first              int // 0: not given
	set                *pflag.FlagSet
}

func (s *selection) flags(flags *pflag.FlagSet) {
	s.set = flags
	flags.StringSliceVar(&s.nodes, "only", nil, "only these nodes, by their ids: ID,ID")
	flags.StringSliceVar(&s.inns, "inn", nil, "only nodes with these INNs")
	flags.StringSliceVar(&s.ogrns, "ogrn", nil, "only nodes with these OGRNs or OGRNIPs")
	flags.BoolVar(&s.rejected, "rejected", false, "only nodes that the last pass could not bring up to date")
	flags.IntVar(&s.first, "first", 0, "only the first so many nodes; they are looked up in the worker's environment")
}

// given reports whether there is one.
func (s *selection) given() bool { return s.named() > 0 || s.rejected || s.first != 0 }

// checkEmpty refuses flags that are there and name nothing, as of a script whose list is empty: they would stand for all nodes.
func (s *selection) checkEmpty(l *invalid.List) {
	for _, list := range []struct {
		flag  string
		named []string
	}{{"only", s.nodes}, {"inn", s.inns}, {"ogrn", s.ogrns}} {
		if s.set.Changed(list.flag) && len(list.named) == 0 {
			l.Add("--"+list.flag, "", "at least one; leave the flag out for all nodes")
		}
	}
}

// named is how many nodes and identifiers are named.
func (s *selection) named() int { return len(s.nodes) + len(s.inns) + len(s.ogrns) }

var nodeIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

func (s *selection) check(l *invalid.List) {
	s.checkEmpty(l)
	for i, id := range s.nodes {
		id = strings.TrimPrefix(strings.TrimSpace(id), "workspace://SpacesStore/")
		if !nodeIDPattern.MatchString(id) {
			l.Add("--only", id, "ids of nodes, such as 7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e, separated by commas")
		}
		s.nodes[i] = id
	}
	check := func(flag string, by counterparty.IDKind, ids []string) {
		for i, id := range ids {
			ids[i] = strings.TrimSpace(id)
			if _, err := counterparty.ParseID(by, ids[i]); err != nil {
				l.Add(flag, ids[i], fmt.Sprintf("%s with their check digits, separated by commas; it %v", strings.ToUpper(string(by))+"s", err))
			}
		}
	}
	check("--inn", counterparty.INN, s.inns)
	check("--ogrn", counterparty.OGRN, s.ogrns)
	if s.rejected && s.named() > 0 {
		l.Add("--rejected", "true", "nothing together with --only, --inn or --ogrn")
	}
	switch {
	case s.first < 0 || s.first > pass.MaxSelection, s.set.Changed("first") && s.first == 0:
		l.Add("--first", strconv.Itoa(s.first), fmt.Sprintf("a whole number from 1 to %d", pass.MaxSelection))
	case s.first > 0 && (s.rejected || s.named() > 0):
		l.Add("--first", strconv.Itoa(s.first), "nothing together with --only, --inn, --ogrn or --rejected")
	}
}

// resolve makes the choice for a sync; nil if there are no such nodes.
func (s *selection) resolve(ctx context.Context, a *app, manager *syncs.Manager, id string) (*pass.Selection, error) {
	sync, err := manager.Sync(ctx, id)
	if err != nil {
		return nil, err
	}
	chosen := &pass.Selection{Nodes: s.nodes, IDs: slices.Concat(s.inns, s.ogrns)}
	switch {
	case sync.SearchParam == counterparty.INN && len(s.ogrns) > 0:
		return nil, flagError("--ogrn", s.ogrns[0], "--inn or --only: sync "+id+" searches by INN")
	case sync.SearchParam == counterparty.OGRN && len(s.inns) > 0:
		return nil, flagError("--inn", s.inns[0], "--ogrn or --only: sync "+id+" searches by OGRN")
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
