package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// reader reads the nodes of a segment.
type reader struct {
	sync pass.Sync
	// createdBefore ends the walk at younger nodes, modifiedSince asks which nodes were changed since; nil does neither.
	createdBefore, modifiedSince *time.Time
	// askedBefore asks of which nodes an earlier outcome still holds; nil: of none.
	askedBefore *pass.AskedBefore
	// met is nil if all nodes are walked.
	met *met
}

func newReader(sync pass.Sync, request pass.SegmentRequest) reader {
	r := reader{sync: sync, met: newMet(sync.Selection()), askedBefore: askedBefore(sync, request)}
	if sync.Start == pass.Checkpoint {
		settled := request.PassStartedAt.Add(-minNodeAge)
		r.createdBefore = &settled
	}
	if request.Changed != nil {
		r.modifiedSince = &request.Changed.ModifiedSince
	}
	return r
}

// read reads so many batches at most after a dbid, up to the last one unless that is 0; show is called with what becomes of it.
func (r reader) read(ctx workflow.Context, after, last int64, batches int, show func(string)) (pass.FetchBatchResult, error) {
	request := pass.FetchBatchRequest{NodeType: r.sync.NodeType, After: after, Last: last, Max: *r.sync.BatchSize, Batches: batches, Attributes: r.sync.Attributes(),
		Only: r.sync.Selection(), CreatedBefore: r.createdBefore, ModifiedSince: r.modifiedSince, AskedBefore: r.askedBefore}
	what := fmt.Sprintf("next %d nodes after dbid %s", batches**r.sync.BatchSize, md.Number(after))
	result, err := paced(ctx, pass.FetchBatch, &request, outsideCall{
		who: "Alfresco", what: what, policy: fetchPolicy, show: show, stage: "is read from Alfresco",
	})
	for _, fetched := range result.Batches {
		r.met.see(fetched)
	}
	return result, err
}

// sample reads the next batch after a dbid, on behalf of another one, which shows it. No nodes, and none that can't be read, means
// that there are no more.
func (r reader) sample(ctx workflow.Context, after int64, b *batch) (pass.FetchedBatch, error) {
	result, err := r.read(ctx, after, 0, 1, func(stage string) { b.enter("a sample of nodes " + stage) })
	if err != nil || len(result.Batches) == 0 {
		return pass.FetchedBatch{}, err
	}
	return result.Batches[0], nil
}

// asker asks Kontur.Focus, within the quotas.
type asker struct {
	sync   pass.Sync
	quotas quotaGuard
	giveUp bool
	// noneThrough is how many batches in a row were such that no request went through, in order of their answers.
	noneThrough int
}

// all asks all sources about a batch at once. It returns what they answer, and how many bytes that is.
func (a *asker) all(ctx workflow.Context, b *batch, ids, kpps []string, others others) ([]pass.QuerySourceResult, int, *pass.Failure) {
	if failure := a.quotas.mayAsk(ctx, b, len(ids)); failure != nil || ctx.Err() != nil {
		return nil, 0, failure
	}
	b.Asked = int64(len(ids) * len(a.sync.Sources))
	answers := make([]pass.QuerySourceResult, len(a.sync.Sources))
	failures := make([]*pass.Failure, len(a.sync.Sources))
	bytes, dead := 0, ""
	wg := workflow.NewWaitGroup(ctx)
	for i, source := range a.sync.Sources {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			request := pass.QuerySourceRequest{Source: source, By: a.sync.SearchParam, IDs: ids, KPPs: kpps}
			result, err := a.settle(ctx, b, fmt.Sprintf("%s: %d ids %s", source, len(ids), b.place), request, others)
			if err != nil && !canceled(err) {
				failures[i] = flow.FailureOf("kontur."+source, err).From(methods.SourceID(source))
				failures[i].MayBeOne = mayBeOne(err)
			}
			if err == nil {
				a.quotas.took(source, result.Calls, result.Further)
			}
			if result.NoneThrough {
				dead = source
			}
			result.Projections = nil // they wait in history
			answers[i] = result
			bytes += result.Bytes
		})
	}
	wg.Wait(flow.Uncancelled(ctx))
	a.quotas.answered(b)
	for _, failure := range failures {
		if failure != nil {
			return nil, 0, a.quotas.blame(ctx, len(ids), failure)
		}
	}
	switch {
	case ctx.Err() != nil:
	case dead == "":
		a.noneThrough = 0
	case a.noneThrough == pass.MaxNoneThrough:
		return nil, 0, noneThrough(dead)
	default:
		a.noneThrough++
	}
	return answers, bytes, nil
}

// others are identifiers about which a source can be asked, to see whether it answers at all.
type others struct {
	// known were known before; further finds some of nodes further on, which are asked about anyway.
	known   []string
	further func(workflow.Context) []string
}

