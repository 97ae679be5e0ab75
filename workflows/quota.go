package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
	"counterparty-sync/workflows/page"
)

// quotaGuard keeps a segment from asking for more than the contract has left beside the reserve. What a batch will cost is
// not known: a counterparty that was asked about in the period already costs nothing more. So each is taken to cost, until
// the quotas are read again; that happens when the worst case would go too far, and now and then for what others ask.
type quotaGuard struct {
	sync  pass.Sync
	mutex workflow.Mutex
	// known: they were read. problem is why they can't be, which won't change; empty if they can.
	known   bool
	problem string
	readAt  time.Time
	quotas  []pass.Quota
	// latest are the quotas as they were read last, for people.
	latest []pass.Quota
	// used is the worst case of what was asked since they were read, by quota; batches counts those batches.
	used    []int64
	batches int
	// calls is how many requests a source took about a batch last; none is one.
	calls map[string]int64
	// asking are the identifiers of the batches that wait for answers: a reading may have them or not.
	asking []askedBatch
	// doubtful: such batches are in what was used, whether the last reading had them or not.
	doubtful bool
}

// askedBatch is a batch about which so many identifiers are being asked.
type askedBatch struct {
	batch *batch
	ids   int
}

// mayAsk waits until it is known that a batch may be asked about. It returns a failure if a quota might run out: then
// nothing of the batch has been asked, and the batches before it go on. Batches come in the order of the nodes.
func (g *quotaGuard) mayAsk(ctx workflow.Context, b *batch, ids int) *pass.Failure {
	if g.sync.QuotaReserve == pass.NoReserve || g.problem != "" {
		return nil
	}
	if g.mutex.Lock(ctx) != nil {
		return nil // called off
	}
	defer g.mutex.Unlock()
	if g.problem != "" {
		return nil // found out while this batch waited
	}
	old := workflow.Now(ctx).Sub(g.readAt) >= quotaAge || g.batches >= quotaBatches
	if g.scarce(ids) >= 0 || old {
		if failure := g.read(ctx, b); failure != nil {
			return failure
		}
	}
	if g.scarce(ids) >= 0 && g.doubtful {
		// What was on its way may have been counted twice, and may cost less than it might: look again when it has ended.
		if workflow.Await(ctx, func() bool { return len(g.asking) == 0 }) != nil {
			return nil
		}
		if failure := g.read(ctx, b); failure != nil {
			return failure
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	if i := g.scarce(ids); i >= 0 {
		return g.exhausted(g.quotas[i], ids)
	}
	for i, q := range g.quotas {
		g.used[i] += g.cost(q, ids)
	}
	g.batches++
	g.asking = append(g.asking, askedBatch{b, ids})
	return nil
}

// begin reads the quotas while the first batch is fetched, which would wait for them otherwise.
func (g *quotaGuard) begin(ctx workflow.Context, show func()) {
	if g.sync.QuotaReserve == pass.NoReserve || g.mutex.Lock(ctx) != nil {
		return
	}
	defer g.mutex.Unlock()
	b := newBatch(pass.WrittenBatch{}, underway)
	b.show = show
	_ = g.read(ctx, b) // a failure is found again by the first batch that wants to ask
}

// answered notes that nothing of a batch is being asked any more.
func (g *quotaGuard) answered(b *batch) {
	g.asking = slices.DeleteFunc(g.asking, func(a askedBatch) bool { return a.batch == b })
}

// scarce is the quota that asking about so many more might exhaust but for its reserve, or -1.
func (g *quotaGuard) scarce(ids int) int {
	for i, q := range g.quotas {
		if g.used[i]+g.cost(q, ids) > q.Left-g.sync.QuotaReserve.Of(q.Limit) {
			return i
		}
	}
	return -1
}

// cost is the most that asking the sources of a quota about so many identifiers may take of it. A counterparty that several
// of them are asked about counts once.
func (g *quotaGuard) cost(q pass.Quota, ids int) int64 {
	if q.Counts != methods.CountsRequests {
		return int64(ids)
	}
	var calls int64
	for _, source := range q.Sources {
		calls += max(1, g.calls[source])
	}
	return calls
}

// took notes how many requests a source took about a batch: where answers weigh much it is more than one. The further ones,
// because some failed, say nothing about the next batch.
func (g *quotaGuard) took(source string, requests, further int) {
	calls := max(1, int64(requests-further))
	for i, q := range g.quotas {
		if q.Counts == methods.CountsRequests && slices.Contains(q.Sources, source) {
			g.used[i] += max(0, calls-max(1, g.calls[source])) + int64(further)
		}
	}
	if g.calls == nil {
		g.calls = map[string]int64{}
	}
	g.calls[source] = calls
}

// read asks what is left. Quotas that can't be read stop nothing unless they were read before and little was left.
func (g *quotaGuard) read(ctx workflow.Context, b *batch) *pass.Failure {
	request := pass.ReadQuotasRequest{Sources: g.sync.Sources, Told: len(g.quotas) > 0}
	// Those that are answered while the quotas are read may be missing in what is read.
	asking := slices.Clone(g.asking)
	result, err := paced(ctx, pass.ReadQuotas, &request, outsideCall{
		who: "Kontur.Focus", what: "what is left of the quotas?", policy: quotaPolicy.with(g.sync.KonturKey),
		show: b.enter, stage: "Kontur.Focus is asked what is left of the quotas", waiting: "quotas: ",
		before: func() { request.Now = workflow.Now(ctx).UTC() },
	})
	switch {
	case canceled(err) || ctx.Err() != nil:
		return nil
	case err != nil && g.known:
		return flow.FailureOf("quotas of Kontur.Focus, of which little may be left", err).From(methods.SourceID(g.sync.Sources[0]))
	case err != nil:
		workflow.GetLogger(ctx).Warn("the quotas of Kontur.Focus are not known; the pass goes on without", "sync", g.sync.ID, "error", err)
		g.batches, g.readAt = 0, workflow.Now(ctx)
		return nil
	case result.Problem != "":
		workflow.GetLogger(ctx).Warn("the quotas of Kontur.Focus can't be read; the pass goes on without", "sync", g.sync.ID, "problem", result.Problem)
		g.problem = shorten(result.Problem)
		return nil
	}
	g.known, g.readAt, g.batches = true, workflow.Now(ctx), 0
	g.quotas, g.used = result.Quotas, make([]int64, len(result.Quotas))
	g.doubtful = len(asking) > 0
	for _, a := range asking {
		for i, q := range g.quotas {
			g.used[i] += g.cost(q, a.ids)
		}
	}
	g.latest = result.Quotas
	return nil
}

// exhausted is the end of the asking, in good order.
func (g *quotaGuard) exhausted(q pass.Quota, ids int) *pass.Failure {
	text := fmt.Sprintf("the quota of %s is nearly used up: %s, and the next %s counterparties may take %s",
		strings.Join(q.Sources, ", "), page.QuotaLeft(q), md.Number(int64(ids)), md.Number(g.cost(q, ids)))
	if reserve := g.sync.QuotaReserve.Of(q.Limit); reserve > 0 {
		text += fmt.Sprintf(", with a reserve of %s (quotaReserve: %s)", md.Number(reserve), g.sync.QuotaReserve)
	}
	return &pass.Failure{Type: pass.FailureQuotaExhausted, Source: g.drawingOn(q), Message: text, Hint: hintExhausted(q)}
}

// drawingOn is the source that a quota stops: one that the pass can't do without, if there is one.
func (g *quotaGuard) drawingOn(q pass.Quota) string {
	required := slices.IndexFunc(q.Sources, func(source string) bool { return slices.Contains(g.sync.Required, source) })
	return methods.SourceID(q.Sources[max(0, required)])
}

// blame finds out whether a refusal is a quota that has run out: others ask too, and not every quota is reported in time.
func (g *quotaGuard) blame(ctx workflow.Context, ids int, failure *pass.Failure) *pass.Failure {
	if failure.Type != pass.FailureAccessDenied || !g.known || ctx.Err() != nil || g.mutex.Lock(ctx) != nil {
		return failure
	}
	defer g.mutex.Unlock()
	request := pass.ReadQuotasRequest{Sources: g.sync.Sources, Now: workflow.Now(ctx).UTC()}
	result, err := flow.Execute(quotaPolicy.with(g.sync.KonturKey).on(ctx, "is it the quota that refuses?"), pass.ReadQuotas, request)
	if err != nil || result.Problem != "" {
		return failure
	}
	g.latest = result.Quotas
	for _, q := range result.Quotas {
		drawn := slices.ContainsFunc(q.Sources, func(source string) bool { return methods.SourceID(source) == failure.Source })
		if drawn && q.Left < g.cost(q, ids) {
			return &pass.Failure{
				Type:    pass.FailureQuotaExhausted,
				Source:  failure.Source,
				Message: fmt.Sprintf("%s; the quota of %s: %s", failure.Message, strings.Join(q.Sources, ", "), page.QuotaLeft(q)),
				Hint:    hintExhausted(q),
			}
		}
	}
	return failure
}

// hintExhausted says how to go on.
func hintExhausted(q pass.Quota) string {
	when := "when the next period begins"
	if last, err := time.Parse(time.DateOnly, q.Until); err == nil {
		when = "on " + last.AddDate(0, 0, 1).Format(time.DateOnly) + ", when the next period begins"
	}
	return "what is done is kept, and the next pass goes on from the checkpoint: " + when +
		", or at once with a larger quota; quotaReserve: off goes on until Kontur.Focus itself refuses, which it may not do as long as it is asked about " +
		"counterparties that are already paid for"
}
