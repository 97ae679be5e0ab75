package sourcestate

// VehicleDocument is the two blocks of the vehicle dialect, fields in documented order. Embed it where a larger report
// object has them. It has no room for reasons.
type VehicleDocument struct {
	Counters
	State VehicleState `json:"state"`
}

// VehicleState is the second block of the vehicle dialect.
type VehicleState struct {
	Sources []VehicleSource `json:"sources"` // never nil
}

// VehicleSource is one source in the vehicle dialect.
type VehicleSource struct {
	ID            string `json:"_id"`
	State         string `json:"state"`          // OK, PROGRESS or ERROR
	ExtendedState string `json:"extended_state"` // one of nine; decides State
}

// EntityDocument is the two blocks of the entity dialect, fields in documented order. Embed it where a larger report
// object has them.
type EntityDocument struct {
	Counters
	State EntityState `json:"state"`
}

// EntityState is the second block of the entity dialect.
type EntityState struct {
	Sources []EntitySource `json:"sources"` // never nil
	Data    struct{}       `json:"data"`    // always {}
}

// EntitySource is one source in the entity dialect.
type EntitySource struct {
	ID    string     `json:"_id"`
	State string     `json:"state"` // one of ten; REJECT is never written, nor is NONE
	Data  EntityData `json:"data"`
}

// EntityData is what else the entity dialect says about a source; {} if nothing.
type EntityData struct {
	Reason string `json:"reason,omitempty"`
}

// Vehicle renders the report in the vehicle dialect. Reasons are left out.
func Vehicle(r Sources) VehicleDocument {
	d := VehicleDocument{Counters: r.Counts(), State: VehicleState{Sources: make([]VehicleSource, len(r.sources))}}
	for i, s := range r.sources {
		f := s.State.facts()
		d.State.Sources[i] = VehicleSource{ID: s.ID, State: string(f.counts), ExtendedState: f.extended}
	}
	return d
}

// Entity renders the report in the entity dialect. NotStarted becomes WAITING there: NONE would count as an error.
func Entity(r Sources) EntityDocument {
	d := EntityDocument{Counters: r.Counts(), State: EntityState{Sources: make([]EntitySource, len(r.sources))}}
	for i, s := range r.sources {
		d.State.Sources[i] = EntitySource{ID: s.ID, State: s.State.facts().entity, Data: EntityData{Reason: s.Reason}}
	}
	return d
}
