package pass

import (
	"fmt"
	"regexp"
	"strings"
)

// Names on the wire beside those in wire.go, which have a type: histories, schedules and scripts hold them, so they never
// change.
const (
	// ReadSource and WriteSource are what a pass's report calls the two uses of Alfresco.
	ReadSource  = "alfresco.read"
	WriteSource = "alfresco.write"

	// StateMemo is the memo key that holds the Result as of the last checkpoint.
	StateMemo = "state"

	schedulePrefix = "counterparty-sync-"
)

// ScheduleID is the id of the Temporal Schedule of a sync. It is the prefix of the workflow ids of its passes too.
func ScheduleID(syncID string) string { return schedulePrefix + syncID }

// SyncID takes ScheduleID apart; ok is false for the id of a foreign schedule.
func SyncID(scheduleID string) (id string, ok bool) {
	id, ok = strings.CutPrefix(scheduleID, schedulePrefix)
	return id, ok && id != ""
}

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

// KonturTaskQueue is the task queue of the activities that ask Kontur.Focus, beside the given main one: a queue of its
// own can have a rate limit that holds for all workers together. Each key has one.
func KonturTaskQueue(mainQueue string, key KeyName) string { return key.OnQueue(mainQueue + "-kontur") }

// Failure types of application errors: what a retry rule or a person can tell apart. activities/errors.go says which
// error of a client becomes which.
const (
	// FailureRateLimited asks to wait; Failure.RetryAfter says how long. It uses up no try.
	FailureRateLimited = "RateLimited"
	// FailureUnavailable is whatever may get better by itself: no connection, a time-out, 5xx.
	FailureUnavailable = "Unavailable"
	// FailureLost is an activity that no worker brought to its end.
	FailureLost = "Lost"
	// FailureBadResponse is an answer that breaks the contract.
	FailureBadResponse = "BadResponse"
	// FailureBadCredentials is a wrong key, user or password.
	FailureBadCredentials = "BadCredentials"
	// FailureAccessDenied is a permission, method or quota that the account does not have.
	FailureAccessDenied = "AccessDenied"
	// FailureQuotaExhausted is a quota of Kontur.Focus of which nothing is left but the reserve. A pass itself says so, for a
	// report the activity that asks.
	FailureQuotaExhausted = "QuotaExhausted"
	// FailureNotSearchable is a search engine that has no sys:node-dbid.
	FailureNotSearchable = "NotSearchable"
	// FailureUnknownAttribute is an attribute of the mapping that Alfresco's content model lacks.
	FailureUnknownAttribute = "UnknownAttribute"
	// FailureReadOnly is a repository that takes no writes.
	FailureReadOnly = "ReadOnly"
	// FailureTooLarge is an answer about a batch that no payload can hold. A pass goes on with smaller ones.
	FailureTooLarge = "TooLarge"
	// FailureBadRequest is a request that the other side calls wrong.
	FailureBadRequest = "BadRequest"
	// FailureUntrusted is a server with a certificate of an unknown authority.
	FailureUntrusted = "Untrusted"
	// FailureInvalidConfiguration is a workflow input that does not validate.
	FailureInvalidConfiguration = "InvalidConfiguration"
	// FailureNoNodes is a walk that found no nodes where the one before found some.
	FailureNoNodes = "NoNodes"
	// FailureHeld is a batch that would change more than the brake allows. Nothing of it was written.
	FailureHeld = "Held"
	// FailureRefused is a pass whose operator refused it.
	FailureRefused = "Refused"
	// FailureNotApproved is a pass that nobody approved in time.
	FailureNotApproved = "NotApproved"
	// FailurePass is the failure of a pass that gave up; its details hold the Result.
	FailurePass = "PassFailed"
)
