package mutants

import "slices"

// mutations are changes that open runs of a release would stumble over. Every one has to be caught.
func mutations() []change {
	return slices.Concat(passMutations(), scheduleMutations(), poisonMutations(), segmentMutations(), reportMutations(), versionMutations())
}

func passMutations() []change {
	return []change{
		{"the pass before is not looked up", []edit{
			in("previous.go", "	if schedule == \"\" {\n		return handed, unread\n	}\n", "	if true {\n		return handed, unread\n	}\n")}},
		{"the pass before is looked up by another id", []edit{
			in("previous.go", "RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID}", "RunID: workflow.GetInfo(ctx).WorkflowExecution.ID}")}},
		{"a failed pass starts from the beginning again", []edit{
			in("previous.go", "if completed && sync.Start == pass.Beginning {", "if sync.Start == pass.Beginning {")}},
		{"an activity is added", []edit{
			in("sync.go", "	start := startAfter(", "	_, _ = flow.Execute(lookupPolicy.on(ctx, \"\"), pass.FindPreviousPass, pass.FindPreviousPassRequest{})\n	start := startAfter(")}},
		{"children have other ids", []edit{in("sync.go", "SegmentID(r.WorkflowID, number)", "SegmentID(r.WorkflowID, number+1)")}},
		{"children are of another type", []edit{in("sync.go", "flow.StartChild(ctx, pass.SegmentWorkflow,", "flow.StartChild(ctx, pass.SegmentWorkflow[:0]+\"CounterpartySync\",")}},
		{"a segment begins one node later", []edit{in("sync.go", "		After:         after,\n", "		After:         after + 1,\n")}},
		{"a segment is not told what is written ahead", []edit{in("sync.go", "		Ahead:         p.ahead,\n", "")}},
		{"a segment is not told what a failed try has written", []edit{in("sync.go", "		Written:       p.written,\n", "")}},
		{"a segment is not told which sources are left out", []edit{in("sync.go", "		LeftOut:       p.leftOut,\n", "")}},
		{"the result of a segment is not taken over", []edit{in("sync.go", "	p.settle(result)\n", "")}},
		{"what a lost segment committed is not read", []edit{
			in("sync.go", "		committed := committedBy(ctx, p.sync.ID, segment, number)\n", "		committed := pass.ReadProgressResult{Progress: pass.Progress{Segment: number}}\n")}},
		{"a wait is added before a retry", []edit{
			in("retry.go", "	_, err := flow.Await(ctx,", "	_ = workflow.Sleep(ctx, delay)\n	_, err := flow.Await(ctx,")}},
		{"the wait before a retry is dropped", []edit{in("retry.go", "r.waiting, r.woken = until, true, false\n", "r.waiting, r.woken = until, true, true\n")}},
		{"the signal that ends a wait is ignored", []edit{in("retry.go", "func() bool { return r.woken })", "func() bool { return false })")}},
		{"there is one try less", []edit{in("retry.go", "r.tries >= len(r.delays)", "r.tries+1 >= len(r.delays)")}},
		{"no source is left out", []edit{in("recover.go", "	case optional:\n", "	case optional && false:\n")}},
		{"progress is not written to the memo", []edit{
			in("signals.go", "			p.sources.work(p.result())\n			p.publish(ctx)\n", "			p.sources.work(p.result())\n")}},
		{"the end is not written to the memo", []edit{in("end.go", "	p.publish(ctx)\n	return r, nil", "	return r, nil")}},
		{"giving up is not written to the memo", []edit{
			in("end.go", "	p.publish(ctx)\n	p.log(ctx).Error(\"pass gave up", "	p.log(ctx).Error(\"pass gave up")}},
		{"the memo has another key", []edit{in("signals.go", "map[string]any{pass.StateMemo: ", `map[string]any{"result": `)}},
		{"a pass that is stopped fails", []edit{
			in("sync.go", "			return p.end(ctx, pass.Stopped)\n", "			return pass.Result{}, ctx.Err()\n")}},
		{"counts get lost in the result", []edit{{"internal/pass/commit.go", "	r.Asked = base.Asked + progress.Asked\n", ""}}},
		{"a person's answer is not heard", []edit{in("sync.go", "	workflow.Go(ctx, p.listenForApproval)\n", "")}},
		{"every sync has a brake", []edit{{"internal/pass/brake.go", "	if !s.HasBrake() {\n		return value\n	}\n", ""}}},
		{"a segment is told of a brake that there is not", []edit{in("brake.go", "	if r.Brake == nil || b.approved {\n		return nil\n	}\n", "	if r.Brake == nil {\n		r.Brake = &pass.Brake{}\n	}\n")}},
		{"a workflow is registered under another name", []edit{in("workflows.go", "pass.SegmentWorkflow,", "pass.SegmentWorkflow+\"2\",")}},
	}
}

