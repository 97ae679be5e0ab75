package report_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

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

// The time in the queue is not the source's: while a worker holds the key, a question that none has begun waits on.
func TestReport_whoseQuestionsWaitLongInTheQueueOfItsKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		held bool
		want ss.State
		says string
	}{
		{"a worker holds the key, and others wait before", true, ss.Answered, ""},
		{"the key went away meanwhile", false, ss.FailedInternally, "no worker holds the key ACME of Kontur.Focus"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := keyedTypes(t, true)
			questions := 0
			w.env.OnActivity(string(pass.FindKeyHolder), mock.Anything).Return(func(pass.FindKeyHolderRequest) (pass.FindKeyHolderResult, error) {
				questions++
				return pass.FindKeyHolderResult{Held: questions == 1 || tt.held}, nil
			})
			w.answers[req] = func(r report.AskRequest, call int) (report.AskResult, error) {
				if call <= 3 {
					return report.AskResult{}, temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
				}
				return known(r, call)
			}
			w.run(full())
			state := w.document(t).Sources.Sources()[0]
			require.Equal(t, tt.want, state.State, state.Reason)
			require.Contains(t, state.Reason, tt.says)
		})
	}
}
