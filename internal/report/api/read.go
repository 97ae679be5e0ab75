package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// maxSize is the most reports of one list.
const maxSize = 100

// read shows one report. An unknown uid is no error but an empty list: so the documented API has it.
func (a *api) read(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	dialect, content := q.dialect(a.Dialect), q.boolean("_content")
	q.boolean("_detailed") // there is no more to tell
	if q.problem != nil {
		return q.problem
	}
	reading, err := a.Reports.Read(r.Context(), r.PathValue("uid"))
	if errors.Is(err, desk.ErrUnknown) {
		return ok(a, w, envelope{}, []desk.Object{})
	}
	if err != nil {
		return err
	}
	object, err := render(reading, dialect, content)
	if err != nil {
		return err
	}
	if content {
		a.audit(r, asksRead, reading.Document.UID)
	} else {
		a.auditState(r, reading.Document.UID)
	}
	return ok(a, w, envelope{}, []desk.Object{object})
}

// list shows a page of the reports.
func (a *api) list(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	dialect, content := q.dialect(a.Dialect), q.boolean("_content")
	q.boolean("_detailed")
	page, total := q.page(), q.boolean("_calc_total")
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
		if content {
			a.audit(r, asksRead, reading.Document.UID)
		}
	}
	a.auditList(r, len(objects))
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

// defaultSize is the size of a page if the query does not say.
const defaultSize = 20

// maxNumber bounds offsets and pages, so that their product is a number too.
const maxNumber = 1_000_000

// query reads the parameters of a request; the first problem stays. Unknown parameters are ignored: clients of the
// SpectrumData B2B API send some that mean nothing here.
type query struct {
	values  url.Values
	problem error
}

func newQuery(r *http.Request) *query { return &query{values: r.URL.Query()} }

func (q *query) refuse(name, allowed string) {
	if q.problem == nil {
		q.problem = &malformed{"ParameterNotReadable", "the parameter " + name + " is not allowed as it is; allowed: " + allowed}
	}
}

// boolean reads true or false, which is the default; a name without a value is true.
func (q *query) boolean(name string) bool {
	switch q.values.Get(name) {
	case "", "true", "1":
		return q.values.Has(name)
	case "false", "0":
		return false
	}
	q.refuse(name, "true or false")
	return false
}

func (q *query) whole(name string, fallback, least int) int {
	n, err := strconv.Atoi(cmp.Or(q.values.Get(name), strconv.Itoa(fallback)))
	if err != nil || n < least || n > maxNumber {
		q.refuse(name, "a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(maxNumber))
		return fallback
	}
	return n
}

func (q *query) dialect(fallback sourcestate.Dialect) sourcestate.Dialect {
	dialect, err := sourcestate.ParseDialect(cmp.Or(q.values.Get("_dialect"), string(fallback), string(sourcestate.EntityDialect)))
	if err != nil {
		q.refuse("_dialect", "vehicle or entity")
	}
	return dialect
}

// page reads which part of a list is asked for. More than maxSize at once is cut down: the size of the answer tells.
func (q *query) page() desk.Page {
	if filter := q.values.Get("_query"); filter != "" && filter != "_all" {
		q.refuse("_query", "_all")
	}
	size := min(q.whole("_size", defaultSize, 1), maxSize)
	offset := q.whole("_offset", 0, 0) + (q.whole("_page", 1, 1)-1)*size
	order := cmp.Or(desk.Order(q.values.Get("_sort")), desk.NewestFirst)
	switch order {
	case desk.NewestFirst, desk.OldestFirst, desk.LatestChangeFirst, desk.LongestUnchanged:
	default:
		q.refuse("_sort", "created_at, -created_at, updated_at or -updated_at")
	}
	return desk.Page{Offset: offset, Size: size, Order: order}
}
