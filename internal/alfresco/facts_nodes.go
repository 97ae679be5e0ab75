package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/mapping"
)

// readDbids reads the dbids of the picked nodes, and leaves out those that have gone meanwhile. The script fails for a node
// with an aspect that the model lacks: a walk takes the node before it.
func (t *trial) readDbids(ctx context.Context) fact.Sight {
	picked := t.picked
	t.picked = nil
	var broken error
	failed := 0
	for _, n := range picked {
		dbid, ok, err := t.c.dbid(ctx, n.ID)
		e, _ := errors.AsType[*Error](err)
		switch {
		case e != nil && e.Status >= http.StatusInternalServerError:
			failed++
			broken = err
		case err != nil:
			t.picked = nil
			return trouble(err)
		case ok:
			n.dbid = dbid
			t.picked = append(t.picked, n)
		}
	}
	switch {
	case len(t.picked) == 0 && broken != nil:
		return trouble(broken)
	case failed > 0:
		return fact.Sight{Seen: fmt.Sprintf("%d of %d nodes; for %d the script fails", len(t.picked), len(picked), failed), Verdict: fact.Differs,
			Follows: "such nodes have an aspect that the model lacks; five in a row are stepped over", Harmless: true}
	}
	return fact.If(len(t.picked) > 0, "%d of %d nodes", len(t.picked), len(picked))
}

func (t *trial) metadataOfNothing(ctx context.Context) fact.Sight {
	_, ok, err := t.c.dbid(ctx, NoNode)
	if err != nil {
		return trouble(err)
	}
	return fact.If(!ok, "%s", map[bool]string{false: "{}", true: "a dbid"}[ok])
}

func (t *trial) noDbidShown(context.Context) fact.Sight {
	shown := 0
	for _, n := range t.page {
		for name := range n.Properties {
			if strings.HasPrefix(name, "sys:") {
				shown++
				break
			}
		}
	}
	return fact.If(shown == 0, "%d of %d nodes show some", shown, len(t.page))
}

// read reads a node from the database.
func (t *trial) read(ctx context.Context, id string) (Node, *Refusal, error) {
	if t.c.speaks == REST {
		a, err := t.c.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(id)})
		if err != nil {
			return Node{}, nil, err
		}
		return entry(opGet, id, a)
	}
	r := reading{records: records{t.c}, via: t.c, properties: t.properties(), whole: 1, nodes: map[string]Node{}, refusals: map[string]*Refusal{}}
	failed, err := r.once(ctx, []string{id})
	if err == nil && failed != nil {
		if err = failed.ofSearch(); nodeErrors[failed.class] == http.StatusForbidden {
			return Node{}, failed.refusal(), nil
		}
	}
	return r.nodes[id], r.refusals[id], err
}

func (t *trial) missingNode(ctx context.Context) fact.Sight {
	_, refusal, err := t.read(ctx, NoNode)
	switch {
	case err != nil:
		return trouble(err)
	case refusal == nil:
		return fact.Otherwise("it is shown")
	}
	return fact.If(refusal.Gone, "status %d", refusal.Status)
}

// values reads the picked nodes from the database. One that was changed between search and reading shows nothing.
func (t *trial) values(ctx context.Context) fact.Sight {
	same, changed := 0, 0
	for _, n := range t.picked {
		current, refusal, err := t.read(ctx, n.ID)
		e, _ := errors.AsType[*Error](err)
		switch {
		case e != nil && e.Status == http.StatusForbidden:
			t.deniedBy = err
			changed++
		case err != nil:
			return trouble(err)
		case refusal != nil && refusal.Status == http.StatusForbidden:
			t.forbidden++
			changed++
		case refusal != nil, !current.ModifiedAt.Equal(n.ModifiedAt):
			changed++
		case t.equalIn(current, n.Node):
			same++
		}
	}
	looked := len(t.picked) - changed
	if looked == 0 {
		return fact.NotMet("all of the %d nodes changed meanwhile, or may not be read", changed)
	}
	return fact.If(same == looked, "%d of %d nodes", same, looked)
}

// forbiddenNode is met only by luck: a search leaves out what the account may not read.
func (t *trial) forbiddenNode(context.Context) fact.Sight {
	switch {
	case t.deniedBy != nil:
		return trouble(t.deniedBy)
	case t.forbidden == 0:
		return fact.NotMet("none was met")
	}
	return fact.Holds("status 403, of %d nodes", t.forbidden)
}

