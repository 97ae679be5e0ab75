package schedule

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// Notes of a schedule that is paused because of its sync. Any other note of a paused schedule is somebody's own.
const (
	// NoteDisabled: the sync says enabled: false.
	NoteDisabled = "paused: the configuration says enabled: false"
	// NoteByHand: the sync has no cron. A Temporal server removes a schedule without starts 7 days after its last action,
	// unless it is paused; a paused one can be triggered all the same.
	NoteByHand = "starts by hand only: the configuration has no cron"
)

// IsNoteOfSync reports whether a note of a paused schedule follows from its sync, so that a change of the sync may end
// the pause.
func IsNoteOfSync(note string) bool { return note == NoteDisabled || note == NoteByHand }

// HasStarts reports whether a schedule ever starts by itself.
func HasStarts(spec client.ScheduleSpec) bool {
	return len(spec.Calendars) > 0 || len(spec.Intervals) > 0 || len(spec.CronExpressions) > 0
}

// maxSummaryBytes keeps the summary, once encoded and perhaps encrypted, within the 400 bytes that a Temporal server
// takes (limit.userMetadataSummarySize).
const maxSummaryBytes = 240

// ScheduleSpec returns what Temporal is to be told: calendars or an interval and the name of the zone, no cron text,
// because what Describe returns has none either. The original text is the comment of each calendar; an interval has no
// place for it. Every range is written out, so that it comes back as it went. There is no jitter in it; Options adds it.
func (s Spec) ScheduleSpec() client.ScheduleSpec {
	spec := client.ScheduleSpec{TimeZoneName: cmp.Or(s.zone, defaultZone)}
	for _, c := range s.calendars {
		spec.Calendars = append(spec.Calendars, client.ScheduleCalendarSpec{
			Second:     c.second.ranges(0),
			Minute:     c.minute.ranges(0),
			Hour:       c.hour.ranges(0),
			DayOfMonth: c.day.ranges(0),
			Month:      c.month.ranges(0),
			DayOfWeek:  c.weekday.ranges(0),
			Year:       c.years.ranges(firstYear),
			Comment:    s.text,
		})
	}
	if s.interval > 0 {
		spec.Intervals = []client.ScheduleIntervalSpec{{Every: s.interval, Offset: s.offset}}
	}
	return spec
}

// Options returns all of the Temporal Schedule of a sync; fields of sync that are not set have their defaults. Starts that
// fall into a running pass are skipped. A failed pass doesn't pause the schedule: the next start goes on from its
// checkpoint. The action has no retry policy and no time limits, which would cut a pass off without its last word.
func Options(sync pass.Sync, spec Spec, taskQueue string) client.ScheduleOptions {
	filled := sync.WithDefaults()
	id := pass.ScheduleID(filled.ID)
	options := client.ScheduleOptions{
		ID:   id,
		Spec: spec.ScheduleSpec(),
		Action: &client.ScheduleWorkflowAction{
			ID:            id,
			Workflow:      string(pass.SyncWorkflow),
			Args:          pass.SyncWorkflow.Args(sync),
			TaskQueue:     taskQueue,
			StaticSummary: summary(filled.Name),
			StaticDetails: details(filled),
		},
		Overlap:        enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow:  time.Duration(*filled.CatchupWindow),
		PauseOnFailure: false,
	}
	options.Spec.Jitter = time.Duration(filled.Jitter)
	switch {
	case !*filled.Enabled:
		options.Paused, options.Note = true, NoteDisabled
	case !HasStarts(options.Spec):
		options.Paused, options.Note = true, NoteByHand
	}
	return options
}

// summary makes one line of a name, short enough for Temporal.
func summary(name string) string {
	line := excerpt.Line(name)
	if len(line) <= maxSummaryBytes {
		return line
	}
	return strings.TrimSpace(excerpt.Cut(line, maxSummaryBytes-len("…"))) + "…"
}

// details is what the page of every pass says about its sync, as Markdown.
func details(sync pass.Sync) string {
	starts := "starts by hand only"
	if sync.Cron != "" {
		starts = "starts by cron " + markdown.Code(sync.Cron) + ", " + markdown.Text(sync.TimeZone)
	}
	from := "from the beginning in every pass"
	if sync.Start == pass.Checkpoint {
		from = "only those that were added since"
	}
	return fmt.Sprintf("A pass of sync **%s**: walks the nodes of %s, %s; asks Kontur.Focus by %s: %s (can't do without %s).\n\n%s. %s shows the sync, %s follows it.\n",
		markdown.Text(sync.ID), markdown.Text(sync.NodeType), from, strings.ToUpper(string(sync.SearchParam)),
		markdown.Text(strings.Join(sync.Sources, ", ")), markdown.Text(strings.Join(sync.Required, ", ")),
		strings.ToUpper(starts[:1])+starts[1:], markdown.Code("starter status "+sync.ID), markdown.Code("starter status "+sync.ID+" --watch"))
}
