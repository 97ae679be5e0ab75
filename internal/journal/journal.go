// Package journal reads what a pass did, node by node, out of the histories that Temporal keeps: the results of
// DiffAndUpdate in the pass's segments, what tries that failed had written, and what FetchBatch could not read. It needs no worker, keeps nothing, and
// works while the pass runs as well as after it. It is not for what Temporal no longer keeps: that it names.
//
// Words: an entry is one node that was written, or came to another outcome; a gap is a segment whose history is gone.
package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// ErrGone: Temporal no longer keeps the pass.
var ErrGone = errors.New("no longer kept by Temporal")

// Open is told in place of an outcome of a node that has none: its write failed, and no other write has shown since whether that
// is the node's trouble or everybody's. The pass tries it again before it ends, and the next one if it does not come to that.
const Open counterparty.Outcome = "OPEN"

// Entry is one node that was written, or came to another outcome than unchanged. It is unsure where it is not known whether
// the write was made.
type Entry struct {
	// Time is when the node's batch was done, or failed.
	Time time.Time `json:"time"`
	// Pass and RunID are the workflow that did it.
	Pass  string `json:"pass"`
	RunID string `json:"runId"`
	// INN or OGRN is what the node was asked about by, as the node had it; KPP as the fetch saw it.
	INN  string `json:"inn,omitempty"`
	OGRN string `json:"ogrn,omitempty"`
	KPP  string `json:"kpp,omitempty"`
	counterparty.NodeOutcome
	// Dbid is that of a node that could not be read, and so has no id; 0 of all others.
	Dbid int64 `json:"dbid,omitempty"`
	// Hint is what to do about a node that was not brought up to date.
	Hint string `json:"hint,omitempty"`
	// Planned: nothing was written, for the pass was a plan.
	Planned bool `json:"planned,omitempty"`
}

// ID is the identifier that the node was asked about by.
func (e Entry) ID() string { return e.INN + e.OGRN }

// Coverage says how much of a pass was read.
type Coverage struct {
	// Segments is how many there were, Gaps are the workflow ids of those that Temporal no longer keeps.
	Segments int
	Gaps     []string
}

// Reader reads histories.
type Reader struct{ Temporal client.Client }

