package kontur

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/fact"
)

// clockSkew is how far the clocks may be apart. Days matter, and batches that end at midnight.
const clockSkew = 2 * time.Minute

// Claims are what this client relies on and can try by reading.
func Claims() []fact.Claim {
	return []fact.Claim{
		{ID: "kontur.stat", Expected: "lists the methods of the contract", Follows: "a pass ends in ERROR at the first batch: leave the source out of the sync, or have it added to the contract", Breaks: true},
		{ID: "kontur.clock", Expected: "within 2 minutes of ours", Follows: "with changedOnly a day may be asked about too early or too late: set the clocks"},
		{ID: "kontur.batch", Expected: "items by value, each one asked for", Follows: "items that were not asked for are dropped: tell Kontur.Focus's support"},
		{ID: "kontur.order", Expected: "any", Follows: "nothing: items are joined by value"},
		{ID: "kontur.identifiers", Expected: "each item has INN and OGRN", Follows: "the companies of such items can't be told apart: AMBIGUOUS"},
		{ID: "kontur.several", Expected: "one company or several for an INN, one for an OGRN", Follows: "nodes with such an OGRN are AMBIGUOUS"},
		{ID: "kontur.unknown", Expected: "left out of the answer", Follows: "nodes that nobody knows are not NOT_FOUND"},
		{ID: "kontur.nulls", Expected: "what is not known is left out, and not null", Follows: "nothing: null is taken for left out"},
	}
}

// Trial is what the facts are tried on.
type Trial struct {
	// Methods are those that are asked about companies.
	Methods []string
	// IDs are all of one kind. Without any, only stat is asked.
	IDs []counterparty.Identifier
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// TryFacts tries what this client relies on. Each method is asked about all identifiers, once. The error is that of ctx;
// whatever Kontur.Focus does is in the facts.
func (c *Client) TryFacts(ctx context.Context, r Trial) ([]fact.Fact, error) {
	if r.Now == nil {
		r.Now = time.Now
	}
	table := &fact.Table{Claims: Claims(), Now: r.Now}
	var call Call
	var sent time.Time
	table.Try("kontur.stat", "", func() fact.Sight {
		sent = r.Now()
		return c.tryStat(ctx, r.Methods, &call)
	})
	table.Try("kontur.clock", "", func() fact.Sight { return clock(call.Date, sent, r.Now()) })
	if !fact.Broken(table.Facts) && len(r.IDs) > 0 {
		for _, method := range r.Methods {
			c.tryMethod(ctx, table, method, r.IDs)
		}
	}
	why := "no identifier was asked about"
	if fact.Broken(table.Facts) {
		why = "not tried: see above"
	}
	table.Rest(why)
	return table.Facts, ctx.Err()
}

// tryStat asks for the contract, and fills in the call.
func (c *Client) tryStat(ctx context.Context, methods []string, call *Call) fact.Sight {
	quotas, err := c.quotas(ctx, call)
	if err != nil {
		return trouble(err)
	}
	var listed, left []string
	for _, q := range quotas {
		listed = append(listed, q.Methods...)
		rest, limited := q.Left()
		if limited && slices.ContainsFunc(methods, func(m string) bool { return slices.Contains(q.Methods, m) }) {
			left = append(left, fmt.Sprintf("%d %s left", rest, q.LimitType))
		}
	}
	if len(listed) == 0 {
		return fact.NotMet("the key is valid; no methods listed")
	}
	lacking := slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return slices.Contains(listed, m) })
	if len(lacking) > 0 {
		return fact.Otherwise("it lacks %s", strings.Join(lacking, ", "))
	}
	return fact.Holds("%s", strings.Join(append([]string{strings.Join(methods, ", ")}, left...), "; "))
}

func trouble(err error) fact.Sight {
	sight := fact.Otherwise("%s", err)
	if e, ok := errors.AsType[*Error](err); ok {
		sight.Follows = e.Hint
	}
	return sight
}

// clock compares the server's clock with ours from before the request to after it. The server tells whole seconds.
func clock(server, before, after time.Time) fact.Sight {
	if server.IsZero() {
		return fact.NotMet("the server does not say")
	}
	var apart time.Duration
	switch {
	case server.Before(before.Truncate(time.Second)):
		apart = before.Sub(server)
	case server.After(after):
		apart = server.Sub(after)
	}
	return fact.If(apart <= clockSkew, "%s apart", apart.Truncate(time.Second))
}

