package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

const (
	// maxPacing bounds how long one call waits in all because the other side answers 429.
	maxPacing = 30 * time.Minute
	// pacingStep bounds how a wait grows beyond what the other side asks for, if its 429 comes again and again. With "1 s"
	// half an hour would be 1,800 calls, and the history of a few batches would outgrow its limit; so it is some 40.
	pacingStep = time.Minute

	// progressInterval is the least time between two progress signals of a pass; progressShare makes the interval grow
	// with the pass. 5 s for the first 500 s make 100 signals, and each further factor e of the pass's age makes 100 more:
	// some 600 for a day, 800 for a week. reminderInterval is the least time after which one is sent if nothing wakes the segment.
	progressInterval = 5 * time.Second
	progressShare    = 100
	reminderInterval = 15 * time.Second

	// watchInterval and watchShare are how often a pass looks whether its configuration has changed: after 30 s for the first 50 min,
	// which makes 100 looks, and 100 more for each further factor e of its age: some 630 for a week. A look takes 6 events
	// where something wakes the pass anyway, and 11 where it waits: 7,000 for a week that is nothing but waiting.
	watchInterval = 30 * time.Second
	watchShare    = 100
	// watchBetween is the least time between two looks where a segment begins.
	watchBetween = 10 * time.Second

	// maxSegmentBytes is when a segment ends by the size of its history: some 13,000 nodes of which none differs. At each end the
	// batches in flight run out, which takes about a second. What they still write comes on top, 15 MB at most, so that it stays well
	// below the 50 MiB at which Temporal ends a run (limit.historySize.error). From 10 MiB on the server notes the size in its log.
	maxSegmentBytes = 24 << 20

	// minNodeAge is how old a node must be before a pass that starts at the checkpoint walks it: younger ones wait for the
	// next pass, because others with a smaller dbid may not show yet. It outlasts a long transaction and a slow index.
	minNodeAge = 15 * time.Minute

	// quotaAge and quotaBatches are after what a reading of the quotas is taken for old: others with the same key ask too.
	// A segment has some 200 batches, so that a reading more is 1 % of its history.
	quotaAge     = 15 * time.Minute
	quotaBatches = 100

	// maxSettledAtOnce is of how many counterparties it is found out at once whether they fail by themselves, which takes less than
	// twenty requests: about more, the tries come first.
	maxSettledAtOnce = 3
	// maxFurtherBatches bounds how many batches are read for counterparties to ask about beside those of one that fails: some are
	// of nodes that can't be read, or have no identifier.
	maxFurtherBatches = 5

	// maxSilent is how many counterparties in a row may be unknown before it is asked whether Kontur.Focus knows anybody: more
	// than a few typing errors, and few enough that a walk in small batches notices soon.
	maxSilent = 20
)

// triggerDelays are the waits after a try to start the next pass that Temporal refused.
var triggerDelays = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute}

// policy is how an activity of a pass is run.
type policy struct {
	startToClose time.Duration
	// attempts bound the tries; 0 stands for those of flow.Options. A worker of an earlier release on the same queue may not know an
	// activity, so that one that the pass can do without is tried a few times.
	attempts int32
	// kontur: it asks Kontur.Focus, whose queue may have a rate limit. finished: once begun it is, although ctx is cancelled.
	kontur, finished bool
	// key is the one that it asks with.
	key pass.KeyName
}

var (
	// fetchPolicy is for reading a batch: usually two requests, but a long run of index ghosts takes many.
	fetchPolicy = policy{startToClose: 10 * time.Minute}
	// queryPolicy is for asking Kontur.Focus: the call may queue behind others within the worker's own limits, and the lists of
	// watched and changed companies may be long.
	queryPolicy = policy{startToClose: 30 * time.Minute, kontur: true}
	// quotaPolicy is for asking Kontur.Focus what is left, in the same queue as everything else.
	quotaPolicy = policy{startToClose: 30 * time.Minute, kontur: true, attempts: 3}
	// writePolicy is for bringing a batch up to date: a look at it, up to 100 reads and 100 writes.
	writePolicy = policy{startToClose: 30 * time.Minute, finished: true}
	// lookupPolicy is for asking Temporal about the pass before, and progressPolicy about a segment that was lost: quick, unless
	// a history is read, and the pass can do without.
	lookupPolicy   = policy{startToClose: 5 * time.Minute}
	progressPolicy = policy{startToClose: 5 * time.Minute}
	// journalPolicy is for reading the histories of passes, which may be large; the pass can do without.
	journalPolicy = policy{startToClose: 15 * time.Minute, attempts: 3}
	// keyPolicy is for looking for a worker that holds a key, which may start at this moment; the pass can do without.
	keyPolicy = policy{startToClose: time.Minute, attempts: 3}
	// schedulePolicy is for looking at the schedule, again and again, so that one look may fail; triggerPolicy is for what follows.
	schedulePolicy = policy{startToClose: 15 * time.Second, attempts: 3}
	triggerPolicy  = policy{startToClose: time.Minute, finished: true}
	// attributesPolicy is for asking Temporal about search attributes: quick, and the pass can do without.
	attributesPolicy = policy{startToClose: 15 * time.Second, attempts: 3}
)

// with is the policy for asking with a key.
func (p policy) with(key pass.KeyName) policy {
	p.key = key
	return p
}

// on is ctx with the options of an activity. It is waited for when it is cancelled: the next segment must not begin while one
// still works.
func (p policy) on(ctx workflow.Context, summary string) workflow.Context {
	o := flow.Options(p.startToClose, summary)
	o.WaitForCancellation = true
	if p.attempts > 0 {
		o.RetryPolicy.MaximumAttempts = p.attempts
	}
	if p.kontur {
		o.TaskQueue = pass.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName, p.key)
	}
	if p.key != "" {
		o.ScheduleToStartTimeout = flow.KeyTimeout
	}
	if p.finished {
		ctx = flow.Uncancelled(ctx)
	}
	return workflow.WithActivityOptions(ctx, o)
}

// segmentPolicy is for the child workflows of a pass. They end with it, and its cancellation waits for their last word.
func segmentPolicy(ctx workflow.Context, id, summary string, attributes temporal.SearchAttributes) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		WaitForCancellation:   true,
		StaticSummary:         summary,
		TypedSearchAttributes: attributes,
	})
}
