package pass

// FindPreviousPassRequest asks for the pass before this one.
type FindPreviousPassRequest struct {
	ScheduleID string `json:"scheduleId"`
	// RunID is that of this pass. Its workflow id may be that of the pass before, if both started within one second.
	RunID string `json:"runId"`
}

// FindPreviousPassResult is the pass before this one, by its memo, and as far as the histories bear that out if it was
// cut off. An empty RunID means that there is none.
type FindPreviousPassResult struct {
	RunID  string  `json:"runId,omitempty"`
	Result *Result `json:"result,omitempty"`
	// Unread is why nobody can read the result; empty if that is not so.
	Unread string `json:"unread,omitempty"`
}

// ReadProgressRequest asks what a segment that has ended had committed, by its own history.
type ReadProgressRequest struct {
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
}

// ReadProgressResult is the answer: the segment's result if it had one, else what it reported to its pass last, and the nodes that
// the next walk has to ask about again. Gone says that Temporal no longer keeps the history.
type ReadProgressResult struct {
	Progress Progress `json:"progress"`
	Rejected []string `json:"rejected,omitempty"`
	// Open are the nodes that it left open.
	Open []OpenNode `json:"open,omitempty"`
	Gone bool       `json:"gone,omitempty"`
}

// CheckSearchAttributesRequest asks whether the namespace of the pass has SyncIDAttribute and StatusAttribute.
type CheckSearchAttributesRequest struct{}

// CheckSearchAttributesResult is the answer.
type CheckSearchAttributesResult struct {
	Ready bool `json:"ready"`
	// Problem says why they are not ready; empty if they are.
	Problem string `json:"problem,omitempty"`
}
