package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/api"
)

// stat answers with what it has, and counts how often it was asked.
type stat struct {
	lines []kontur.Quota
	err   error
	asked int
}

func (c *stat) Quotas(context.Context) ([]kontur.Quota, error) {
	c.asked++
	return c.lines, c.err
}

func TestBalanceIsThatOfTheKey(t *testing.T) {
	t.Parallel()
	line := func(spent int64) *balance {
		return newBalance(&stat{lines: []kontur.Quota{{Methods: []string{"req"}, Limit: 10, Spent: spent}}})
	}
	all := balances{"": line(1), "SALES": line(2)}
	for key, spent := range map[pass.KeyName]int64{"": 1, "SALES": 2} {
		lines, err := all.quotas(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, []api.Quota{{Methods: []string{"req"}, Limit: 10, Spent: spent}}, lines)
	}
	_, err := all.quotas(t.Context(), "NONE")
	require.EqualError(t, err, "there is no key NONE of Kontur.Focus here")
}

func TestBalanceIsReadOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	c := &stat{lines: []kontur.Quota{
		{Methods: []string{"req"}, Limit: 10, Spent: 4, From: "2026-01-01", To: "2026-12-31"},
		{Methods: []string{"req"}, Limit: 10, Spent: 9, From: "2025-01-01", To: "2025-12-31"},
		{Methods: []string{"sites"}},
	}}
	b := &balance{contract: c, now: func() time.Time { return now }, turn: make(chan struct{}, 1)}
	for range 3 {
		lines, err := b.quotas(t.Context())
		require.NoError(t, err)
		require.Equal(t, []api.Quota{{Methods: []string{"req"}, Limit: 10, Spent: 4, From: "2026-01-01", To: "2026-12-31"}}, lines)
		now = now.Add(20 * time.Second)
	}
	require.Equal(t, 1, c.asked)
	c.err = errors.New("status 503")
	for range 2 {
		_, err := b.quotas(t.Context())
		require.EqualError(t, err, "status 503")
	}
	require.Equal(t, 2, c.asked, "that there is no answer holds for a minute, too")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	now, c.err = now.Add(time.Hour), nil
	_, err := b.quotas(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = b.quotas(t.Context())
	require.NoError(t, err, "who hung up took nothing from the others")
}
