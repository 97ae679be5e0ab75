package sourcestate

import "counterparty-sync/internal/invalid"

// Dialect is a form of the source-state document. They share words, but count them differently, so a document has one.
type Dialect string

// The dialects.
const (
	// VehicleDialect has three states and an extended_state beside them: reports about vehicles.
	VehicleDialect Dialect = "vehicle"
	// EntityDialect has ten states and data, perhaps with a reason, beside them: reports about persons and companies.
	EntityDialect Dialect = "entity"
)

// ParseDialect reads the name of a dialect. The error is of package invalid and names the field dialect.
func ParseDialect(name string) (Dialect, error) {
	switch d := Dialect(name); d {
	case VehicleDialect, EntityDialect:
		return d, nil
	}
	var l invalid.List
	l.Add("dialect", name, string(VehicleDialect)+", "+string(EntityDialect))
	return "", l.Err()
}

// class is the counter that a source adds to, as the word that the vehicle dialect has for it («Статусы источников»). The
// zero class is that of what is no state.
type class string

const (
	countsOK    class = "OK"
	countsWait  class = "PROGRESS"
	countsError class = "ERROR"
)

// Counters are numbers of sources; their sum is the number of all.
type Counters struct {
	// OK counts sources that ended well.
	OK int `json:"progress_ok"`
	// Wait counts sources that are still to end.
	Wait int `json:"progress_wait"`
	// Error counts sources that ended badly.
	Error int `json:"progress_error"`
}

// add counts one more source. What counts nowhere counts as an error: a state that nobody knows must neither pass for a
// success nor keep a reader waiting for ever. The platform behind these documents treats an unset status alike.
func (c *Counters) add(to class) {
	switch to {
	case countsOK:
		c.OK++
	case countsWait:
		c.Wait++
	default:
		c.Error++
	}
}
