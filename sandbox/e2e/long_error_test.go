package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

// Temporal takes summaries of 400 bytes at most, and would refuse the timer's, again and again.
func TestLongErrorDoesNotStopAPass(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 5)
	s.apply("")
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: strings.Repeat("Сервис временно недоступен. ", 40), Match: konturtest.Questions(1)})
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 5, done.Pass.Counts.Updated)
}
