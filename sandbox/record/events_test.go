package record_test

import historypb "go.temporal.io/api/history/v1"

// suggests: the server suggests to continue as new.
func suggests(e *historypb.HistoryEvent) bool {
	return e.GetWorkflowTaskStartedEventAttributes().GetSuggestContinueAsNew()
}

// startedAgain: an activity is started once more, after a loss.
func startedAgain(e *historypb.HistoryEvent) bool {
	a := e.GetActivityTaskStartedEventAttributes()
	return a.GetAttempt() > 1 && a.GetLastFailure().GetTimeoutFailureInfo() != nil
}
