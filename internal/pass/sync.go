// Package pass is the vocabulary of a sync and its passes: the configuration, the state, and the messages between
// workflows, activities and the command line. It is pure data with rules and talks to nothing.
//
// A sync is one configuration and one Temporal Schedule; a pass is one run of it over all nodes; a segment is a stretch
// of a pass; a batch is at most 100 nodes; the checkpoint is the sys:node-dbid up to which a pass has got.
package pass

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/methods"
)

// Limits of a Sync.
const (
	// MaxBatchSize lets the identifiers of a batch go in one request.
	MaxBatchSize = methods.MaxIDs
	// MaxLookahead bounds the memory and the history that batches in flight take.
	MaxLookahead   = 16
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

// Sync is the configuration of one sync: a YAML file, and as JSON the input of CounterpartySync. The names of the fields
// are those of the form that users know. A zero field means its default; the schedule itself belongs to Temporal, so
// that cron, time zone and the like are here for the record only and don't steer a running pass.
type Sync struct {
	// ID names the sync; its schedule is counterparty-sync-<ID>.
	ID   string `json:"id" yaml:"id"`
	Name string `json:"name" yaml:"name"`
	// Enabled false keeps the schedule paused. Default true.
	Enabled *bool `json:"enabled,omitempty" yaml:"enabled"`
	// Cron is Unix (5 fields), Spring or Quartz (6 or 7 fields, seconds first) or @daily and the like. Empty: only by hand.
	Cron string `json:"cron,omitempty" yaml:"cron"`
	// TimeZone is an IANA name; default UTC.
	TimeZone string `json:"timeZone,omitempty" yaml:"timeZone"`
	// CatchupWindow is how late a missed start may still happen; default 1h.
	CatchupWindow *Duration `json:"catchupWindow,omitempty" yaml:"catchupWindow"`
	// Jitter delays each start by a random time up to this; default 0.
	Jitter Duration `json:"jitter,omitempty" yaml:"jitter"`

	// BatchSize is the number of nodes in one iteration; default 100.
	BatchSize *int `json:"batchSize,omitempty" yaml:"batchSize"`
	// SearchParam is how Kontur.Focus is asked; default inn.
	SearchParam counterparty.IDKind `json:"searchParam,omitempty" yaml:"searchParam"`
	// AttributeToSearch holds the identifier. Several, separated by commas: the first one that is not empty counts.
	// Default idocs:inn, or idocs:ogrn,idocs:psrnsp for ogrn.
	AttributeToSearch string `json:"attributeToSearch,omitempty" yaml:"attributeToSearch"`
	// NodeType is the type of the nodes, subtypes included; default idocs:contractor.
	NodeType string `json:"nodeType,omitempty" yaml:"nodeType"`
	// Sources are methods of Kontur.Focus; default [req], which is always among them: it tells the companies apart.
	Sources []string `json:"sources,omitempty" yaml:"sources"`
	// Required are the sources that a pass can't do without; default [req], which is always among them. Another one that
	// fails after all tries, or at once if waiting can't help, is left out for the rest of the pass: its attributes stay.
	Required []string `json:"required,omitempty" yaml:"required"`
	// QuotaReserve is how much of each quota of Kontur.Focus passes leave untouched; default 0. A pass ends before a quota
	// might run out of more.
	QuotaReserve Reserve `json:"quotaReserve,omitempty" yaml:"quotaReserve"`
	// ChangedOnly asks Kontur.Focus only about the nodes whose companies changed, by what it tells of those on the watch
	// list, and about those that it can't tell of. Default false.
	ChangedOnly bool `json:"changedOnly,omitempty" yaml:"changedOnly"`
	// FullEvery is how often everybody is asked about all the same; default 168h beside ChangedOnly.
	FullEvery *Duration `json:"fullEvery,omitempty" yaml:"fullEvery"`
	// Start is where a pass begins after one that completed; default beginning.
	Start Start `json:"start,omitempty" yaml:"start"`
	// RetryDelays are the waits after an iteration failed; after the last one the pass gives up. Default 10s, 1m, 10m.
	// An empty list means no retries.
	RetryDelays *[]Duration `json:"retryDelays,omitempty" yaml:"retryDelays"`
	// Lookahead is how many batches may be in flight at once; default 4.
	Lookahead *int `json:"lookahead,omitempty" yaml:"lookahead"`

	// MaxChanged is how many nodes a walk may change before a person is asked; MaxChangedShare the same as a share of the
	// nodes. Without them there is no limit.
	MaxChanged      *int   `json:"maxChanged,omitempty" yaml:"maxChanged"`
	MaxChangedShare *Share `json:"maxChangedShare,omitempty" yaml:"maxChangedShare"`
	// MaxEmptied is how many values of nodes a walk may empty before a person is asked; default 10 beside another limit,
	// else there is none.
	MaxEmptied *int `json:"maxEmptied,omitempty" yaml:"maxEmptied"`
	// ApprovalTimeout is how long a pass waits for that person; default 24h if there is a limit.
	ApprovalTimeout *Duration `json:"approvalTimeout,omitempty" yaml:"approvalTimeout"`
	// AllowEmpty: a walk that finds no nodes where the one before found some is a success. Default false.
	AllowEmpty bool `json:"allowEmpty,omitempty" yaml:"allowEmpty"`

	// ResetAt is the mark of the last Reset State, set by the starter: a state with another mark is not used.
	ResetAt string `json:"resetAt,omitempty" yaml:"-"`
	// AdHoc makes a pass that runs beside the schedule; null for all others.
	AdHoc *AdHoc `json:"aside,omitempty" yaml:"-"`
}

// WithDefaults returns s with all fields filled and in canonical form. It changes nothing that the user set.
func (s Sync) WithDefaults() Sync {
	s.ID = strings.TrimSpace(s.ID)
	s.Name = defaultTo(strings.TrimSpace(s.Name), s.ID)
	s.Enabled = orDefault(s.Enabled, true)
	s.Cron = strings.TrimSpace(s.Cron)
	s.TimeZone = defaultTo(strings.TrimSpace(s.TimeZone), "UTC")
	s.CatchupWindow = orDefault(s.CatchupWindow, Duration(time.Hour))
	s.BatchSize = orDefault(s.BatchSize, MaxBatchSize)
	s.SearchParam = counterparty.IDKind(strings.ToLower(defaultTo(string(s.SearchParam), string(counterparty.INN))))
	s.AttributeToSearch = defaultTo(strings.Join(s.Attributes(), ","), defaultAttributes(s.SearchParam))
	s.NodeType = defaultTo(strings.TrimSpace(s.NodeType), "idocs:contractor")
	if len(s.Sources) == 0 {
		s.Sources = []string{methods.Req}
	}
	if len(s.Required) == 0 {
		s.Required = []string{methods.Req}
	}
	s.QuotaReserve = defaultTo(s.QuotaReserve, DefaultReserve)
	if s.ChangedOnly {
		s.FullEvery = orDefault(s.FullEvery, DefaultFullEvery)
	}
	s.Start = defaultTo(s.Start, Beginning)
	// 10 s outlasts a restart of a service, 1 min a deploy, 10 min a short outage.
	s.RetryDelays = orDefault(s.RetryDelays, []Duration{Duration(10 * time.Second), Duration(time.Minute), Duration(10 * time.Minute)})
	// One batch in each of the stages fetch, query and write, and one waiting at Kontur so that it is never idle.
	s.Lookahead = orDefault(s.Lookahead, 4)
	return s.withBrake()
}

// Attributes are the parts of AttributeToSearch.
func (s Sync) Attributes() []string {
	parts := strings.Split(s.AttributeToSearch, ",")
	attributes := make([]string, 0, len(parts))
	for _, part := range parts {
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
	if !idPattern.MatchString(s.ID) || len(s.ID) > maxIDLength {
		l.Add("id", s.ID, fmt.Sprintf("1 to %d letters, digits, dots, dashes and underscores, a letter or digit first", maxIDLength))
	}
	if n := utf8.RuneCountInString(s.Name); n == 0 && s.ID != "" || n > maxNameLength {
		l.Add("name", s.Name, fmt.Sprintf("a text of 1 to %d characters", maxNameLength))
	}
	addRange(&l, "batchSize", *s.BatchSize, 1, MaxBatchSize)
	if s.SearchParam != counterparty.INN && s.SearchParam != counterparty.OGRN {
		l.Add("searchParam", string(s.SearchParam), "inn or ogrn")
	}
	for _, attribute := range s.Attributes() {
		if !namePattern.MatchString(attribute) {
			l.Add("attributeToSearch", attribute, "names such as idocs:inn, separated by commas")
		}
	}
	if !namePattern.MatchString(s.NodeType) {
		l.Add("nodeType", s.NodeType, "a name such as idocs:contractor")
	}
	s.validateSources(&l)
	if !s.QuotaReserve.Valid() {
		l.Add("quotaReserve", string(s.QuotaReserve), "a number such as 500, a share below 100% such as 5%, or off")
	}
	if s.Start != Beginning && s.Start != Checkpoint {
		l.Add("start", string(s.Start), "beginning or checkpoint")
	}
	s.validateChangedOnly(&l)
	s.validateTimes(&l)
	addRange(&l, "lookahead", *s.Lookahead, 1, MaxLookahead)
	s.validateBrake(&l)
	return l.Err()
}

func (s Sync) validateSources(l *invalid.List) {
	seen := map[string]bool{}
	for _, source := range s.Sources {
		switch {
		case !slices.Contains(methods.All(), source):
			l.Add("sources", source, strings.Join(methods.All(), ", "))
		case seen[source]:
			l.Add("sources", source, "each source once")
		}
		seen[source] = true
	}
	if !seen[methods.Req] {
		l.Add("sources", strings.Join(s.Sources, ", "), "a list with req in it: req tells which of several companies is the node's")
	}
	for _, source := range s.Required {
		if !seen[source] && source != methods.Req { // that req is missing is said already
			l.Add("required", source, "sources of the sync: "+strings.Join(s.Sources, ", "))
		}
	}
	if !slices.Contains(s.Required, methods.Req) {
		l.Add("required", strings.Join(s.Required, ", "), "a list with req in it: without req nothing can be compared")
	}
}

func (s Sync) validateChangedOnly(l *invalid.List) {
	switch {
	case s.ChangedOnly && s.Start == Checkpoint:
		l.Add("changedOnly", "true", "false with start: checkpoint, which walks new nodes only")
	case !s.ChangedOnly && s.FullEvery != nil:
		l.Add("fullEvery", s.FullEvery.String(), "none without changedOnly")
	case s.ChangedOnly && (*s.FullEvery <= 0 || *s.FullEvery > MaxFullEvery):
		l.Add("fullEvery", s.FullEvery.String(), "a duration above 0s and up to "+MaxFullEvery.String())
	}
}

func (s Sync) validateTimes(l *invalid.List) {
	if len(*s.RetryDelays) > MaxRetryDelays {
		l.Add("retryDelays", strconv.Itoa(len(*s.RetryDelays))+" delays", fmt.Sprintf("at most %d delays", MaxRetryDelays))
	}
	for _, delay := range *s.RetryDelays {
		if delay <= 0 || time.Duration(delay) > MaxRetryDelay {
			l.Add("retryDelays", delay.String(), "durations above 0s and up to "+Duration(MaxRetryDelay).String())
		}
	}
	if w := time.Duration(*s.CatchupWindow); w < MinCatchupWindow || w > MaxCatchupWindow {
		l.Add("catchupWindow", s.CatchupWindow.String(), fmt.Sprintf("a duration from %s to %s", Duration(MinCatchupWindow), Duration(MaxCatchupWindow)))
	}
	if j := time.Duration(s.Jitter); j < 0 || j > MaxJitter {
		l.Add("jitter", s.Jitter.String(), "a duration from 0s to "+Duration(MaxJitter).String())
	}
}

func addRange(l *invalid.List, name string, value, least, most int) {
	if value < least || value > most {
		l.Add(name, strconv.Itoa(value), fmt.Sprintf("a whole number from %d to %d", least, most))
	}
}

func defaultAttributes(by counterparty.IDKind) string {
	if by == counterparty.OGRN {
		// The OGRNIP of a sole proprietor has a property of its own in the content model.
		return "idocs:ogrn,idocs:psrnsp"
	}
	return "idocs:inn"
}

func defaultTo[T ~string](value, fallback T) T {
	if value == "" {
		return fallback
	}
	return value
}

func orDefault[T any](value *T, fallback T) *T {
	if value == nil {
		return &fallback
	}
	return value
}
