package kontur

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
)

// Kontur.Focus watches the companies on a list and reports which of them changed («Наблюдение»). These are the old methods
// of that: monList, req/mon and egrDetails/mon. The new ones (monitoringList, monitoringGetChanges, …) have no published
// schema of what they take and answer, so that nothing here would be more than a guess.

// methodWatchList is the list of watched companies. It belongs to the key: everyone with the same key shares it.
const methodWatchList = "monList"

// MonitoringDate is what the date of a question about changes means. The documentation does not say.
type MonitoringDate string

// The two readings of the date.
const (
	// DateSince: what changed on that day or later.
	DateSince MonitoringDate = "since"
	// DateOnDay: what changed on that very day, so that each day is asked by itself.
	DateOnDay MonitoringDate = "day"
)

// MaxMonitoredDays bounds how far back changes are asked about: how long the server remembers them is not documented, and the
// new methods speak of 90 days.
const MaxMonitoredDays = 90

// Watched is a company on the watch list. One of the two may be empty.
type Watched struct {
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
}

// WatchList returns the companies that are watched. Errors are as with Query, here and below.
func (c *Client) WatchList(ctx context.Context) ([]Watched, error) {
	return c.watchList(ctx, outgoing{method: methodWatchList})
}

// Watch adds companies, by OGRN or INN, to those that are watched, and returns which of them the server knows.
func (c *Client) Watch(ctx context.Context, ids []string) ([]Watched, error) {
	return c.sendWatched(ctx, ids, "append=true")
}

// ReplaceWatchList makes the watch list these companies and no others. Whoever shares the key loses what he had watched:
// there is no way to take a single company off.
func (c *Client) ReplaceWatchList(ctx context.Context, ids []string) ([]Watched, error) {
	return c.sendWatched(ctx, ids, "append=false")
}

// sendWatched sends all companies in one request: half a replacement would be a loss.
func (c *Client) sendWatched(ctx context.Context, ids []string, query string) ([]Watched, error) {
	for _, id := range ids {
		if _, ok := counterparty.Recognize(id); !ok {
			return nil, newError(methodWatchList, BadRequest, 0, fmt.Sprintf("%q is neither an OGRN nor an INN", clean(id, c.options.Key)))
		}
	}
	if len(ids) == 0 {
		// What the server makes of an empty body is not known; it might be "no change", or an empty list.
		return nil, newError(methodWatchList, BadRequest, 0, "no companies to watch")
	}
	return c.watchList(ctx, outgoing{method: methodWatchList, query: query, body: strings.Join(ids, ",")})
}

func (c *Client) watchList(ctx context.Context, o outgoing) ([]Watched, error) {
	watched := []Watched{}
	_, err := c.list(ctx, o, func(r row) error {
		watched = append(watched, Watched{INN: text(r.INN), OGRN: text(r.OGRN)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return watched, nil
}

// Changed returns the watched companies whose answer to the method, one of methods.Monitored, changed since a time: since the
// beginning of its day in Moscow. Each is named by its OGRN, as documented, or by its INN, as one public client reads it, or by
// both. Beyond MaxMonitoredDays it refuses, because an answer would not be complete, and so is one with a row that names nobody.
// It refuses a day that is still to come, by now or by the server's own clock: nothing would have changed, whatever did.
func (c *Client) Changed(ctx context.Context, method string, since, now time.Time) ([]Watched, error) {
	if !slices.Contains(methods.Monitored(), method) {
		return nil, newError(clean(method, c.options.Key), BadRequest, 0, "not a method whose changes Kontur.Focus reports")
	}
	method += "/mon"
	day, today := dayOf(since), dayOf(now)
	if day.After(today) {
		return nil, stillToCome(method, day, today, "Temporal")
	}
	if today.Sub(day) > MaxMonitoredDays*24*time.Hour {
		return nil, newError(method, BadRequest, 0, fmt.Sprintf("changes can be asked about for the last %d days only, not since %s", MaxMonitoredDays, day.Format(time.DateOnly)))
	}
	changed := []Watched{}
	seen := map[Watched]bool{}
	for first := day; !day.After(today); day = day.AddDate(0, 0, 1) {
		o := outgoing{method: method, query: "date=" + day.Format(time.DateOnly)}
		date, err := c.list(ctx, o, func(r row) error {
			company, err := r.named()
			if err == nil && !seen[company] {
				seen[company] = true
				changed = append(changed, company)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		// Its days are those of the server. One that gives no date, or an absurd one, goes by now.
		if theirs := dayOf(date); !date.IsZero() && theirs.Sub(first) <= MaxMonitoredDays*24*time.Hour {
			if first.After(theirs) {
				return nil, stillToCome(method, first, theirs, "Kontur.Focus")
			}
			today = theirs
		}
		if c.options.MonitoringDate == DateSince {
			break
		}
	}
	return changed, nil
}

// stillToCome is a question about changes since a day that is not yet there.
func stillToCome(method string, day, today time.Time, whose string) *Error {
	e := newError(method, BadRequest, 0, fmt.Sprintf("changes since %s are asked about, and by the clock of %s it is %s", day.Format(time.DateOnly), whose, today.Format(time.DateOnly)))
	e.Hint = "a clock is wrong, or was when the last pass ran: set those of the servers by NTP; `starter trigger ID --reset` asks about all companies, and goes by the clocks as they are then"
	return e
}

// row is an element of these lists; the identifiers are texts, or numbers as in other methods.
type row struct{ INN, OGRN any }

// named is the company that a change is of. Without a name there is no knowing what changed, and a change that is left out is
// missed for good.
func (r row) named() (Watched, error) {
	company := Watched{INN: text(r.INN), OGRN: text(r.OGRN)}
	kind, what, id := counterparty.OGRN, "OGRN", company.OGRN
	if id == "" && company.INN != "" {
		kind, what, id = counterparty.INN, "INN", company.INN
	}
	if _, err := counterparty.ParseID(kind, id); err != nil {
		return Watched{}, noArray("the "+what+" of a company that changed %v", err)
	}
	return company, nil
}

// list hands out the rows of a list, none of which counts if there is an error; date is the server's clock.
func (c *Client) list(ctx context.Context, o outgoing, each func(row) error) (date time.Time, err error) {
	var call Call
	defer func() { c.finish(&call, err) }()

	o.most = maxAnswerBytes
	naming := 0
	err = c.askAll(ctx, o, &call, func(element element) error {
		var r row
		if err := decodeElement(element, &r); err != nil {
			return err
		}
		call.Items++
		if text(r.INN) != "" || text(r.OGRN) != "" {
			naming++
		}
		return each(r)
	})
	if err == nil && naming == 0 && call.Items > 0 {
		err = nameless(o.method)
	}
	return call.Date, err
}

// moscow is where Kontur.Focus's days begin; its clocks have not changed since 2014.
var moscow = time.FixedZone("MSK", 3*60*60)

// dayOf is midnight at the beginning of a time's day in Moscow.
func dayOf(t time.Time) time.Time {
	t = t.In(moscow)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, moscow)
}