func segmentMutations() []change {
	return []change{
		{"fetch and update are swapped", []edit{
			in("stages.go", "pass.FetchBatch, &request", `pass.FetchBatch[:0]+"DiffAndUpdate", &request`),
			in("stages.go", "pass.DiffAndUpdate, &request", `pass.DiffAndUpdate[:0]+"FetchBatch", &request`)}},
		{"a batch is written before its sources have answered", []edit{in("stages.go", "	wg.Wait(flow.Uncancelled(ctx))\n", "")}},
		{"sources are asked one after the other", []edit{
			in("stages.go", "		workflow.Go(ctx, func(ctx workflow.Context) {\n			defer wg.Done()\n			request :=",
				"		func(do func(workflow.Context)) { do(ctx) }(func(ctx workflow.Context) {\n			defer wg.Done()\n			request :=")}},
		{"nobody is asked", []edit{in("segment.go", "	if len(ids) == 0 {", "	if len(ids) >= 0 {")}},
		{"Kontur.Focus is asked on the main task queue", []edit{
			in("policies.go", "queryPolicy = policy{startToClose: 30 * time.Minute, kontur: true}", "queryPolicy = policy{startToClose: 30 * time.Minute}")}},
		{"batches have another size", []edit{in("stages.go", "Max: *r.sync.BatchSize,", "Max: *r.sync.BatchSize + 1,")}},
		{"young nodes are fetched too", []edit{in("stages.go", "		r.createdBefore = &settled\n", "		_ = settled\n")}},
		{"KPPs are not told", []edit{in("stages.go", "KPPs: kpps}", "KPPs: kpps[:0]}")}},
		{"answers do not reach the update", []edit{in("stages.go", "	for _, answer := range answers {\n		request.Answers", "	for _, answer := range answers[:0] {\n		request.Answers")}},
		{"an update does not know where its nodes were found", []edit{in("stages.go", "	request.NodeType, request.After, request.LastDbid = w.sync.NodeType, b.After, b.LastDbid\n", "")}},
		{"chosen nodes are taken for all there are", []edit{in("stages.go", "request.Whole = w.sync.Selection() == nil && ", "request.Whole = ")}},
		{"a try does not know what the one before has written", []edit{in("stages.go", ", Written: w.writtenTo(b.nodes)}", "}")}},
		{"a batch has a budget without a brake", []edit{in("budget.go", "	if !l.limits() {\n		return nil\n	}\n	left := l.sync.Left(l.spent(committed), l.allNodes(b, committed))\n", "	var left pass.Budget\n")}},
		{"one batch is written at a time without a brake", []edit{in("segment.go", "	if s.budget.limits() && s.batches.awaitTurn(ctx, b) != nil {", "	if s.batches.awaitTurn(ctx, b) != nil {")}},
		{"one batch more is on its way", []edit{in("load.go", "len(batches) < l.lookahead && ", "len(batches) <= l.lookahead && ")}},
		{"a register that knows nobody is believed", []edit{in("silence.go", "	failure := s.question(ctx, b, changed)\n", "	var failure *pass.Failure\n")}},
		{"those who were known before are not asked about", []edit{in("silence.go", "	if len(known) > 0 {\n", "	if len(known) > pass.MaxKnown {\n")}},
		{"one batch at a time", []edit{in("load.go", "len(batches) < l.lookahead && ", "len(batches) < 1 && ")}},
		{"a batch is on its way twice", []edit{in("segment.go", "	default:\n		s.launch(ctx, b)\n", "	default:\n		s.launch(ctx, b)\n		again := *b\n		s.launch(ctx, &again)\n")}},
		{"each fetch brings one batch", []edit{in("fetcher.go", "		batches = min(2*batches, f.most)\n", "")}},
		{"the first fetch brings several batches", []edit{in("fetcher.go", "	for batches := 1;", "	for batches := f.most;")}},
		{"a fetch reaches into what is written ahead", []edit{in("fetcher.go", "f.fetch(ctx, last, batches)", "f.fetch(ctx, 0, batches)")}},
		{"a batch is committed before the one before it", []edit{
			in("segment.go", "b != nil && b.phase == written; b", "b != nil && (b.phase == written || len(s.batches) > 1 && s.batches[1].phase == written); b")}},
		{"an update does not know its room", []edit{in("stages.go", "Room: b.writing.Room, ", "")}},
		{"a segment never ends early", []edit{in("segment.go", "		if full(workflow.GetInfo(ctx)) {", "		if false {")}},
		{"what is written ahead is done again", []edit{in("fetcher.go", "		if done, ok := f.ahead.take(f.cursor); ok {", "		if done, ok := f.ahead.take(f.cursor); ok && false {")}},
		{"progress is not told", []edit{in("segment.go", "	workflow.Go(finish, s.reportProgress)\n", "")}},
		{"progress is told without a pause", []edit{in("progress.go", "isNews() && (reported == 0 || ", "isNews() && (reported >= 0 || ")}},
		{"a rate limit is not waited for", []edit{
			in("paced.go", "		if err := flow.Sleep(ctx, wait, asks+\": \"+c.what); err != nil {", "		if err := ctx.Err(); err != nil {")}},
		{"later batches go on behind one that failed", []edit{in("batch.go", "		if later.callOff != nil {", "		if false && later.callOff != nil {")}},
		{"an activity that is called off is not waited for", []edit{in("policies.go", "	o.WaitForCancellation = true\n", "")}},
	}
}

