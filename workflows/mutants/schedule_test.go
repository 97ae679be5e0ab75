package mutants

// scheduleMutations are changes of what a pass does about its schedule, the nodes of earlier passes, and its key.
func scheduleMutations() []change {
	return []change{
		{"the schedule is not watched", []edit{in("sync.go", "	workflow.Go(ctx, p.watchConfiguration)\n", "")}},
		{"a pass that waits is not woken for a look", []edit{in("watch.go", "w.schedule != \"\" && w.next.Before(w.until)", "false")}},
		{"no pass follows one whose configuration changed", []edit{in("end.go", "	p.replace(ctx)\n	p.sources.end(", "	p.sources.end(")}},
		{"a rewound pass looks up the rejected nodes", []edit{in("leftovers.go", "	if r.Rewound {", "	if false {")}},
		{"the rejected nodes are not tried again", []edit{in("leftovers.go", "slices.Chunk(found.Nodes, ", "slices.Chunk(found.Nodes[:0], ")}},
		{"rejected nodes that fail end the pass", []edit{in("recover.go", "	case p.leftovers.walked():\n", "	case false:\n")}},
		{"a worker with the key is not looked for", []edit{in("key.go", "	if sync.KonturKey == \"\" || ", "	if true || sync.KonturKey == \"\" || ")}},
		{"Kontur.Focus is asked with another key", []edit{in("policies.go", "	p.key = key\n", "	_ = key\n")}},
	}
}

// poisonMutations are changes of what comes of nodes and companies about which requests fail while others go through.
func poisonMutations() []change {
	return []change{
		{"nodes that can't be read end the walk", []edit{in("fetcher.go", "		case len(result.Batches) > 0:\n", "		case len(result.Batches) > 0 && len(result.Batches[0].Nodes) > 0:\n")}},
		{"the tries are used up, and nothing more is found out", []edit{in("recover.go", "	case failure.MayBeOne && !p.settles:\n", "	case failure.MayBeOne && p.settles:\n")}},
		{"a segment is not told that the tries are used up", []edit{in("sync.go", "		GiveUp:        giveUp,", "		GiveUp:        giveUp && false,")}},
		{"open nodes are not tried again", []edit{in("open.go", "func (o *open) settles() bool { return len(o.settling) > 0 }", "func (o *open) settles() bool { return false }")}},
		{"outcomes of earlier passes are not taken over", []edit{in("segment.go", "	s.standing.keep(b)\n", "")}},
	}
}