func (t *trial) equalIn(a, b Node) bool {
	return !slices.ContainsFunc(t.properties(), func(name string) bool { return !mapping.Equal(a.Properties[name], b.Properties[name]) })
}

// otherAPI sees whether the API that is not used answers as well. Nothing depends on it.
func (t *trial) otherAPI(ctx context.Context) fact.Sight {
	name, a, err := "Citeck's Records API", answer{}, error(nil)
	if t.c.speaks == REST {
		a, err = t.c.do(ctx, call{operation: opQuery, method: http.MethodPost, path: recordsPath + "query",
			body: recordsCall{Version: recordsVersion, Records: []string{}, Attributes: map[string]string{}}})
	} else {
		name = "REST v1"
		a, err = t.c.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(NoNode)})
	}
	switch {
	case err != nil:
		return fact.NotMet("%s: %s", name, err)
	case a.ok(), t.c.speaks == Records && a.isFailure: // there is no such node, it says
		return fact.Holds("%s answers too", name)
	case a.status == http.StatusNotFound:
		return fact.Holds("no %s", name)
	}
	return fact.NotMet("%s: status %d", name, a.status)
}

// modelProperty is what the content model says of an attribute.
type modelProperty struct {
	ID            string `json:"id"`
	DataType      string `json:"dataType"`
	IsMultiValued bool   `json:"isMultiValued"`
	IsProtected   bool   `json:"isProtected"`
}

// modelPages bounds the pages of aspects, of 1,000 each.
const modelPages = 10

// attributes looks the attributes up in the content model, which REST v1 shows since Alfresco 7: those of the type first,
// then those of all aspects, for setting a property adds its aspect.
func (t *trial) attributes(ctx context.Context) {
	known, problem := map[string]modelProperty{}, ""
	lacks := func(name string) bool { return known[name].ID == "" }
	look := func() {
		const path = publicAPI + "/alfresco/versions/1/"
		var theType struct {
			Entry struct {
				Properties []modelProperty `json:"properties"`
			} `json:"entry"`
		}
		problem = t.modelOf(ctx, path+"types/"+url.PathEscape(t.NodeType), nil, &theType)
		learn(known, theType.Entry.Properties)
		for page := 0; problem == "" && page < modelPages && slices.ContainsFunc(t.properties(), lacks); page++ {
			var aspects struct {
				List struct {
					Pagination struct {
						HasMoreItems bool `json:"hasMoreItems"`
					} `json:"pagination"`
					Entries []struct {
						Entry struct {
							Properties []modelProperty `json:"properties"`
						} `json:"entry"`
					} `json:"entries"`
				} `json:"list"`
			}
			problem = t.modelOf(ctx, path+"aspects", url.Values{"include": {"properties"}, "maxItems": {"1000"}, "skipCount": {strconv.Itoa(page * 1000)}}, &aspects)
			for _, aspect := range aspects.List.Entries {
				learn(known, aspect.Entry.Properties)
			}
			if !aspects.List.Pagination.HasMoreItems {
				break
			}
		}
	}
	names := slices.Compact(slices.Sorted(slices.Values(t.properties())))
	for i, name := range names {
		t.table.Try("alfresco.attribute", name, func() fact.Sight {
			if i == 0 {
				look()
			}
			p := known[name]
			switch {
			case problem != "":
				return fact.NotMet("%s", problem)
			case p.ID == "":
				return fact.Otherwise("the model lacks it")
			case p.IsProtected:
				return fact.Otherwise("%s, protected", p.DataType)
			case p.IsMultiValued:
				return fact.Holds("%s, a list", p.DataType)
			}
			return fact.Holds("%s", cmp.Or(p.DataType, "there"))
		})
	}
}

func learn(known map[string]modelProperty, properties []modelProperty) {
	for _, p := range properties {
		known[p.ID] = p
	}
}

// modelOf reads a part of the content model. The problem is why it can't be known; empty if it could be read.
func (t *trial) modelOf(ctx context.Context, path string, query url.Values, into any) (problem string) {
	a, err := t.c.do(ctx, call{operation: opModel, method: http.MethodGet, path: path, query: query})
	switch {
	case err != nil:
		return err.Error()
	case a.status == http.StatusNotFound:
		return "this Alfresco does not show its content model: REST v1 does since 7.0"
	}
	if err := decode(opModel, a, into); err != nil {
		return err.Error()
	}
	return ""
}
