package workflows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// longWrites are those to the first nodes, full of text.
func longWrites() []counterparty.NodeOutcome {
	writes := make([]counterparty.NodeOutcome, 10)
	for n := range writes {
		writes[n] = counterparty.NodeOutcome{NodeID: fmt.Sprint(n + 1), Outcome: counterparty.Updated, Unsure: true}
		for i := range 12 {
			writes[n].Changes = append(writes[n].Changes, counterparty.Change{
				Attribute: fmt.Sprintf("idocs:attribute%d", i), Was: strings.Repeat("Ж", 2000), Became: strings.Repeat("Щ", 2000), Source: "req"})
		}
	}
	return writes
}

// A heartbeat may tell more than has room beside the answers in the next try's request, which Temporal would refuse for
// ever. The same writes are told, in less.
func TestALostWorkerHandsOverNoMoreThanTheNextRequestHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	last := longWrites() // 960 kB
	require.Equal(t, last, counterparty.Fit(last, pass.MaxAnnounced(pass.MaxRoom)))
	lost, size := 0, 0
	var told []counterparty.NodeOutcome
	w.update = func(r pass.DiffAndUpdateRequest, _ int64) error {
		payloads, err := converter.GetDefaultDataConverter().ToPayloads(r)
		require.NoError(t, err)
		told, size = r.Written, max(size, payloads.Size())
		require.Equal(t, pass.MaxRoom, r.Room)
		if lost < 10 {
			lost++
			return temporal.NewHeartbeatTimeoutError(pass.WriteHeartbeat{Changed: last})
		}
		return nil
	}
	w.run(config())
	require.EqualValues(t, 10, w.result(t).CountProcessedNodes)
	require.Less(t, size, 2<<20-pass.MaxAnswerBytes)
	require.Less(t, counterparty.Size(told), counterparty.Size(last)/2)
	require.Len(t, told, 10)
	for i, write := range told {
		require.True(t, write.SameChanges(last[i]))
	}
}
