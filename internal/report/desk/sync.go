package desk

import (
	"cmp"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// SyncObject is the composition of a sync as others see it: the two blocks of source states in one of the dialects, and the
// pass that they are the states of.
type SyncObject struct {
	DomainUID string `json:"domain_uid"`
	// UID is the id of the sync with the domain behind it.
	UID  string `json:"uid"`
	Name string `json:"name"`
	// Pass is null if there was none yet, or Temporal no longer keeps it; Note says which.
	Pass *PassCard `json:"pass"`
	Note string    `json:"note,omitempty"`
	sourcestate.Counters
	// State is a sourcestate.EntityState or VehicleState.
	State any `json:"state"`
}

// PassCard is the pass of a SyncObject.
type PassCard struct {
	// UID is its workflow id.
	UID       string      `json:"uid"`
	Status    pass.Status `json:"status"`
	StartedAt Stamp       `json:"started_at"`
	// FinishedAt is null while it runs.
	FinishedAt *Stamp `json:"finished_at"`
}

// RenderSync renders the composition of a sync in the dialect.
func RenderSync(c composition.Composition, dialect sourcestate.Dialect) SyncObject {
	o := SyncObject{
		DomainUID: report.Domain,
		UID:       c.ID + "@" + report.Domain,
		Name:      cmp.Or(c.Name, noName),
		Note:      c.Note,
		Counters:  c.Sources.Counts(),
		State:     sourcestate.Entity(c.Sources).State,
	}
	if dialect == sourcestate.VehicleDialect {
		o.State = sourcestate.Vehicle(c.Sources).State
	}
	if p := c.Pass; p != nil {
		o.Pass = &PassCard{UID: p.WorkflowID, Status: p.Result.Status, StartedAt: Stamp(p.StartedAt)}
		if p.FinishedAt != nil {
			o.Pass.FinishedAt = new(Stamp(*p.FinishedAt))
		}
	}
	return o
}
