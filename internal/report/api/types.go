package api

import (
	"cmp"
	"net/http"
	"time"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// typeObject is a report type as captured answers have it. Quotas and priorities are those of types without any.
type typeObject struct {
	State          string       `json:"state"`
	DayQuote       int          `json:"day_quote"`
	MonthQuote     int          `json:"month_quote"`
	TotalQuote     int          `json:"total_quote"`
	Content        *typeContent `json:"content,omitempty"`
	DomainUID      string       `json:"domain_uid"`
	MaxAge         int          `json:"max_age"`
	MinPriority    int          `json:"min_priority"`
	MaxPriority    int          `json:"max_priority"`
	MaxRequest     int          `json:"max_request"`
	PeriodPriority int          `json:"period_priority"`
	desk.Card
}

// typeContent is what reports of a type consist of.
type typeContent struct {
	Sources []string `json:"sources"`
	Fields  []string `json:"fields"` // always empty: all that the sources say
}

// types lists the report types, in the order in which the worker has them; _sort has no effect.
func (a *api) types(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	content, total := q.boolean("_content"), q.boolean("_calc_total")
	q.boolean("_can_generate") // all of them can be
	page := q.page()
	if q.problem != nil {
		return q.problem
	}
	all := a.Types()
	e := envelope{}
	if total {
		e.Total = new(len(all))
	}
	from := min(page.Offset, len(all))
	objects := make([]typeObject, 0, page.Size)
	for _, t := range all[from:min(from+page.Size, len(all))] {
		objects = append(objects, renderType(t, content))
	}
	return ok(a, w, e, objects)
}

// always is the date of what has none of its own.
func always() time.Time { return time.Date(1900, time.January, 1, 0, 0, 0, 0, time.UTC) }

func renderType(t report.Type, content bool) typeObject {
	card := desk.NewCard(desk.TypeUID(t.ID), cmp.Or(t.Name, t.ID), always(), always())
	o := typeObject{State: "PUBLISHED", DomainUID: report.Domain, Card: card}
	if content {
		o.Content = &typeContent{Sources: t.SourceIDs(), Fields: []string{}}
	}
	return o
}
