package pass

import (
	"strings"
	"time"
)

// Kind tells passes of the schedule from those that run beside it. The words are names on the wire.
type Kind string

// The kinds of passes.
const (
	// Scheduled passes are started by the sync's Schedule, one at a time, and hand their state to the next one.
	Scheduled Kind = "pass"
	// Narrowed passes walk chosen nodes only. Their state is nobody else's.
	Narrowed Kind = "only"
	// Planned passes write nothing.
	Planned Kind = "plan"
)

// AsideID is the workflow id of a pass that runs beside its schedule. It never reads as that of a scheduled one.
func AsideID(scheduleID string, kind Kind, at time.Time) string {
	return scheduleID + "/" + string(kind) + "-" + at.UTC().Format("20060102T150405.000Z")
}

// KindOf is the kind of the pass with a workflow id that AsideID, or a Schedule, made.
func KindOf(workflowID string) Kind {
	_, last, _ := strings.Cut(workflowID, "/")
	for _, kind := range []Kind{Narrowed, Planned} {
		if strings.HasPrefix(last, string(kind)+"-") {
			return kind
		}
	}
	return Scheduled
}
