// Package pass is the vocabulary of a sync and its passes: the configuration, the state, and the messages between
// workflows, activities and the command line. It is pure data with rules and talks to nothing.
//
// A sync is one configuration and one Temporal Schedule; a pass is one run of it over all nodes; a segment is a stretch
// of a pass; a batch is at most 100 nodes; the checkpoint is the sys:node-dbid up to which a pass has got.
package pass

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/methods"
)

// Limits of a Sync.
const (
	// MaxBatchSize lets the identifiers of a batch go in one request.
	MaxBatchSize = methods.MaxIDs
	// MaxLookahead bounds the memory and the history that batches in flight take.
	MaxLookahead   = 32
	MaxRetryDelays = 20
	// MaxRetryDelay is a bound that a mistyped unit breaks.
	MaxRetryDelay = 24 * time.Hour
	// MinCatchupWindow is the least that a Temporal server takes.
	MinCatchupWindow = 10 * time.Second
	MaxCatchupWindow = 365 * 24 * time.Hour
	MaxJitter        = 24 * time.Hour
	maxIDLength      = 100
	maxNameLength    = 200
)

// Start says where a pass begins after one that completed.
type Start string

// Where a pass may begin.
const (
	// Beginning walks all the nodes in every pass.
	Beginning Start = "beginning"
	// Checkpoint walks only the nodes that were added after the last processed one, once they are 15 minutes old.
	Checkpoint Start = "checkpoint"
)

// Sync is the configuration of one sync: a YAML file, and as JSON the input of CounterpartySync. What its fields mean, their
// defaults and what is allowed is declared in Fields; their names are those of the form that users know. A zero field means
// its default; the schedule itself belongs to Temporal, so that cron, time zone and the like are here for the record only
// and don't steer a running pass.
type Sync struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	Enabled       *bool     `json:"enabled,omitempty"`
	Cron          string    `json:"cron,omitempty"`
	TimeZone      string    `json:"timeZone,omitempty"`
	CatchupWindow *Duration `json:"catchupWindow,omitempty"`
	Jitter        Duration  `json:"jitter,omitempty"`

	BatchSize         *int                `json:"batchSize,omitempty"`
	SearchParam       counterparty.IDKind `json:"searchParam,omitempty"`
	AttributeToSearch string              `json:"attributeToSearch,omitempty"`
	NodeType          string              `json:"nodeType,omitempty"`
	Sources           []string            `json:"sources,omitempty"`
	Required          []string            `json:"required,omitempty"`
	KonturKey         KeyName             `json:"konturKey,omitempty"`
	QuotaReserve      Reserve             `json:"quotaReserve,omitempty"`
	ChangedOnly       bool                `json:"changedOnly,omitempty"`
	FullEvery         *Duration           `json:"fullEvery,omitempty"`
	Start             Start               `json:"start,omitempty"`
	AskAgainDays      *int                `json:"askAgainDays,omitempty"`
	RetryDelays       *[]Duration         `json:"retryDelays,omitempty"`
	Lookahead         *int                `json:"lookahead,omitempty"`

	MaxChanged      *int      `json:"maxChanged,omitempty"`
	MaxChangedShare *Share    `json:"maxChangedShare,omitempty"`
	MaxEmptied      *int      `json:"maxEmptied,omitempty"`
	ApprovalTimeout *Duration `json:"approvalTimeout,omitempty"`
	AllowEmpty      bool      `json:"allowEmpty,omitempty"`

	// ResetAt is the mark of the last Reset State, set by the starter: a state with another mark is not used.
	ResetAt string `json:"resetAt,omitempty"`
	// Rewind is where the next pass begins, once, set by the starter; null if nowhere in particular.
	Rewind *Rewind `json:"rewind,omitempty"`
	// AdHoc makes a pass that runs beside the schedule; null for all others.
	AdHoc *AdHoc `json:"aside,omitempty"`
}

// WithDefaults returns s with all fields filled and in canonical form. It changes nothing that the user set.
func (s Sync) WithDefaults() Sync {
	for _, field := range Fields() {
		if field.fill != nil {
			field.fill(&s)
		}
	}
	return s
}

// Attributes are the parts of AttributeToSearch.
func (s Sync) Attributes() []string {
	attributes := []string{}
	for part := range strings.SplitSeq(s.AttributeToSearch, ",") {
		if part = strings.TrimSpace(part); part != "" {
			attributes = append(attributes, part)
		}
	}
	return attributes
}

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_-]*$`)
)

// Validate reports everything that is wrong with s, as invalid.Errors. Call it on the result of WithDefaults. The cron
// expression is checked where the schedule is made.
func (s Sync) Validate() error {
	var l invalid.List
	for _, field := range Fields() {
		refuse := func(item int, value, allowed string) {
			l.Join(&invalid.Field{Name: field.Name, Item: item, Value: value, Allowed: cmp.Or(allowed, field.Allowed)})
		}
		switch {
		case field.check != nil:
			field.check(s, refuse)
		case field.valid != nil && !field.valid(s):
			refuse(0, fmt.Sprint(field.Value(s)), "")
		}
	}
	s.Rewind.check(&l)
	return l.Err()
}

func (s Sync) checkSources(refuse refuse) {
	for i, source := range s.Sources {
		switch {
		case !slices.Contains(methods.All(), source):
			refuse(i+1, source, "")
		case slices.Contains(s.Sources[:i], source):
			refuse(i+1, source, "each source once")
		}
	}
	if !slices.Contains(s.Sources, methods.Req) {
		refuse(0, strings.Join(s.Sources, ", "), "a list with req in it: req shows which of several companies is the node's")
	}
}

func (s Sync) checkRequired(refuse refuse) {
	for i, source := range s.Required {
		if !slices.Contains(s.Sources, source) && source != methods.Req { // that req is missing is said already
			refuse(i+1, source, "sources of the sync: "+strings.Join(s.Sources, ", "))
		}
	}
	if !slices.Contains(s.Required, methods.Req) {
		refuse(0, strings.Join(s.Required, ", "), "a list with req in it: without req nothing can be compared")
	}
}

func (s Sync) checkRetryDelays(refuse refuse) {
	if n := len(*s.RetryDelays); n > MaxRetryDelays {
		refuse(0, fmt.Sprintf("%d delays", n), fmt.Sprintf("at most %d delays", MaxRetryDelays))
	}
	for i, delay := range *s.RetryDelays {
		if !within(delay, 1, Duration(MaxRetryDelay)) {
			refuse(i+1, delay.String(), "")
		}
	}
}

func defaultAttributes(by counterparty.IDKind) string {
	if by == counterparty.OGRN {
		// The OGRNIP of a sole proprietor has a property of its own in the content model.
		return "idocs:ogrn,idocs:psrnsp"
	}
	return "idocs:inn"
}
