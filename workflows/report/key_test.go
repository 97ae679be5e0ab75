package report_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

// keyedTypes are a type with a key of its own, of which workers say whether they hold it.
func keyedTypes(t *testing.T, held bool) *reportWorld {
	t.Helper()
	w := newReportWorld(t, "types:\n- id: full\n  konturKey: ACME\n  sources:\n  - {id: kontur.req, method: req}\n  - {id: kontur.sites, method: sites}\n")
	w.env.RegisterActivityWithOptions(func(request pass.FindKeyHolderRequest) (pass.FindKeyHolderResult, error) {
		require.Equal(t, pass.KeyName("ACME"), request.Key)
		return pass.FindKeyHolderResult{Held: held}, nil
	}, activity.RegisterOptions{Name: string(pass.FindKeyHolder)})
	return w
}

func TestReport_asksOnTheQueueOfTheKeyOfItsType(t *testing.T) {
	t.Parallel()
	w := keyedTypes(t, true)
	queues := map[string]int{}
	w.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == string(report.AskSource) {
			w.mu.Lock()
			defer w.mu.Unlock()
			queues[info.TaskQueue]++
		}
	})
	w.run(full())
	require.Equal(t, ss.Counters{OK: 2}, w.document(t).Sources.Counts())
	require.Equal(t, map[string]int{"main-kontur-reports-key-acme": 2}, queues)
}

func TestReport_whoseKeyNoWorkerHoldsSaysSo(t *testing.T) {
	t.Parallel()
	w := keyedTypes(t, false)
	w.run(full())
	d := w.document(t)
	for _, source := range d.Sources.Sources() {
		require.Equal(t, ss.FailedInternally, source.State, source.ID)
		require.Contains(t, source.Reason, "no worker holds the key ACME of Kontur.Focus; hint: set KONTUR_KEY_ACME")
	}
	require.Empty(t, w.asked)
}
