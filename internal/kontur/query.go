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
	"counterparty-sync/internal/kontur/methods"
)

// Item is one company in an answer. Several items may share an INN; the OGRN is unique.
type Item struct {
	// INN and OGRN (OGRNIP for a sole proprietor) as the server gives them. The one that was not asked by may be empty.
	INN, OGRN string
	// Object is the whole item without nulls and without one-off links. Its numbers are json.Number, which keeps every
	// decimal and which gojq takes as it is. It is nil if the item has more than Options.MaxItemBytes.
	Object map[string]any
	// Bytes is the size of the item as the server wrote it.
	Bytes int64
}

// Query asks a method, one of methods.All, about companies by identifiers of one kind, as counterparty.Askable gives them,
// and hands out what is known, in no particular order, item by item while the answer is read: of all answers that the
// client reads at a time one item is decoded, so that each must neither wait for anything nor keep the object. Without
// identifiers Kontur.Focus is not asked. More than 100 are asked in several calls, one after the other, and so are fewer
// where answers weighed much; the first that fails ends it. Unknown identifiers are missing.
//
// It returns how many calls that took. Errors are *Error, wrap the error of ctx if that ended, or are those of each. After
// an error, what was handed out is no answer: others with the same INN may be missing. What was asked is paid all the same.
func (c *Client) Query(ctx context.Context, method string, ids []counterparty.Identifier, each func(Item) error) (calls int, err error) {
	if !slices.Contains(methods.All(), method) {
		return 0, newError(clean(method, c.options.Key), BadRequest, 0, "not a method of Kontur.Focus that is known here")
	}
	for len(ids) > 0 {
		n := c.weights.share(method, len(ids))
		calls++
		if _, err := c.queryOnce(ctx, method, ids[:n], 0, each); err != nil {
			return calls, err
		}
		ids = ids[n:]
	}
	return calls, nil
}

// queryOnce makes one call, which may take so long; 0 is what any of the method may take.
func (c *Client) queryOnce(ctx context.Context, method string, ids []counterparty.Identifier, within time.Duration, each func(Item) error) (call Call, err error) {
	by := ids[0].Kind()
	call.IDs = len(ids)
	if by != counterparty.INN && by != counterparty.OGRN {
		return call, newError(method, BadRequest, 0, fmt.Sprintf("companies are asked by inn or ogrn, not by %q", by))
	}
	// refused is an error of each, which is no failure of the call. naming counts the items that name a company.
	var refused error
	naming := 0
	defer func() {
		if refused == nil {
			c.finish(&call, err)
			return
		}
		c.finish(&call, nil)
	}()

	texts := counterparty.Texts(ids)
	// Identifiers are digits, so the comma is all that needs an escape. Both forms of it work; this is what net/url makes.
	o := outgoing{method: method, query: string(by) + "=" + strings.Join(texts, "%2C"), most: maxAnswerBytes + int64(len(ids))*c.options.MaxItemBytes, within: within}
	err = c.ask(ctx, o, &call, func(element element) error {
		select {
		case c.decoding <- struct{}{}:
			defer func() { <-c.decoding }()
		case <-ctx.Done():
			return ctx.Err()
		}
		item, ok, err := decodeItem(element)
		if item.INN != "" || item.OGRN != "" {
			naming++
		}
		switch {
		case err != nil:
			return err
		case !ok:
			return nil
		case by == counterparty.INN && slices.Contains(texts, item.INN) || by == counterparty.OGRN && slices.Contains(texts, item.OGRN):
			// Answers are joined by value.
			call.Items++
			refused = each(item)
			return refused
		}
		call.Dropped++
		return nil
	})
	var e *Error
	switch {
	case errors.As(err, &e) && e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Text), textNoIDs):
		call.NoneUsable = true
		return call, nil
	case errors.Is(err, errTooLarge):
		e := newError(method, BadResponse, http.StatusOK, fmt.Sprintf("the answer about %s has more than %d bytes", about(ids), o.most))
		e.Hint = "leave this source out of the sync, or raise the client's limit"
		return call, e
	case err == nil && naming == 0 && call.Items+call.Dropped > 0:
		return call, nameless(method)
	case err == nil:
		c.weights.note(method, len(ids), call.Bytes)
	}
	return call, err
}

// nameless is an answer of objects none of which names a company, such as [{"error": "…"}]. Taken for an answer it would
// mean that no company is known, or watched.
func nameless(method string) *Error {
	return newError(method, BadResponse, http.StatusOK, "none of the objects in the answer says which company it is about")
}

// about names who was asked about.
func about(ids []counterparty.Identifier) string {
	if len(ids) == 1 {
		return fmt.Sprintf("%s %s", ids[0].Kind(), ids[0])
	}
	return fmt.Sprintf("%d companies", len(ids))
}
