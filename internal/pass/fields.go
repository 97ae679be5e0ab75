package pass

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
)

// Field declares one field of a sync's file. Reading it, defaults, validation, comparison and the table of the
// documentation all come from here.
type Field struct {
	// Name is what the file and the wire call it: "batchSize".
	Name string
	// Default says what holds without the field where one value does not say it all, in Markdown.
	Default string
	// Allowed says which values are: "a whole number from 1 to 100".
	Allowed string
	// Meaning says what the field does, in Markdown.
	Meaning string
	// Form is what is allowed in place of a value that can't be read; empty: what its type says.
	Form string
	// Hide keeps a wrong value out of messages: it may be a secret that was pasted.
	Hide bool

	// fill sets its default and canonical form, after the fields before it; nil: the zero value is the default.
	fill func(s *Sync)
	// valid reports whether the value is among the allowed ones, and check refuses it in other words; without both,
	// whatever can be read is allowed.
	valid func(s Sync) bool
	check func(s Sync, refuse refuse)

	// waits: a change of it is for the next pass to follow; anyOrder: so is another order of its list. See WorthARestart.
	waits, anyOrder bool
}

// refuse notes a value that is not allowed; item is its number in a list, 0 for the whole value. What is allowed in its
// place is what the field allows, unless there is something else to say.
type refuse func(item int, value, allowed string)

// In points to where the sync keeps the field: where its JSON name is the field's.
func (f Field) In(s *Sync) any {
	for field := range reflect.TypeFor[Sync]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == f.Name {
			return reflect.ValueOf(s).Elem().Field(field.Index[0]).Addr().Interface()
		}
	}
	panic("pass: a sync has no field " + f.Name)
}

// Value is what the sync has in the field; nil if that is null. What must not be shown is Hidden.
func (f Field) Value(s Sync) any {
	if f.Hide && !f.valid(s) {
		return Hidden
	}
	value := reflect.ValueOf(f.In(&s)).Elem()
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return nil
		}
		value = value.Elem()
	}
	return value.Interface()
}

const trueOrFalse = "true or false"

