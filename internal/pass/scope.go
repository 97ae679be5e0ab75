package pass

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
)

const (
	// DefaultFullEvery is how often all companies are asked about all the same.
	DefaultFullEvery = Duration(7 * 24 * time.Hour)
	// MaxFullEvery is what Kontur.Focus surely remembers of changes, less a margin.
	MaxFullEvery = Duration(60 * 24 * time.Hour)
	// ChangesOverlap is how far back before the last walk changes are looked at: how soon a change shows is not documented.
	ChangesOverlap = 24 * time.Hour
	// ModifiedOverlap is the same for nodes: clocks differ, and the index lags behind.
	ModifiedOverlap = time.Hour
	// MaxRejected bounds the rejected nodes that a walk remembers: their ids take some 40 bytes each.
	MaxRejected = 500
)

// Scope is one walk over all nodes of a sync that asks about what changed only, over all the passes that it takes.
type Scope struct {
	// StartedAt is when it began; the zero time means that it is not decided yet which nodes it asks about.
	StartedAt time.Time `json:"startedAt"`
	// Since is from when on changes count; null means that all nodes are asked about, for the reason Why.
	Since *time.Time `json:"since,omitempty"`
	Why   string     `json:"why,omitempty"`
	// Mark stands for the configuration and the mapping that it goes by.
	Mark string `json:"mark,omitempty"`
	// Base is when the last walk began that completed, LastFull when the last one did that asked about all nodes.
	Base     *time.Time `json:"base,omitempty"`
	LastFull *time.Time `json:"lastFull,omitempty"`
	// Skipped counts the nodes that Kontur.Focus was not asked about, because their companies did not change.
	Skipped int64 `json:"skipped"`
	// Seen is what the monitoring reported when it was read last.
	Seen Seen `json:"seen"`
	// Rejected are nodes that could not be written: the next walk asks about them again. Again are those of the walk
	// before. RejectedMore says that there are others: the next walk asks about all nodes.
	Rejected     []string `json:"rejected,omitempty"`
	Again        []string `json:"again,omitempty"`
	RejectedMore bool     `json:"rejectedMore,omitempty"`
	// Partial: it went on without some source. What changed meanwhile is asked about again by the next one; after a walk
	// that asked about everybody that would be everybody, so there the next full pass makes it good.
	Partial bool `json:"partial,omitempty"`
	// Rewound: it began where somebody put the checkpoint, and asks about all nodes from there on. As it never came to those
	// before, it tells the next one nothing but what it could not write.
	Rewound bool `json:"rewound,omitempty"`
}

// Seen is what a reading of the monitoring's lists saw. Lists that are empty where they were not are trouble.
type Seen struct {
	// Key is the one whose lists they were: each has its own.
	Key KeyName `json:"key,omitempty"`
	// Watched counts the companies on the watch list.
	Watched int `json:"watched,omitempty"`
	// ChangedSince is a time since which some had changed, in whole seconds; null if none ever had.
	ChangedSince *time.Time `json:"changedSince,omitempty"`
}

// Short is the walk for a memo, which has no room for lists of nodes.
func (w *Scope) Short() *Scope {
	if w == nil {
		return nil
	}
	short := *w
	short.RejectedMore = w.RejectedMore || len(w.Rejected)+len(w.Again) > 0
	short.Rejected, short.Again = nil, nil
	return &short
}

// String says which nodes the walk asks about; empty if that is not decided yet.
func (w *Scope) String() string {
	switch {
	case w == nil || w.StartedAt.IsZero():
		return ""
	case w.Since == nil:
		return "all companies: " + w.Why
	}
	text := fmt.Sprintf("what changed since %s; %d nodes not asked about", w.Since.UTC().Format(time.DateTime), w.Skipped)
	if w.LastFull != nil {
		text += "; last full pass " + w.LastFull.UTC().Format(time.DateTime)
	}
	return text
}

// Next is what a walk leaves to the one after it.
func (w *Scope) Next() Scope {
	next := Scope{Mark: w.Mark, Base: &w.StartedAt, LastFull: w.LastFull, Again: w.Rejected, RejectedMore: w.RejectedMore, Seen: w.Seen}
	switch {
	case w.Rewound:
		next.Base, next.Again = w.Base, slices.Concat(w.Again, w.Rejected)
		if len(next.Again) > MaxRejected {
			next.Again, next.RejectedMore = next.Again[:MaxRejected], true
		}
	case w.Since == nil:
		next.LastFull = &w.StartedAt
	case w.Partial:
		next.Base = w.Base
	}
	return next
}

// Reject remembers nodes that could not be written.
func (w *Scope) Reject(ids []string) {
	if room := MaxRejected - len(w.Rejected); len(ids) > room {
		ids, w.RejectedMore = ids[:room], true
	}
	w.Rejected = append(w.Rejected[:len(w.Rejected):len(w.Rejected)], ids...)
}

// Mark stands for all that decides what an answer of Kontur.Focus would change; mapping stands for the worker's mapping.
func (s Sync) Mark(mapping string) string {
	parts := []string{mapping, s.NodeType, string(s.SearchParam), s.AttributeToSearch, strings.Join(s.Sources, ",")}
	if s.KonturKey != "" {
		parts = append(parts, string(s.KonturKey)) // which has a watch list of its own
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}

// ReadChangesRequest asks whether changes can be known.
type ReadChangesRequest struct {
	// Walk is the key under which a worker keeps the lists.
	Walk    string     `json:"walk"`
	Sources []string   `json:"sources"`
	Since   *time.Time `json:"since,omitempty"`
	// Now is the time by Temporal's clock, as Since is: the worker's may differ.
	Now time.Time `json:"now"`
	// Seen is what the walk before saw.
	Seen Seen `json:"seen"`
}

// ReadChangesResult is the answer.
type ReadChangesResult struct {
	// Mapping stands for the content of the worker's mapping.
	Mapping string `json:"mapping"`
	// Watched and Changed count companies; 0 if no Since was given.
	Watched int `json:"watched"`
	Changed int `json:"changed"`
}

// SelectChangedRequest asks about the companies of a batch.
type SelectChangedRequest struct {
	Walk    string    `json:"walk"`
	Sources []string  `json:"sources"`
	Since   time.Time `json:"since"`
	// Now and Seen are as in ReadChangesRequest; the walk has seen the lists since.
	Now   time.Time `json:"now"`
	Seen  Seen      `json:"seen"`
	OGRNs []string  `json:"ogrns"`
}

// SelectChangedResult are those that have to be asked about: what changed, and what is not watched.
type SelectChangedResult struct {
	Ask []string `json:"ask"`
	// Changed are those of them that surely changed: Kontur.Focus knows them.
	Changed []string `json:"changed,omitempty"`
}

// ChangedFilter makes a segment ask only about what changed.
type ChangedFilter struct {
	Walk    string    `json:"walk"`
	Sources []string  `json:"sources"`
	Since   time.Time `json:"since"`
	Seen    Seen      `json:"seen"`
	// ModifiedSince: nodes that were modified since then are asked about: their identifier may be another.
	ModifiedSince time.Time `json:"modifiedSince"`
	// Again are nodes that are asked about in any case.
	Again []string `json:"again,omitempty"`
}

// MaySkip reports whether Kontur.Focus need not be asked about a node, unless its company changed.
func (s *ChangedFilter) MaySkip(node NodeRef, by counterparty.IDKind, again map[string]bool) bool {
	_, err := counterparty.ParseID(by, node.Key)
	return err == nil && node.OGRN != "" && !node.Modified && !again[node.ID] &&
		(by != counterparty.OGRN || node.Key == node.OGRN)
}
