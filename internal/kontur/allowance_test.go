package kontur_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

func TestTurnCountsTheRequestsAndNotTheWait(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	s.AddCompany(konturtest.Company{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1)})
	client, err := kontur.New(kontur.Options{BaseURL: s.URL(), Key: secret.New(s.Key()), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	ask := func(allowance *kontur.Allowance, method string) error {
		_, err := query(kontur.WithAllowance(context.Background(), allowance), client, method, counterparty.INN, []string{konturtest.INN(1)})
		return err
	}
	s.Inject(konturtest.Fault{Method: "sites", Delay: 300 * time.Millisecond, Times: 1})
	slow := kontur.NewAllowance(time.Minute)
	done := make(chan error, 1)
	go func() { done <- ask(slow, "sites") }()
	require.Eventually(t, func() bool { return s.Count("sites") == 1 }, 5*time.Second, time.Millisecond)

	quick := kontur.NewAllowance(200 * time.Millisecond)
	require.NoError(t, ask(quick, "req"), "it waited for the only slot longer than its limit")
	require.False(t, quick.Late())
	require.Less(t, quick.Spent(), 200*time.Millisecond)
	require.NoError(t, <-done)
	require.GreaterOrEqual(t, slow.Spent(), 300*time.Millisecond)

	s.Inject(konturtest.Fault{Method: "req", Delay: time.Minute, Times: 1})
	late := kontur.NewAllowance(50 * time.Millisecond)
	require.Error(t, ask(late, "req"))
	require.True(t, late.Late())
	require.GreaterOrEqual(t, late.Spent(), 50*time.Millisecond)
}