// Fields are all the fields of a sync's file, in the order in which people write them. Each stands in Sync once more, under
// the same name and with its type.
func Fields() []Field {
	return []Field{
		{Name: "id", waits: true, Default: "required", Allowed: fmt.Sprintf("1 to %d letters, digits, dots, dashes and underscores, a letter or digit first", maxIDLength),
			Meaning: "Names the sync permanently: another id is another sync.",
			fill:    func(s *Sync) { s.ID = strings.TrimSpace(s.ID) },
			valid:   func(s Sync) bool { return idPattern.MatchString(s.ID) && len(s.ID) <= maxIDLength }},
		{Name: "name", waits: true, Default: "the id", Allowed: fmt.Sprintf("a text of 1 to %d characters", maxNameLength),
			Meaning: "The title in `status` and in Temporal's Web UI.",
			fill:    func(s *Sync) { s.Name = cmp.Or(strings.TrimSpace(s.Name), s.ID) },
			// Without an id, which is said already, there is no name.
			valid: func(s Sync) bool {
				return (s.Name != "" || s.ID == "") && utf8.RuneCountInString(s.Name) <= maxNameLength
			}},
		{Name: "enabled", Allowed: trueOrFalse,
			Meaning: "`false` pauses the schedule and stops a running pass. The state stays readable, and `starter trigger` still works.",
			fill:    func(s *Sync) { s.Enabled = orDefault(s.Enabled, true) }},
		// What is allowed is checked where the schedule is made.
		{Name: "cron", waits: true, Default: "none: by hand only", Allowed: "see [Cron](#cron)",
			Meaning: "When passes start. A start that falls into a running pass is skipped.",
			fill:    func(s *Sync) { s.Cron = strings.TrimSpace(s.Cron) }},
		{Name: "timeZone", waits: true, Allowed: "a name of the IANA time zone database",
			Meaning: "The zone of `cron`.",
			fill:    func(s *Sync) { s.TimeZone = cmp.Or(strings.TrimSpace(s.TimeZone), "UTC") }},
		{Name: "catchupWindow", waits: true, Allowed: fmt.Sprintf("a duration from %s to %s", Duration(MinCatchupWindow), Duration(MaxCatchupWindow)),
			Meaning: "How late a start that the server missed may still happen.",
			fill:    func(s *Sync) { s.CatchupWindow = orDefault(s.CatchupWindow, Duration(time.Hour)) },
			valid:   func(s Sync) bool { return within(time.Duration(*s.CatchupWindow), MinCatchupWindow, MaxCatchupWindow) }},
		{Name: "jitter", waits: true, Allowed: "a duration from 0s to " + Duration(MaxJitter).String(),
			Meaning: "Each start is delayed by a random time up to this.",
			valid:   func(s Sync) bool { return within(time.Duration(s.Jitter), 0, MaxJitter) }},
		{Name: "batchSize", Allowed: whole(1, MaxBatchSize),
			Meaning: "Nodes in one iteration. 100 is what Kontur.Focus takes in one request; where its answers are large, a batch takes several.",
			fill:    func(s *Sync) { s.BatchSize = orDefault(s.BatchSize, MaxBatchSize) },
			valid:   func(s Sync) bool { return within(*s.BatchSize, 1, MaxBatchSize) }},
		{Name: "searchParam", Allowed: "inn or ogrn",
			Meaning: "How Kontur.Focus is asked, in capitals or small letters. `ogrn` stands for the OGRNIP of sole proprietors too.",
			fill: func(s *Sync) {
				// The form shows INN and OGRN in capitals.
				text := counterparty.IDKind(strings.ToLower(strings.TrimSpace(string(s.SearchParam))))
				s.SearchParam = cmp.Or(text, counterparty.INN)
			},
			valid: func(s Sync) bool { return s.SearchParam == counterparty.INN || s.SearchParam == counterparty.OGRN }},
		{Name: "attributeToSearch", Default: "(with `ogrn`: `" + defaultAttributes(counterparty.OGRN) + "`)", Allowed: "names such as idocs:inn, separated by commas",
			Meaning: "The attribute that holds the identifier. Of several, the first one counts that holds an INN or OGRN, else the first one that is not empty.",
			fill: func(s *Sync) {
				s.AttributeToSearch = cmp.Or(strings.Join(s.Attributes(), ","), defaultAttributes(s.SearchParam))
			},
			check: func(s Sync, refuse refuse) {
				for i, attribute := range s.Attributes() {
					if !namePattern.MatchString(attribute) {
						refuse(i+1, attribute, "")
					}
				}
			}},
		{Name: "nodeType", Allowed: "a name such as idocs:contractor",
			Meaning: "The type of the nodes; subtypes are included.",
			fill:    func(s *Sync) { s.NodeType = cmp.Or(strings.TrimSpace(s.NodeType), "idocs:contractor") },
			valid:   func(s Sync) bool { return namePattern.MatchString(s.NodeType) }},
		{Name: "sources", anyOrder: true, Allowed: strings.Join(methods.All(), ", "), Form: "a list such as [req, contacts]",
			Meaning: "Methods of Kontur.Focus, each once. `req` must be there: it shows which of several companies is the node's. The contract must cover each.",
			fill:    func(s *Sync) { s.Sources = orList(s.Sources, methods.Req) },
			check:   Sync.checkSources},
		{Name: "required", anyOrder: true, Allowed: "some of sources, req among them", Form: "a list such as [req]",
			Meaning: "The sources that a pass needs. Any other that fails after all tries, or at once where waiting can't help, is left out for the rest of the pass, or only for the companies about which it can't be asked; its attributes are left alone.",
			fill:    func(s *Sync) { s.Required = orList(s.Required, methods.Req) },
			check:   Sync.checkRequired},
		{Name: "konturKey", Default: "the key of `KONTUR_KEY`", Allowed: AllowedKeyName, Form: AllowedKeyName, Hide: true,
			Meaning: "The [name of the key](#a-key-for-each-sync) that the worker asks Kontur.Focus with, for a sync with a contract of its own.",
			fill:    func(s *Sync) { s.KonturKey = KeyName(strings.TrimSpace(string(s.KonturKey))) },
			valid:   func(s Sync) bool { return s.KonturKey == "" || s.KonturKey.Valid() }},
		{Name: "quotaReserve", Allowed: (*Reserve)(nil).Form(),
			Meaning: "How much of each quota of Kontur.Focus [passes leave untouched](money.md#before-a-quota-runs-out). A pass ends in good order before a quota might run out of more. `off`: only Kontur.Focus's own refusal ends it.",
			fill:    func(s *Sync) { s.QuotaReserve = cmp.Or(s.QuotaReserve, DefaultReserve) },
			valid:   func(s Sync) bool { return s.QuotaReserve.Valid() }},
		{Name: "changedOnly", Allowed: trueOrFalse,
			Meaning: "`true`: Kontur.Focus is asked only about counterparties that, by its monitoring, [changed](money.md#only-what-changed). Not with `start: checkpoint`.",
			check: func(s Sync, refuse refuse) {
				if s.ChangedOnly && s.Start == Checkpoint {
					refuse(0, "true", "false with start: checkpoint, which walks new nodes only")
				}
			}},
		{Name: "fullEvery", Default: "none; beside changedOnly " + DefaultFullEvery.String(), Allowed: above0(MaxFullEvery),
			Meaning: "How often all counterparties are asked about anyway. Only with `changedOnly`.",
			fill: func(s *Sync) {
				if s.ChangedOnly {
					s.FullEvery = orDefault(s.FullEvery, DefaultFullEvery)
				}
			},
			check: func(s Sync, refuse refuse) {
				checkBeside(s.FullEvery, s.ChangedOnly, "changedOnly", MaxFullEvery, refuse)
			}},
		{Name: "start", Allowed: "beginning or checkpoint",
			Meaning: "Where a pass begins after one that completed: all nodes again, or only those [added since](how-it-works.md#start-checkpoint).",
			fill:    func(s *Sync) { s.Start = cmp.Or(s.Start, Beginning) },
			valid:   func(s Sync) bool { return s.Start == Beginning || s.Start == Checkpoint }},
		{Name: "askAgainDays", waits: true, Default: fmt.Sprintf("none; beside `start: checkpoint` %d", DefaultAskAgainDays), Allowed: whole(0, MaxAskAgainDays),
			Meaning: "After how many calendar days of `timeZone` a node that was NOT_FOUND or AMBIGUOUS is [asked about again](how-it-works.md#start-checkpoint) though nobody has modified it; 0: in every pass. Only with `start: checkpoint`.",
			// Left out where it is the default: passes that began before there was the field go on.
			fill: func(s *Sync) {
				if s.AskAgainDays != nil && *s.AskAgainDays == DefaultAskAgainDays {
					s.AskAgainDays = nil
				}
			},
			check: func(s Sync, refuse refuse) {
				switch {
				case s.AskAgainDays == nil:
				case s.Start != Checkpoint:
					refuse(0, fmt.Sprint(*s.AskAgainDays), "none without start: checkpoint")
				case !within(*s.AskAgainDays, 0, MaxAskAgainDays):
					refuse(0, fmt.Sprint(*s.AskAgainDays), "")
				}
			}},
		// 10 s outlasts a restart of a service, 1 min a deploy, 10 min a short outage.
		{Name: "retryDelays", waits: true, Allowed: "durations above 0s and up to " + Duration(MaxRetryDelay).String(), Form: "a list such as [10s, 1m, 10m]",
			Meaning: fmt.Sprintf("The waits after a failed iteration, at most %d; `[]` for none. After the last one the pass gives up.", MaxRetryDelays),
			fill: func(s *Sync) {
				s.RetryDelays = orDefault(s.RetryDelays, []Duration{Duration(10 * time.Second), Duration(time.Minute), Duration(10 * time.Minute)})
			},
			check: Sync.checkRetryDelays},
		// Batches that end together share a step of Temporal's, so that many of them cost less each; and Kontur.Focus is never idle.
		{Name: "lookahead", waits: true, Allowed: whole(1, MaxLookahead),
			Meaning: "Batches in flight at once, at most; fewer where [they are large](how-it-works.md#history-budget).",
			fill:    func(s *Sync) { s.Lookahead = orDefault(s.Lookahead, 16) },
			valid:   func(s Sync) bool { return within(*s.Lookahead, 1, MaxLookahead) }},
		{Name: "maxChanged", Default: "none: no limit", Allowed: whole(0, MaxBrake),
			Meaning: "A [brake](#brakes): how many nodes a walk may change before a person is asked.",
			valid:   func(s Sync) bool { return s.MaxChanged == nil || within(*s.MaxChanged, 0, MaxBrake) }},
		{Name: "maxChangedShare", Default: "none: no limit", Allowed: "a share from 0.01% to 100%",
			Meaning: "The same as a share of the nodes. The lower one of the two counts. Not with `start: checkpoint`.",
			check:   Sync.checkShare},
		{Name: "maxEmptied", Default: fmt.Sprintf("none: no limit; beside another brake %d", defaultMaxEmptied), Allowed: whole(0, MaxBrake),
			Meaning: "How many values of nodes a walk may empty.",
			fill:    func(s *Sync) { s.MaxEmptied = besideBrake(s, s.MaxEmptied, defaultMaxEmptied) },
			valid:   func(s Sync) bool { return s.MaxEmptied == nil || within(*s.MaxEmptied, 0, MaxBrake) }},
		{Name: "approvalTimeout", waits: true, Default: "none: no brake; beside one " + defaultApprovalTimeout.String(), Allowed: above0(Duration(MaxApprovalTimeout)),
			Meaning: "How long a pass waits for that person before it gives up.",
			fill:    func(s *Sync) { s.ApprovalTimeout = besideBrake(s, s.ApprovalTimeout, defaultApprovalTimeout) },
			check: func(s Sync, refuse refuse) {
				checkBeside(s.ApprovalTimeout, s.HasBrake(), "maxChanged, maxChangedShare or maxEmptied", Duration(MaxApprovalTimeout), refuse)
			}},
		{Name: "allowEmpty", Allowed: trueOrFalse,
			Meaning: "`true` lets a pass that finds no nodes [complete](#no-nodes-at-all) though the one before found some."},
	}
}

func whole(least, most int) string { return fmt.Sprintf("a whole number from %d to %d", least, most) }

func above0(most Duration) string { return "a duration above 0s and up to " + most.String() }

func within[T ~int | ~int64](value, least, most T) bool { return value >= least && value <= most }

// checkBeside refuses a duration that is out of bounds, or stands without the fields that it goes with.
func checkBeside(d *Duration, has bool, others string, most Duration, refuse refuse) {
	switch {
	case d == nil:
	case !has:
		refuse(0, d.String(), "none without "+others)
	case !within(*d, 1, most):
		refuse(0, d.String(), "")
	}
}

func orDefault[T any](value *T, fallback T) *T {
	if value == nil {
		return &fallback
	}
	return value
}

func orList(list []string, fallback string) []string {
	if len(list) == 0 {
		return []string{fallback}
	}
	return list
}
