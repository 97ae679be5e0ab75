package desk

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// noName is the name of a report without one, as captured reports have it.
const noName = "NONAME"

// TypeUID is the uid of a report type: its id with the domain behind it.
func TypeUID(id string) string { return id + "@" + report.Domain }

// Stamp is a time as it stands in objects: ISO 8601 in UTC with milliseconds.
type Stamp time.Time

// MarshalText implements encoding.TextMarshaler.
func (s Stamp) MarshalText() ([]byte, error) {
	return []byte(time.Time(s).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// Object is a report as others see it: the two blocks of source states in one of the dialects, among the fields of a
// report in the order of captured ones.
type Object struct {
	DomainUID     string `json:"domain_uid"`
	ReportTypeUID string `json:"report_type_uid"`
	Query         Query  `json:"query"`
	sourcestate.Counters
	// State is a sourcestate.EntityState or VehicleState.
	State any `json:"state"`
	// Content is by source, in order of the sources; nil is left out.
	Content *Contents `json:"content,omitempty"`
	Card
}

// Card is what the objects of reports and of report types have in common, in the order of captured ones.
type Card struct {
	UID     string `json:"uid"`
	Name    string `json:"name"`
	Comment string `json:"comment"`
	// Tags are separated by commas.
	Tags       string `json:"tags"`
	CreatedAt  Stamp  `json:"created_at"`
	CreatedBy  string `json:"created_by"`
	UpdatedAt  Stamp  `json:"updated_at"`
	UpdatedBy  string `json:"updated_by"`
	ActiveFrom string `json:"active_from"`
	ActiveTo   string `json:"active_to"`
}

// NewCard is the card of something that is always active.
func NewCard(uid, name string, created, updated time.Time) Card {
	return Card{
		UID: uid, Name: name, CreatedAt: Stamp(created), CreatedBy: report.Domain, UpdatedAt: Stamp(updated), UpdatedBy: report.Domain,
		ActiveFrom: "1900-01-01T00:00:00.000Z", ActiveTo: "3000-01-01T00:00:00.000Z",
	}
}

// Query is what a report was asked for with.
type Query struct {
	// Type is INN or OGRN.
	Type string `json:"type"`
	Body string `json:"body"`
}

// Contents is what the sources say, as one JSON object with the ids of the sources for keys.
type Contents []report.Content

// MarshalJSON implements json.Marshaler. It keeps the order, which a map would lose.
func (c Contents) MarshalJSON() ([]byte, error) {
	fields := make([]string, len(c))
	for i, content := range c {
		key, _ := json.Marshal(content.Source) // of a text it can't fail
		fields[i] = string(key) + ":" + cmp.Or(string(content.Data), "{}")
	}
	return []byte("{" + strings.Join(fields, ",") + "}"), nil
}

// Render renders a document in the dialect, with or without its content.
func Render(d report.Document, dialect sourcestate.Dialect, withContent bool) Object {
	o := Object{
		DomainUID:     report.Domain,
		ReportTypeUID: TypeUID(d.Type),
		Query:         Query{Type: strings.ToUpper(string(d.By)), Body: d.ID},
		Counters:      d.Sources.Counts(),
		State:         sourcestate.Entity(d.Sources).State,
		Card:          NewCard(d.UID, cmp.Or(d.Name, noName), d.CreatedAt, d.UpdatedAt),
	}
	if dialect == sourcestate.VehicleDialect {
		o.State = sourcestate.Vehicle(d.Sources).State
	}
	if withContent {
		contents := Contents(d.Content)
		o.Content = &contents
	}
	return o
}
