package api

import (
	"errors"
	"net/http"

	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// maxSize is the most reports of one list.
const maxSize = 100

// read shows one report. An unknown uid is no error but an empty list: so the documented API has it.
func (a *api) read(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	dialect, content := q.dialect(), q.boolean("_content", false)
	q.boolean("_detailed", false) // there is no more to tell
	if q.problem != nil {
		return q.problem
	}
	reading, err := a.Reports.Read(r.Context(), r.PathValue("uid"))
	if errors.Is(err, desk.ErrUnknown) {
		return ok[desk.Object](a, w, envelope{}, nil)
	}
	if err != nil {
		return err
	}
	object, err := render(reading, dialect, content)
	if err != nil {
		return err
	}
	return ok(a, w, envelope{}, []desk.Object{object})
}

// list shows a page of the reports.
func (a *api) list(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	dialect, content := q.dialect(), q.boolean("_content", false)
	q.boolean("_detailed", false)
	page, total := q.page(), q.boolean("_calc_total", false)
	if q.problem != nil {
		return q.problem
	}
	listing, err := a.Reports.List(r.Context(), page)
	if err != nil {
		return err
	}
	objects := make([]desk.Object, 0, len(listing.Readings))
	for _, reading := range listing.Readings {
		object, err := render(reading, dialect, content)
		if errors.Is(err, errBegun) {
			continue // the next list has it
		}
		objects = append(objects, object)
	}
	e := envelope{}
	if total {
		e.Total = &listing.Total
	}
	return ok(a, w, e, objects)
}

// render renders a report, unless it is one that would look complete only because nothing is known about it yet.
func render(reading desk.Reading, dialect sourcestate.Dialect, content bool) (desk.Object, error) {
	if reading.Running() && len(reading.Document.Sources.Sources()) == 0 {
		return desk.Object{}, errBegun
	}
	return desk.Render(reading.Document, dialect, content), nil
}
