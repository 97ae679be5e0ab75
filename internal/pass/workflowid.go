package pass

import (
	"fmt"
	"regexp"
	"strings"
)

// passPattern is the workflow id of a scheduled pass, or of one of its segments: the id that the schedule's action has,
// which is the schedule's, the time that Temporal puts behind it, and the segment; or of a narrowed one. Plans belong to no
// sync here: they do nothing.
var passPattern = regexp.MustCompile(`^` + schedulePrefix + `([^/]+)(?:-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|/` + string(Narrowed) + `-[0-9T.]+Z)(/segment-\d+)?$`)

// SyncOfWorkflow is the sync that a pass or a segment with this workflow id belongs to; ok is false if the id does not
// tell, because somebody who made the schedule by hand chose another one.
func SyncOfWorkflow(workflowID string) (id string, ok bool) {
	match := passPattern.FindStringSubmatch(workflowID)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// SegmentID is the workflow id of a segment of a pass.
func SegmentID(passID string, number int) string { return fmt.Sprintf("%s/segment-%d", passID, number) }

var segmentPattern = regexp.MustCompile(`/segment-\d+$`)

// OfSegment is the workflow id of the pass that a segment with this workflow id belongs to.
func OfSegment(workflowID string) string { return segmentPattern.ReplaceAllString(workflowID, "") }

// SyncOfPass is the sync of a pass, also of one beside its schedule; empty if the id does not tell.
func SyncOfPass(workflowID string) string {
	if id, ok := SyncOfWorkflow(workflowID); ok {
		return id
	}
	scheduleID, _, _ := strings.Cut(workflowID, "/")
	if id, ok := SyncID(scheduleID); ok {
		return id
	}
	return ""
}
