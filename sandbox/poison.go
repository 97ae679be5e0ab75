package main

import (
	"net/http"
	"slices"
	"strings"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A poisoned node is one about which requests of a kind always fail, while those about others go through.
const (
	noPoison      = "none"
	allowedPoison = noPoison + ", or some of search, get, put, separated by commas"
)

// poisonKinds are the kinds of requests that --alfresco-poison takes.
func poisonKinds() []string { return []string{"search", "get", "put"} }

// poisons takes over the kinds, each once.
func poisons(into *[]string) func(string) bool {
	return func(value string) bool {
		if *into = nil; value == noPoison {
			return true
		}
		for kind := range strings.SplitSeq(value, ",") {
			if slices.Contains(*into, kind) || !slices.Contains(poisonKinds(), kind) {
				return false
			}
			*into = append(*into, kind)
		}
		return true
	}
}

// poison makes requests of each kind fail about a node of its own, which a pass would write otherwise.
func (w *world) poison(kinds []string) {
	fails := alfrescotest.Fault{Status: http.StatusInternalServerError, Summary: "this node is poisoned"}
	always := func(node string, operations ...alfrescotest.Operation) {
		for _, op := range operations {
			fault := fails
			fault.Operation, fault.NodeID = op, node
			w.alfresco.Inject(fault)
		}
	}
	var matched []string
	for _, kind := range w.sample.Kinds {
		if kind.Outcome == "" {
			matched = append(matched, kind.Example)
		}
	}
	for i, kind := range kinds[:min(len(kinds), len(matched))] {
		node := matched[i]
		// Whatever it was like, it differs from the register now. The sample's nodes can be edited.
		_ = w.alfresco.Edit(node, map[string]any{"idocs:fullOrganizationName": "typed in by hand"})
		switch kind {
		case "search":
			w.alfresco.PoisonSearch(fails, node)
		case "get":
			always(node, alfrescotest.Get, alfrescotest.Query)
		case "put":
			always(node, alfrescotest.Put, alfrescotest.Mutate)
		}
	}
}