// answered is what an answer about a batch shows.
type answered struct {
	wanted []string
	by     counterparty.IDKind
	// places are those of the identifiers in the order of the items.
	places                            []int
	items, strangers, nameless, nulls int
	companies                         map[string][]string // OGRNs by identifier
}

func (c *Client) tryMethod(ctx context.Context, table *fact.Table, method string, ids []counterparty.Identifier) {
	a := &answered{wanted: counterparty.Texts(ids), by: ids[0].Kind(), companies: map[string][]string{}}
	var err error
	try := func(id string, look func() fact.Sight) { table.Try(id, method, look) }
	try("kontur.batch", func() fact.Sight {
		if err = c.askRaw(ctx, method, a); err != nil {
			return trouble(err)
		}
		return fact.If(a.strangers == 0, "%d items for %d identifiers, %d others", a.items, len(a.wanted), a.strangers)
	})
	if err != nil {
		return
	}
	try("kontur.identifiers", func() fact.Sight {
		if a.items == 0 {
			return fact.NotMet("no item")
		}
		return fact.If(a.nameless == 0, "%d of %d", a.items-a.nameless, a.items)
	})
	try("kontur.order", a.order)
	try("kontur.several", a.several)
	try("kontur.unknown", func() fact.Sight {
		if missing := len(a.wanted) - len(a.companies); missing > 0 {
			return fact.Holds("%d of %d are", missing, len(a.wanted))
		}
		return fact.NotMet("all %d are known", len(a.wanted))
	})
	try("kontur.nulls", func() fact.Sight {
		if a.items == 0 {
			return fact.NotMet("no item")
		}
		return fact.If(a.nulls == 0, "%d nulls", a.nulls)
	})
}

// askRaw asks as queryOnce does, and looks at the answer before anything is taken out of it.
func (c *Client) askRaw(ctx context.Context, method string, a *answered) (err error) {
	call := Call{IDs: len(a.wanted)}
	defer func() { c.finish(&call, err) }()
	o := outgoing{method: method, query: string(a.by) + "=" + strings.Join(a.wanted, "%2C"), most: maxAnswerBytes}
	err = c.askAll(ctx, o, &call, func(e element) error {
		if e.cut() {
			return a.note(map[string]any{"inn": e.inn, "ogrn": e.ogrn})
		}
		var value any
		if err := decodeElement(e, &value); err != nil {
			return err
		}
		object, isObject := value.(map[string]any)
		if !isObject && value != nil {
			return noArray("element %d of the JSON array is no object", e.index)
		}
		call.Items++
		return a.note(object)
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Text), textNoIDs) {
		return nil // none of them is known
	}
	return err
}

func (a *answered) note(object map[string]any) error {
	a.nulls += nulls(object)
	inn, ogrn := identifier(object["inn"]), identifier(object["ogrn"])
	id := inn
	if a.by == counterparty.OGRN {
		id = ogrn
	}
	if inn == "" || ogrn == "" {
		a.nameless++
	}
	at := slices.Index(a.wanted, id)
	if a.items++; at < 0 {
		if id != "" {
			a.strangers++
		}
		return nil
	}
	a.places = append(a.places, at)
	a.companies[id] = append(a.companies[id], ogrn)
	return nil
}

func nulls(value any) int {
	n := 0
	switch value := value.(type) {
	case nil:
		n = 1
	case map[string]any:
		for _, inner := range value {
			n += nulls(inner)
		}
	case []any:
		for _, inner := range value {
			n += nulls(inner)
		}
	}
	return n
}

func (a *answered) order() fact.Sight {
	switch {
	case len(a.places) < 2:
		return fact.NotMet("%d items", len(a.places))
	case slices.IsSorted(a.places):
		return fact.Holds("as asked")
	}
	return fact.Holds("another one")
}

// several looks for an INN with several companies, and for companies that are in the answer twice.
func (a *answered) several() fact.Sight {
	several := 0
	for _, ogrns := range a.companies {
		if len(ogrns) > 1 {
			several++
		}
		if slices.Sort(ogrns); len(slices.Compact(ogrns)) < len(ogrns) || a.by == counterparty.OGRN && len(ogrns) > 1 {
			return fact.Otherwise("an OGRN has several items")
		}
	}
	switch {
	case len(a.companies) == 0:
		return fact.NotMet("no item")
	case a.by == counterparty.OGRN:
		return fact.Holds("one each")
	}
	return fact.Holds("%d of %d have several", several, len(a.companies))
}