// settle asks one source. Where the tries are used up, and for a few identifiers at once, it is found out whether others go
// through.
func (a *asker) settle(ctx workflow.Context, b *batch, what string, request pass.QuerySourceRequest, others others) (pass.QuerySourceResult, error) {
	if a.giveUp {
		request.GiveUp, request.Known = true, others.known
	}
	result, err := a.ask(ctx, b, what, request)
	if !mayBeOne(err) || len(request.Known) > 0 || !a.giveUp && len(request.IDs) > maxSettledAtOnce {
		return result, err
	}
	request.GiveUp, request.Known = true, others.known
	if len(others.known) == 0 {
		request.Known = others.further(ctx)
	}
	if len(request.Known) == 0 {
		return result, err
	}
	return a.ask(ctx, b, what+", and do others go through?", request)
}

// ask asks one source.
func (a *asker) ask(ctx workflow.Context, b *batch, what string, request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	return paced(ctx, pass.QuerySource, &request, outsideCall{
		who: "Kontur.Focus", what: what, policy: queryPolicy.with(a.sync.KonturKey),
		show: b.enter, stage: "Kontur.Focus is asked: " + strings.Join(a.sync.Sources, ", "), waiting: request.Source + ": ",
	})
}

// writer brings the nodes of a segment up to date, and remembers what failed tries wrote.
type writer struct {
	sync    pass.Sync
	leftOut []string
	open    openWrites
	// unsettled are writes of tries that failed, this segment's and earlier ones', to nodes that are not committed.
	unsettled []counterparty.NodeOutcome
}

// update brings the nodes of a batch up to date, within the budget if there is one.
func (w *writer) update(ctx workflow.Context, b *batch, answers []pass.QuerySourceResult, budget *pass.Budget) (pass.DiffAndUpdateResult, error) {
	request := pass.DiffAndUpdateRequest{Nodes: b.nodes, By: w.sync.SearchParam, Attributes: w.sync.Attributes(), LeftOut: w.leftOut, Optional: w.optional(answers),
		Standing: b.standing, Room: b.writing.Room, Plan: w.sync.Plans(), Budget: budget, Written: w.writtenTo(b.nodes)}
	for _, answer := range answers {
		request.Answers = append(request.Answers, answer.Answer)
	}
	request.NodeType, request.After, request.LastDbid = w.sync.NodeType, b.After, b.LastDbid
	request.Whole = w.sync.Selection() == nil && len(b.standing) == 0 && b.Skipped == 0
	open := w.open.tell(&request)
	what := fmt.Sprintf("%d nodes %s", len(b.nodes), b.place)
	stage := "is compared and written"
	if w.sync.Plans() {
		stage = "is compared and reported: a plan writes nothing"
	}
	try := func() (pass.DiffAndUpdateResult, error) {
		return paced(ctx, pass.DiffAndUpdate, &request, outsideCall{
			who: "Alfresco", what: what, policy: writePolicy, show: b.enter, stage: stage,
			after: func(err error) {
				if written := writtenBefore(err); len(written) > 0 {
					// A last heartbeat may hold more than there is room for beside the answers.
					request.Written = counterparty.Fit(written, pass.MaxHandedOver(request.Room))
				}
			},
		})
	}
	result, err := try()
	if w.open.measure(&request, err) {
		result, err = try()
	}
	switch {
	case result.Evidence != nil:
		request.Written = result.Evidence.Written
	case err == nil:
		w.open.hear(request, open, result)
		request.Written = nil // the result has them
	}
	w.keep(b.nodes, request.Written)
	return result, err
}

// optional are the sources that have nothing about some company, and that the pass can do without.
func (w *writer) optional(answers []pass.QuerySourceResult) []string {
	var optional []string
	for _, answer := range answers {
		if len(answer.Unread) > 0 && !slices.Contains(w.sync.Required, answer.Source) {
			optional = append(optional, answer.Source)
		}
	}
	return optional
}

// writtenTo are the writes of earlier tries to the nodes.
func (w *writer) writtenTo(nodes []pass.NodeRef) []counterparty.NodeOutcome {
	return slices.DeleteFunc(slices.Clone(w.unsettled), func(write counterparty.NodeOutcome) bool { return !among(nodes, write) })
}

// keep puts writes to the nodes in the place of those that were known.
func (w *writer) keep(nodes []pass.NodeRef, written []counterparty.NodeOutcome) {
	others := slices.DeleteFunc(slices.Clone(w.unsettled), func(write counterparty.NodeOutcome) bool { return among(nodes, write) })
	w.unsettled = append(others, written...)
}

func among(nodes []pass.NodeRef, write counterparty.NodeOutcome) bool {
	return slices.ContainsFunc(nodes, func(node pass.NodeRef) bool { return node.ID == write.NodeID })
}
