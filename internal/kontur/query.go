package kontur

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// maxIDs is Kontur.Focus's limit of identifiers in one call (OpenAPI, req and the other methods).
const maxIDs = pass.MaxBatchSize

// Item is one company in an answer. Several items may share an INN; the OGRN is unique.
type Item struct {
	// INN and OGRN (OGRNIP for a sole proprietor) as the server gives them. The one that was not asked by may be empty.
	INN, OGRN string
	// Object is the whole item without nulls and without one-off links. Its numbers are json.Number, which keeps every
	// decimal and which gojq takes as it is.
	Object map[string]any
}

// Query asks a method, one of pass.Sources, about companies by one kind of identifier and returns what is known, in no
// particular order. Identifiers that nobody may be asked about (empty, malformed, foreign) and repetitions are left out,
// and with none left nobody is asked. More than 100 are asked in several calls, one after the other; the first that
// fails ends it. Unknown identifiers are missing in the result.
//
// Errors are *Error, or wrap the error of ctx if that ended.
func (c *Client) Query(ctx context.Context, method string, by counterparty.IDKind, ids []string) ([]Item, error) {
	if !slices.Contains(pass.Sources(), method) {
		return nil, newError(clean(method, c.key), BadRequest, 0, "no method of Kontur.Focus that is known here")
	}
	if by != counterparty.INN && by != counterparty.OGRN {
		return nil, newError(method, BadRequest, 0, fmt.Sprintf("companies are asked by inn or ogrn, not by %q", by))
	}
	var items []Item
	for batch := range slices.Chunk(counterparty.Askable(by, ids), maxIDs) {
		some, err := c.queryBatch(ctx, method, by, batch)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	return items, nil
}

// queryBatch halves a batch whose answer is too large. What was read of that is lost, but paid once only: companies are
// metered once per period.
func (c *Client) queryBatch(ctx context.Context, method string, by counterparty.IDKind, ids []string) ([]Item, error) {
	items, err := c.queryOnce(ctx, method, by, ids)
	if !errors.Is(err, errTooLarge) {
		return items, err
	}
	if len(ids) == 1 {
		e := newError(method, BadResponse, http.StatusOK, fmt.Sprintf("the answer about %s %s has more than %d bytes", by, ids[0], c.maxBodyBytes))
		e.Hint = "leave this source out of the sync, or raise the limit of the client"
		return nil, e
	}
	half := len(ids) / 2
	first, err := c.queryBatch(ctx, method, by, ids[:half])
	if err != nil {
		return nil, err
	}
	second, err := c.queryBatch(ctx, method, by, ids[half:])
	return append(first, second...), err
}

func (c *Client) queryOnce(ctx context.Context, method string, by counterparty.IDKind, ids []string) (items []Item, err error) {
	call := Call{IDs: len(ids)}
	defer func() { c.finish(&call, err) }()

	// Identifiers are digits, so the comma is all that needs an escape. Both forms of it work; this is what net/url makes.
	body, err := c.get(ctx, method, string(by)+"="+strings.Join(ids, "%2C"), &call)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Text), textNoIDs):
		call.NoneUsable = true
		return nil, nil
	case err != nil:
		return nil, err
	}
	all, err := decode(body)
	if err != nil {
		return nil, c.badResponse(method, err)
	}
	items = asked(all, by, ids)
	call.Items, call.Dropped = len(items), len(all)-len(items)
	return items, nil
}

// asked keeps the items whose identifier is among ids: answers are joined by value.
func asked(items []Item, by counterparty.IDKind, ids []string) []Item {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		if by == counterparty.OGRN {
			return !wanted[i.OGRN]
		}
		return !wanted[i.INN]
	})
}

func (c *Client) badResponse(method string, err error) *Error {
	return newError(method, BadResponse, http.StatusOK, clean(err.Error(), c.key))
}