func reportMutations() []change {
	return []change{
		{"the report before is read first", []edit{
			in("report/report.go", "	definition, err := r.loadType(ctx)\n	if err != nil {\n		return nil, err\n	}\n	previous := r.readPrevious(ctx)\n",
				"	previous := r.readPrevious(ctx)\n	definition, err := r.loadType(ctx)\n	if err != nil {\n		return nil, err\n	}\n")}},
		{"a refresh does not read the report before", []edit{in("report/document.go", `	if r.request.RefreshOf == "" {`, `	if r.request.RefreshOf != "-" {`)}},
		{"the end does not wait for the sources", []edit{in("report/report.go", "	wg.Wait(finish)\n", "")}},
		{"sources are begun in another order", []edit{in("report/report.go", "	for _, s := range r.sources {\n		wg.Add(1)\n",
			"	for i := range r.sources {\n		s := r.sources[len(r.sources)-1-i]\n		wg.Add(1)\n")}},
		{"no source waits for another", []edit{in("report/needs.go", "		if workflow.Await(ctx, other.ended) != nil {", "		if ctx.Err() != nil {")}},
		{"sources that don't know the counterparty are asked", []edit{in("report/needs.go", "	if s.source.Applies(kind) {", "	if true || s.source.Applies(kind) {")}},
		{"the surest number is not used", []edit{
			in("report/needs.go", "			request.By, request.ID = counterparty.OGRN, request.OGRN\n", "			_ = counterparty.OGRN\n")}},
		{"a source has half the time", []edit{in("report/answer.go", "pass.Duration(within), ", "pass.Duration(within/2), ")}},
		{"a source that fails is not asked again", []edit{in("report/report.go", "		case !failure.retryable:", "		case true:")}},
		{"a source is asked again at once", []edit{
			in("report/report.go", "		if flow.Sleep(ctx, wait, s.source.ID+\" \"+delay) != nil {", "		if _ = delay; ctx.Err() != nil {")}},
		{"sources are asked on the main task queue", []edit{in("report/policies.go", "	o.TaskQueue = report.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName, key)\n", "")}},
		{"nobody is told that the report is complete", []edit{
			in("report/publish.go", "	r.notify(ctx, r.request.Webhook.OnComplete, report.OnCompleteEvent)\n", "")}},
		{"the states are not written to the memo", []edit{in("report/publish.go", "	r.published = r.version\n", "	r.published = r.version\n	if true {\n		return\n	}\n")}},
	}
}

func versionMutations() []change {
	return []change{
		{"a change is not guarded", []edit{in("example/example.go", `{ return workflows.Changed(ctx, "find-first") }`, "{ _ = workflows.Changed; return true }")}},
		{"a guarded change is taken back", []edit{in("example/example.go", `{ return workflows.Changed(ctx, "find-first") }`, "{ _ = workflows.Changed; return false }")}},
		{"the guard is inverted", []edit{in("versions.go", "workflow.GetVersion(ctx, id, workflow.DefaultVersion, 1) != ", "workflow.GetVersion(ctx, id, workflow.DefaultVersion, 1) == ")}},
		{"the old way is gone for good", []edit{in("versions.go", "workflow.GetVersion(ctx, id, workflow.DefaultVersion, 1)", "workflow.GetVersion(ctx, id, 1, 1)")}},
	}
}
