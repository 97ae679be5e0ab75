package kontur_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
)

func TestQueryTakesNoneUsableForUnknownAndTellsTheObserver(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.Inject(konturtest.Fault{Status: 400, Text: "inn/ogrn param is not specified"})
	var calls observed
	items, err := query(t.Context(), newClient(t, s, calls.observe), "req", counterparty.INN, []string{inn1, inn2})
	require.NoError(t, err)
	require.Empty(t, items)
	call := calls.list()[0]
	require.True(t, call.NoneUsable)
	require.Equal(t, 400, call.Status)
	require.Equal(t, 2, call.IDs)
}

func TestObserveSeesEachRequest(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: inn1, OGRN: ogrn1})
	var calls observed
	c := newClient(t, s, calls.observe)
	items, err := query(t.Context(), c, "req", counterparty.INN, []string{inn1, inn2})
	require.NoError(t, err)
	s.Inject(konturtest.Fault{Status: 503, Text: "later"})
	_, err = c.Quotas(t.Context())
	require.Error(t, err)

	list := calls.list()
	require.Len(t, list, 2)
	require.Equal(t, len(items), list[0].Items)
	require.Positive(t, list[0].Bytes)
	require.Positive(t, list[0].Duration)
	require.WithinDuration(t, time.Now(), list[0].Date, time.Minute)
	list[0].Bytes, list[0].Duration, list[0].Waited, list[0].Date = 0, 0, 0, time.Time{}
	list[1].Duration, list[1].Waited, list[1].Date = 0, 0, time.Time{}
	require.Equal(t, kontur.Call{Method: "req", Status: 200, IDs: 2, Items: 1}, list[0])
	require.Equal(t, kontur.Call{Method: "stat", Status: 503, Kind: kontur.Unavailable, Bytes: 5}, list[1])
}

func TestQueryCancelledByItsCallerIsNoFaultOfTheServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := konturtest.NewServer(t, konturtest.WithOnRequest(func(konturtest.Request) { cancel() }))
	s.Inject(konturtest.Fault{Trouble: konturtest.CutConnection})
	_, err := query(ctx, newClient(t, s), "req", counterparty.INN, []string{inn1})
	require.ErrorIs(t, err, context.Canceled)
	var e *kontur.Error
	require.False(t, errors.As(err, &e))
	requireNoKey(t, err, s.Key())
}

// observed collects calls.
type observed struct {
	mu    sync.Mutex
	calls []kontur.Call
}

func (o *observed) observe(options *kontur.Options) {
	options.Observe = func(c kontur.Call) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.calls = append(o.calls, c)
	}
}

func (o *observed) list() []kontur.Call {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}
