package pass

import (
	"encoding/json"
	"time"

	"counterparty-sync/internal/counterparty"
)

// NodeRef is a node as the fetch saw it: enough to ask about it, and no more.
type NodeRef struct {
	ID string `json:"id"`
	// Key is the value of the search attribute, as it stands on the node; empty if it has none. It, KPP and OGRN are cut by
	// counterparty.ShortID.
	Key string `json:"key"`
	// KPP is a hint which branches to keep of the answer.
	KPP string `json:"kpp,omitempty"`
	// OGRN and Modified are told only where ModifiedSince is asked. A node that can't say when it was modified was.
	OGRN     string `json:"ogrn,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	// Stands is told only where AskedBefore is asked: what an earlier pass came to still holds.
	Stands bool `json:"stands,omitempty"`
}

// FetchBatchRequest asks for the next batches of nodes after a checkpoint.
type FetchBatchRequest struct {
	NodeType string `json:"nodeType"`
	// After is the checkpoint; 0 means the beginning.
	After int64 `json:"after"`
	// Last ends the last batch behind this dbid, from which on batches are written already; 0 is no limit.
	Last int64 `json:"last,omitempty"`
	// Max is the number of nodes of a batch, 1…100.
	Max int `json:"max"`
	// Batches is how many batches it may bring, of 1,000 nodes together; 0 stands for 1.
	Batches int `json:"batches,omitempty"`
	// Attributes hold the identifier; the first one that is not empty counts.
	Attributes []string `json:"attributes"`
	// CreatedBefore ends the walk at the first node that is not older; null lets it go on to the last one.
	CreatedBefore *time.Time `json:"createdBefore,omitempty"`
	// Only narrows the walk to some nodes; null walks all.
	Only *Selection `json:"only,omitempty"`
	// ModifiedSince asks for the nodes' OGRNs and which of them were modified since then.
	ModifiedSince *time.Time `json:"modifiedSince,omitempty"`
	// AskedBefore asks of which nodes the outcome of an earlier pass still holds.
	AskedBefore *AskedBefore `json:"askedBefore,omitempty"`
}

// FetchBatchResult is what a fetch brings. Fewer batches than were asked for do not mean that the walk is over; none does.
type FetchBatchResult struct {
	// Batches follow each other: one begins behind the LastDbid of the one before.
	Batches []FetchedBatch `json:"batches,omitempty"`
}

// FetchedBatch is a batch. It has Nodes or Failed.
type FetchedBatch struct {
	Nodes []NodeRef `json:"nodes"`
	// Failed are nodes that can't be read.
	Failed []FailedNode `json:"failed,omitempty"`
	// LastDbid is sys:node-dbid of the last node, or of the last one whose dbid could be read.
	LastDbid int64 `json:"lastDbid"`
	// Total is about how many nodes there are from the batch on, its own among them; 0 if unknown.
	Total int64 `json:"total,omitempty"`
}

// QuerySourceRequest asks one source about the companies of a batch.
type QuerySourceRequest struct {
	Source string `json:"source"`
	// By is the kind of the identifiers. They are distinct and well-formed.
	By  counterparty.IDKind `json:"by"`
	IDs []string            `json:"ids"`
	// KPPs are those of the batch's nodes: branches with one of these are kept with their values.
	KPPs []string `json:"kpps,omitempty"`
	// GiveUp: the tries are used up. Identifiers that fail while others go through are told apart, be they all of the batch.
	// Known are a few that req knew before, MaxKnown at most: one about them shows whether others go through.
	GiveUp bool     `json:"giveUp,omitempty"`
	Known  []string `json:"known,omitempty"`
}

// QuerySourceResult is what the source says.
type QuerySourceResult struct {
	// Answer is where Projections are found later on: they don't travel again.
	Answer
	// Projections are a []counterparty.Projection as JSON, which the workflow does not read.
	Projections json.RawMessage `json:"projections"`
	// Bytes is their size: workers hold those of the batches in flight in memory.
	Bytes int `json:"bytes"`
	// Named are a few of those asked about whom the answer names, MaxKnown at most, organisations first.
	Named []string `json:"named,omitempty"`
	// Unread are the identifiers of projections that say why there is nothing; one that has no identifier is "".
	Unread []string `json:"unread,omitempty"`
	// Calls is how many requests it took: where answers weigh much, a batch takes several. Further is how many of them there
	// were only because others failed.
	Calls   int `json:"calls,omitempty"`
	Further int `json:"further,omitempty"`
	// NoneThrough: of the batch no request went through, while one about Known did. Each identifier has a projection that
	// says so.
	NoneThrough bool `json:"noneThrough,omitempty"`
}

// MaxAnswerBytes bounds the answers about one batch, each and all sources together. A payload may have 2 MiB; the rest is for
// what travels with an answer, and a worker holds them in memory.
const MaxAnswerBytes = 1_800_000

// MaxProjectionBytes bounds what one source says about one company, so that all sources about it fit into an answer.
const MaxProjectionBytes = MaxAnswerBytes / 8

// HintTooLarge is what to do about FailureTooLarge.
const HintTooLarge = "lower the sync's batchSize, or map less of what the sources answer"

// Answer is where the history of a segment has what a source answered about a batch: in the result of that activity, whose id is
// Activity. Attempt is the one that brought it.
type Answer struct {
	Source   string `json:"source"`
	Activity string `json:"activity"`
	Attempt  int32  `json:"attempt,omitempty"`
}

// DiffAndUpdateRequest asks to bring a batch's nodes up to date.
type DiffAndUpdateRequest struct {
	Nodes      []NodeRef           `json:"nodes"`
	By         counterparty.IDKind `json:"by"`
	Attributes []string            `json:"attributes"`
	Answers    []Answer            `json:"answers"`
	// LeftOut are sources that the pass goes on without: attributes that they may supply are not touched.
	LeftOut []string `json:"leftOut,omitempty"`
	// NodeType, After and LastDbid are where the batch was found: behind After, up to LastDbid. 0 for LastDbid means that it is not
	// known. Whole says that Nodes are all that were found there.
	NodeType string `json:"nodeType,omitempty"`
	After    int64  `json:"after,omitempty"`
	LastDbid int64  `json:"lastDbid,omitempty"`
	Whole    bool   `json:"whole,omitempty"`
	// Optional are those sources that could not be read or asked about some company, and that the pass can do without: so do
	// that company's nodes.
	Optional []string `json:"optional,omitempty"`
	// Written are writes of earlier tries to these nodes, oldest first. Those that are unsure are looked for on the nodes.
	Written []counterparty.NodeOutcome `json:"written,omitempty"`
	// Standing are further nodes of the batch, about which nobody was asked: the result has their outcomes as they are here.
	Standing []Standing `json:"standing,omitempty"`
	// Room bounds the heartbeats, in bytes; 0 stands for the least that there is. See MaxAnnounced.
	Room int `json:"room,omitempty"`
	// Plan: nothing is written; the result says what would be.
	Plan bool `json:"plan,omitempty"`
	// Budget, if given, bounds what may be changed: all nodes are judged before the first one is written. It is only kept
	// if no other batch is written at the same time.
	Budget *Budget `json:"budget,omitempty"`
	// Readable is another node, which can be read as far as is known; it is told where that may matter. Unwritten is how many
	// nodes in a row are open before this batch, OthersWritten says that others were written while these could not be. They tell a
	// node that fails from an outage.
	Readable      string `json:"readable,omitempty"`
	Unwritten     int    `json:"unwritten,omitempty"`
	OthersWritten bool   `json:"othersWritten,omitempty"`
	// Unwritable are those of the nodes that could not be written the last time, while others could.
	Unwritable []string `json:"unwritable,omitempty"`
	// GiveUp: the tries are used up. It is found out which nodes fail by themselves, however many they are.
	GiveUp bool `json:"giveUp,omitempty"`
}

// DiffAndUpdateResult says what became of the nodes.
type DiffAndUpdateResult struct {
	Counts counterparty.Counts `json:"counts"`
	// Nodes are those with something to tell: a change, or a reason. Nodes without are in Counts only.
	Nodes []counterparty.NodeOutcome `json:"nodes,omitempty"`
	// Earlier are writes of tries and attempts before this one that Nodes does not tell, because the same node was written
	// again or came to another outcome. The counts have each node once. They and Nodes are fitted into MaxTold together.
	Earlier []counterparty.NodeOutcome `json:"earlier,omitempty"`
	// Emptied counts the values that were emptied.
	Emptied int `json:"emptied,omitempty"`
	// AlsoChanged counts the nodes that were changed, or may have been, and came to another outcome than UPDATED.
	AlsoChanged int `json:"alsoChanged,omitempty"`
	// Open are nodes without an outcome.
	Open []OpenNode `json:"open,omitempty"`
	// Unwritable are nodes that could not be written while others could.
	Unwritable []string `json:"unwritable,omitempty"`
	// Announced is how many bytes the largest heartbeat's writes have in MaxRoom.
	Announced int `json:"announced,omitempty"`
	// Evidence says that the batch would exceed its budget. Nothing was written then, and all the rest is empty.
	Evidence *Evidence `json:"held,omitempty"`
}

// SegmentRequest is the input of SyncSegment.
type SegmentRequest struct {
	Sync Sync `json:"sync"`
	// LeftOut are sources that Sync lacks only because the pass goes on without them.
	LeftOut []string `json:"leftOut,omitempty"`
	After   int64    `json:"after"`
	Number  int      `json:"number"`
	// PassStartedAt stretches the interval between progress signals.
	PassStartedAt time.Time `json:"passStartedAt"`
	// Ahead are batches beyond After that an earlier segment has written already.
	Ahead []WrittenBatch `json:"ahead,omitempty"`
	// Written are writes of earlier tries to nodes that are not committed, oldest first.
	Written []counterparty.NodeOutcome `json:"written,omitempty"`
	// Brake, if given, makes the segment write one batch at a time, and stop before one that exceeds the sync's limits.
	Brake *SegmentBrake `json:"brake,omitempty"`
	// Changed limits which companies Kontur.Focus is asked about; null: all.
	Changed *ChangedFilter `json:"sparing,omitempty"`
	// Standing are outcomes of earlier passes, with the time when they asked: see AskedBefore.
	Standing []counterparty.NodeOutcome `json:"standing,omitempty"`
	// Silent is how many counterparties in a row Kontur.Focus did not know before this segment; Known are as in Result.
	Silent int      `json:"silent,omitempty"`
	Known  []string `json:"known,omitempty"`
	// GiveUp is as in QuerySourceRequest and DiffAndUpdateRequest. NoneThrough is how many batches in a row before this segment were
	// such that no request went through, MaxNoneThrough at most.
	GiveUp      bool `json:"giveUp,omitempty"`
	NoneThrough int  `json:"noneThrough,omitempty"`
	// Open are the nodes of the pass that are open, Unwritable is as in Result; the others are as in DiffAndUpdateRequest.
	Open          []OpenNode `json:"open,omitempty"`
	Unwritable    []string   `json:"unwritable,omitempty"`
	Readable      string     `json:"readable,omitempty"`
	OthersWritten bool       `json:"othersWritten,omitempty"`
}

// MaxNoneThrough bounds how many batches in a row may be such that no request about them goes through while others do: more
// is an outage, whatever it looks like.
const MaxNoneThrough = 5

// MaxKnown bounds Result.Known: it travels in memos. One that is known would do; a few are sure.
const MaxKnown = 3

// WrittenBatch is a batch whose nodes are up to date although an earlier batch is not. It is committed without walking
// it again when the checkpoint arrives at After.
type WrittenBatch struct {
	After    int64               `json:"after"`
	LastDbid int64               `json:"lastDbid"`
	Counts   counterparty.Counts `json:"counts"`
	// Emptied counts the values that were emptied, AlsoChanged is as in DiffAndUpdateResult.
	Emptied     int64 `json:"emptied,omitempty"`
	AlsoChanged int64 `json:"alsoChanged,omitempty"`
	Asked       int64 `json:"asked"`
	// Skipped are the nodes that Kontur.Focus was not asked about.
	Skipped int64 `json:"skipped,omitempty"`
}

// SegmentResult is what a segment did. The pass commits it.
type SegmentResult struct {
	Progress
	// Done means that the end of the nodes was reached.
	Done bool `json:"done"`
	// Stopped means that the segment was cancelled and ended at a clean point.
	Stopped bool `json:"stopped,omitempty"`
	// Failure is why the batch after Progress.LastDbid could not be done.
	Failure *Failure `json:"failure,omitempty"`
	// Ahead are batches beyond the failed one that were written all the same.
	Ahead []WrittenBatch `json:"ahead,omitempty"`
	// Written are writes to nodes that are not committed: of batches that failed, and of earlier tries to nodes that were not
	// reached. The next segment has to know.
	Written []counterparty.NodeOutcome `json:"written,omitempty"`
	// Rejected are nodes that could not be written, for a sync that asks about what changed only.
	Rejected []string `json:"rejected,omitempty"`
	// NoneThrough is as in SegmentRequest, by now.
	NoneThrough int `json:"noneThrough,omitempty"`
	// Open and Unwritable are as in SegmentRequest, by now. Readable is as in DiffAndUpdateRequest, told with a Failure that may be
	// because of some nodes.
	Open       []OpenNode `json:"openNodes,omitempty"`
	Unwritable []string   `json:"unwritable,omitempty"`
	Readable   string     `json:"readable,omitempty"`
	// Met is what nodes have of what the segment is narrowed to; null if it walks all nodes, or does not know.
	Met *Selection `json:"met,omitempty"`
}

// Progress is what a segment has committed since it started, cumulative.
type Progress struct {
	// Segment is its number: progress of an earlier one that arrives late must not count.
	Segment int `json:"segment"`
	// LastDbid is the checkpoint; 0 if nothing was committed.
	LastDbid int64               `json:"lastDbid"`
	Batches  int64               `json:"batches"`
	Counts   counterparty.Counts `json:"counts"`
	// Asked counts the identifiers that the sources were asked about, each source by itself.
	Asked int64 `json:"asked"`
	// Emptied counts the values that were emptied, AlsoChanged is as in DiffAndUpdateResult.
	Emptied     int64 `json:"emptied,omitempty"`
	AlsoChanged int64 `json:"alsoChanged,omitempty"`
	// Remaining is about how many nodes there are after LastDbid; null if unknown.
	Remaining *int64 `json:"remaining,omitempty"`
	// Skipped counts the nodes that Kontur.Focus was not asked about.
	Skipped int64 `json:"skipped,omitempty"`
	// Silent is how many counterparties in a row Kontur.Focus did not know by now; Known are as in Result.
	Silent int      `json:"silent,omitempty"`
	Known  []string `json:"known,omitempty"`
	// Quotas are those that bound the pass, as they were read last; QuotaProblem is why none could be read.
	Quotas       []Quota `json:"quotas,omitempty"`
	QuotaProblem string  `json:"quotaProblem,omitempty"`
	// Open is how many nodes of the pass are open.
	Open int `json:"open,omitempty"`
}

// Failure is what made an iteration fail, in words for a person and in a type for a rule.
type Failure struct {
	Type string `json:"type"`
	// Source is which source of the pass's report failed; empty if it was none of them.
	Source  string `json:"source,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Retryable says whether waiting may help, MayBeOne whether it may be because of some of those that were asked about.
	Retryable bool `json:"retryable"`
	MayBeOne  bool `json:"mayBeOne,omitempty"`
	// Evidence is what the batch would have changed; FailureHeld only.
	Evidence *Evidence `json:"held,omitempty"`
}

// FailureDetails are the details of an activity's application error.
type FailureDetails struct {
	Hint string `json:"hint,omitempty"`
	// RetryAfter is how long the other side asks to wait; FailureRateLimited only.
	RetryAfter Duration `json:"retryAfter,omitempty"`
	// Waitable says whether the workflow may try again later, MayBeOne whether it may have failed because of some of the nodes, or of
	// those that Kontur.Focus was asked about.
	Waitable bool `json:"waitable"`
	MayBeOne bool `json:"mayBeOne,omitempty"`
	// Written are the writes to the batch's nodes so far, those of earlier tries among them, and those that nobody has seen
	// whether they were made: the next try has to know. They are fitted into MaxHandedOver.
	Written []counterparty.NodeOutcome `json:"written,omitempty"`
}
