package report

import (
	"encoding/json"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// LoadTypeRequest asks for a type by its id; the answer is the Type with all its defaults.
type LoadTypeRequest struct {
	Type string `json:"type"`
}

// AskRequest asks one source about one company.
type AskRequest struct {
	Source TypeSource          `json:"source"`
	By     counterparty.IDKind `json:"by"`
	ID     string              `json:"id"`
	// OGRN tells which of several companies of an INN is meant; empty if it is not known yet.
	OGRN string `json:"ogrn,omitempty"`
	// Within bounds this attempt; default TypeSource.TimeLimit.
	Within pass.Duration `json:"within,omitempty"`
	// MaxBytes bounds the content.
	MaxBytes int `json:"maxBytes"`
}

// AskResult is what the source says. No company and no data: it knows nothing.
type AskResult struct {
	// Company is told by the method req only.
	Company *Company        `json:"company,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	// OGRN is that of the company that the answer is about; empty if it is about none, or if req told none.
	OGRN string `json:"ogrn,omitempty"`
	// INN is that of the same company; empty if the answer does not tell it.
	INN string `json:"inn,omitempty"`
	// Reason says why nothing was taken although there was an answer, such as several companies of one INN.
	Reason string `json:"reason,omitempty"`
}

// AskFailureDetails are the details of the application error of AskSource.
type AskFailureDetails struct {
	pass.FailureDetails
	// Took is how long the attempt took, without the time in the queue before it.
	Took pass.Duration `json:"took,omitempty"`
	// NotAsked: the request did not go out, because its method is paused.
	NotAsked bool `json:"notAsked,omitempty"`
}

// ReadPreviousRequest asks for the document of an earlier run.
type ReadPreviousRequest struct {
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
}

// ReadPreviousResult is the document of the earlier run, null if it has left none.
type ReadPreviousResult struct {
	Document *Document `json:"document"`
}

// Events that a webhook is told.
const (
	// OnUpdateEvent: one source or more have ended since the last time.
	OnUpdateEvent = "on_update"
	// OnCompleteEvent: no source waits any more.
	OnCompleteEvent = "on_complete"
)

// NotifyRequest asks to tell a webhook that a report changed or is complete.
type NotifyRequest struct {
	URL string `json:"url"`
	UID string `json:"uid"`
	// Event is OnUpdateEvent or OnCompleteEvent.
	Event    string    `json:"event"`
	Complete bool      `json:"complete"`
	At       time.Time `json:"at"`
}

// SourcesFromMemo reads the states that a run left in its memo. It is nil if there are none: the run has just begun.
func SourcesFromMemo(memo *commonpb.Memo) (*sourcestate.Sources, error) {
	return pass.FromMemo[sourcestate.Sources](memo, SourcesMemo)
}
