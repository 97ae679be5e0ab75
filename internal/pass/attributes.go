package pass

// Search attributes, to filter passes by in a list of workflows. Names on the wire: queries and saved views hold them,
// so they never change. They are a comfort: where they are not registered, passes run without them.
const (
	// SyncIDAttribute holds the id of the sync, on passes and on segments.
	SyncIDAttribute = "CounterpartySyncId"
	// StatusAttribute holds an AttributeStatus, on passes. A pass that was terminated or timed out keeps its last one, so
	// that "what waits now" is asked with ExecutionStatus = "Running" beside it.
	StatusAttribute = "CounterpartySyncStatus"
)

// planStatus begins the AttributeStatus of plans, so that nobody takes one for a pass.
const planStatus = "PLAN_"

// AttributeStatus is the value of StatusAttribute: the status of the state while a pass runs, and how it ended when it has.
// That of a plan begins with PLAN_.
func (r Result) AttributeStatus() string {
	if r.Kind == Planned {
		r.Kind = ""
		return planStatus + r.AttributeStatus()
	}
	switch r.Ended {
	case Completed, Stopped:
		return string(r.Ended)
	case Failed:
		return string(Error)
	}
	return string(r.Status)
}