// Read calls emit with the entries of a pass in order of time, until it returns an error. A write that was made once but
// tried twice is one entry. An empty run id is the latest run. A pass that is gone is ErrGone.
func (r *Reader) Read(ctx context.Context, workflowID, runID string, emit func(Entry) error) (Coverage, error) {
	var c Coverage
	all, err := runs.All(ctx, r.Temporal, runs.Execution{WorkflowID: workflowID, RunID: runID})
	if runs.IsNotFound(err) {
		return c, fmt.Errorf("%w: %s", ErrGone, workflowID)
	}
	if err != nil {
		return c, fmt.Errorf("describe pass %s: %w", workflowID, err)
	}
	d := &deduplicator{emit: emit, open: map[string][]Entry{}, unwritten: map[string]Entry{}, emitted: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	done := map[string]bool{}
	for _, run := range all {
		err := r.segments(ctx, run, func(segment runs.Execution) error {
			// A run that was made by a reset has the events of the run before it.
			if done[segment.RunID] {
				return nil
			}
			done[segment.RunID] = true
			c.Segments++
			err := r.segment(ctx, run, segment, d)
			if runs.IsNotFound(err) {
				c.Gaps = append(c.Gaps, segment.WorkflowID)
				return nil
			}
			return err
		})
		if runs.IsNotFound(err) {
			return c, fmt.Errorf("%w: %s", ErrGone, workflowID)
		}
		if err != nil {
			return c, fmt.Errorf("read pass %s: %w", workflowID, err)
		}
	}
	return c, d.end()
}

// segments calls see with the segments of a run, in order.
func (r *Reader) segments(ctx context.Context, run runs.Execution, see func(runs.Execution) error) error {
	return r.events(ctx, run, func(event *history.HistoryEvent) error {
		started := event.GetChildWorkflowExecutionStartedEventAttributes()
		if started.GetWorkflowType().GetName() != string(pass.SegmentWorkflow) {
			return nil
		}
		return see(runs.Of(started.GetWorkflowExecution()))
	})
}

// batch is what is kept of a DiffAndUpdate until its end is read. Its answers are the largest part, and not needed.
type batch struct {
	Nodes   []pass.NodeRef             `json:"nodes"`
	By      counterparty.IDKind        `json:"by"`
	Plan    bool                       `json:"plan"`
	Written []counterparty.NodeOutcome `json:"written"`
	// Standing are nodes that are not among Nodes.
	Standing []pass.Standing `json:"standing"`
}

func (r *Reader) segment(ctx context.Context, run, segment runs.Execution, d *deduplicator) error {
	pending, fetches := map[int64]batch{}, map[int64]bool{}
	return r.events(ctx, segment, func(event *history.HistoryEvent) error {
		scheduled, completed := event.GetActivityTaskScheduledEventAttributes(), event.GetActivityTaskCompletedEventAttributes()
		failed, lost := event.GetActivityTaskFailedEventAttributes(), event.GetActivityTaskTimedOutEventAttributes()
		if scheduled.GetActivityType().GetName() == string(pass.DiffAndUpdate) {
			var b batch
			if err := decode(scheduled.GetInput(), &b); err != nil {
				return fmt.Errorf("event %d: %w", event.GetEventId(), err)
			}
			pending[event.GetEventId()] = b
		}
		if scheduled.GetActivityType().GetName() == string(pass.FetchBatch) {
			fetches[event.GetEventId()] = true
		}
		if fetches[completed.GetScheduledEventId()] {
			return d.unread(event, run)
		}
		ended := cmp.Or(completed.GetScheduledEventId(), failed.GetScheduledEventId(), lost.GetScheduledEventId())
		b, ours := pending[ended]
		if !ours {
			return nil
		}
		delete(pending, ended)
		entries := func(outcomes []counterparty.NodeOutcome) []Entry { return entriesOf(event, run, b, outcomes) }
		switch {
		case completed != nil:
			var result pass.DiffAndUpdateResult
			if err := decode(completed.GetResult(), &result); err != nil {
				return fmt.Errorf("event %d: %w", event.GetEventId(), err)
			}
			if result.Evidence == nil {
				return d.done(b, entries(slices.Concat(result.Earlier, result.Nodes)), entries(unwritten(result.Open)))
			}
			// A brake: nothing was written but by a try that was lost before.
			d.failed(b, entries(result.Evidence.Written), "the pass was held")
		case failed != nil:
			var details pass.FailureDetails
			if decode(failed.GetFailure().GetApplicationFailureInfo().GetDetails(), &details) == nil {
				d.failed(b, entries(details.Written), failed.GetFailure().GetMessage())
			}
		case lost != nil:
			// What the activity reported last, before its worker was lost.
			var last pass.WriteHeartbeat
			if decode(lost.GetFailure().GetTimeoutFailureInfo().GetLastHeartbeatDetails(), &last) == nil {
				d.failed(b, entries(last.Changed), "its worker was lost")
			}
		}
		return nil
	})
}

// events calls see with the events of a run, page by page.
func (r *Reader) events(ctx context.Context, x runs.Execution, see func(*history.HistoryEvent) error) error {
	for event, err := range runs.Events(ctx, r.Temporal, x) {
		if err != nil {
			return fmt.Errorf("read history of %s: %w", x.WorkflowID, err)
		}
		if err := see(event); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf makes entries of the outcomes of one event, which ends a batch.
func entriesOf(event *history.HistoryEvent, run runs.Execution, b batch, outcomes []counterparty.NodeOutcome) []Entry {
	at := event.GetEventTime().AsTime().UTC()
	refs := make(map[string]pass.NodeRef, len(b.Nodes)+len(b.Standing))
	for _, node := range b.Nodes {
		refs[node.ID] = node
	}
	for _, standing := range b.Standing {
		refs[standing.Node.ID] = standing.Node
	}
	list := make([]Entry, len(outcomes))
	for i, outcome := range outcomes {
		ref := refs[outcome.NodeID]
		entry := Entry{Time: at, Pass: run.WorkflowID, RunID: run.RunID, KPP: ref.KPP, NodeOutcome: outcome, Hint: rejected[outcome.Outcome], Planned: b.Plan}
		if b.By == counterparty.OGRN {
			entry.OGRN = ref.Key
		} else {
			entry.INN = ref.Key
		}
		list[i] = entry
	}
	return list
}

// unwritten are the outcomes of nodes that were left open.
func unwritten(open []pass.OpenNode) []counterparty.NodeOutcome {
	outcomes := make([]counterparty.NodeOutcome, len(open))
	for i, node := range open {
		outcomes[i] = counterparty.NodeOutcome{NodeID: node.NodeID, Outcome: Open, Reason: "not written yet: " + node.Reason}
	}
	return outcomes
}

// decode reads the first payload of a list.
func decode(payloads *commonpb.Payloads, into any) error {
	if len(payloads.GetPayloads()) == 0 {
		return errors.New("no payload")
	}
	return dataConverter.FromPayload(payloads.GetPayloads()[0], into)
}

// rejected are the outcomes of nodes that were not brought up to date, with what a person can do. A node that was
// deleted is none of them: there is nothing to do.
var rejected = map[counterparty.Outcome]string{
	counterparty.NotFound:  "check the identifier on the node: the register has no such company",
	counterparty.Ambiguous: "give the node a KPP or an OGRN that identifies the company, or correct the one that it has",
	counterparty.InvalidID: "correct the identifier on the node: it is missing or mistyped",
	counterparty.Rejected:  "see the reason in Alfresco: unlock the node, or give the account the right to edit it",
	counterparty.Failed:    "see the reason and Alfresco's log: requests about this node, or about its company, fail each time while others go through; the next pass tries it again",
	Open:                   "nothing to do yet: this pass or the next one tries it again; see Alfresco's log if it stays",
}

// Rejected reports whether an outcome is that of a node that was not brought up to date and still could be.
func Rejected(o counterparty.Outcome) bool { return rejected[o] != "" }
