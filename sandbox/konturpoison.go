package main

import (
	"slices"
	"strings"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// noKonturPoison is the value of --kontur-poison that is none.
const noKonturPoison = "none"

func allowedKonturPoison() string {
	var kinds []string
	for _, p := range konturtest.Poisons() {
		kinds = append(kinds, string(p))
	}
	return noKonturPoison + ", or some of " + strings.Join(kinds, ", ") + ", separated by commas"
}

// konturPoisons takes over the kinds, each once.
func konturPoisons(into *[]konturtest.Poison) func(string) bool {
	return func(value string) bool {
		if *into = nil; value == noKonturPoison {
			return true
		}
		for kind := range strings.SplitSeq(value, ",") {
			poison := konturtest.Poison(kind)
			if slices.Contains(*into, poison) || !slices.Contains(konturtest.Poisons(), poison) {
				return false
			}
			*into = append(*into, poison)
		}
		return true
	}
}

// poisonKontur makes each request to Kontur.Focus fail that holds one of some INNs: one for each kind, of a company that one
// node alone means and that could be written otherwise.
func (w *world) poisonKontur(kinds []konturtest.Poison) {
	inns := map[string]int{}
	for _, node := range w.alfresco.Nodes("idocs:contractor") {
		inn, _ := node.Properties["idocs:inn"].(string)
		inns[strings.TrimSpace(inn)]++
	}
	var alone []string
	for _, kind := range slices.Backward(w.sample.Kinds) {
		node, _ := w.alfresco.Get(kind.Example)
		inn, _ := node.Properties["idocs:inn"].(string)
		if _, err := counterparty.ParseID(counterparty.INN, inn); kind.Outcome == "" && err == nil && inns[inn] == 1 {
			alone = append(alone, inn)
		}
	}
	for i, poison := range kinds[:min(len(kinds), len(alone))] {
		w.kontur.Inject(poison.In("req", alone[i]))
	}
}

// poisoned is how many nodes there are about which each request to one of the systems fails.
func (o options) poisoned() int { return len(o.alfrescoPoison) + len(o.konturPoison) }
