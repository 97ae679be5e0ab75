package syncs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// mark is the one that the manager of a world makes.
const mark = "1970-01-01T00:00:00Z"

// ran is the information of a schedule whose last pass "pass-1" was started at a time.
func ran(at time.Time) client.ScheduleInfo {
	return client.ScheduleInfo{NumActions: 1, RecentActions: []client.ScheduleActionResult{{
		ActualTime: at, StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: "pass-1", FirstExecutionRunID: "run-1"},
	}}}
}

// ended lets Temporal keep a pass that has ended so.
func (w *world) ended(t *testing.T, result pass.Result) {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(result)
	require.NoError(t, err)
	w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(&workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
			Status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload}},
		},
	}, nil)
}

func (w *world) gone() {
	w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(nil, serviceerror.NewNotFound("gone"))
}

// input is that of the schedule after the last update.
func (w *world) input() pass.Sync {
	return w.updated.Action.(*client.ScheduleWorkflowAction).Args[0].(pass.Sync)
}

func TestStatusDistinguishesWhatNeverRanFromWhatIsForgotten(t *testing.T) {
	t.Parallel()
	t.Run("never ran", func(t *testing.T) {
		t.Parallel()
		status, err := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, client.ScheduleInfo{}).manager.Status(t.Context(), "main")
		require.NoError(t, err)
		require.Equal(t, new(pass.InitialState()), status.State)
		require.Empty(t, status.StateNote)
	})
	t.Run("no longer kept", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, ran(time.Unix(0, 0)))
		w.gone()
		status, err := w.manager.Status(t.Context(), "main")
		require.NoError(t, err)
		require.Nil(t, status.State)
		require.Nil(t, status.Pass)
		require.Contains(t, status.StateNote, "pass pass-1 is no longer kept: the namespace's retention is over")
		require.ErrorIs(t, w.manager.Retry(t.Context(), "main"), ErrNotWaiting)
		_, err = w.manager.Answer(t.Context(), "main", pass.Approved, "")
		require.EqualError(t, err, "no pass is waiting for approval: the status is not known")
	})
	t.Run("the schedule has forgotten its starts", func(t *testing.T) {
		t.Parallel()
		status, err := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, client.ScheduleInfo{NumActions: 3}).manager.Status(t.Context(), "main")
		require.NoError(t, err)
		require.Nil(t, status.State)
		require.NotEmpty(t, status.StateNote)
	})
}

func TestRewindIsNotedForTheNextPass(t *testing.T) {
	t.Parallel()
	checkpoint, to := int64(900), int64(500)
	for name, tt := range map[string]struct {
		to   int64
		want Rewind
	}{
		"to a dbid":        {to, Rewind{To: &to, At: mark, Checkpoint: &checkpoint}},
		"to the beginning": {0, Rewind{At: mark, Checkpoint: &checkpoint}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, ran(time.Unix(0, 0)))
			w.ended(t, pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: &checkpoint}, Ended: pass.Completed})
			w.expectUpdate()
			got, err := w.manager.Rewind(t.Context(), "main", tt.to)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, &pass.Rewind{At: mark, To: tt.to}, w.input().Rewind)
		})
	}
}

func TestRewindIsRefusedWhileAPassRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.runs()
	_, err := w.manager.Rewind(t.Context(), "main", 500)
	require.EqualError(t, err, "a pass is running: pass-1")
}

func TestRewindIsPendingUntilAPassHasUsedIt(t *testing.T) {
	t.Parallel()
	before, later := time.Unix(-60, 0), time.Unix(60, 0)
	for name, tt := range map[string]struct {
		mark string
		// usedBy is the mark of the last pass, nil if it is no longer kept; startedAt is when it was.
		usedBy    *string
		startedAt time.Time
		want      bool
	}{
		"the last pass had none":                                {mark, new(""), before, true},
		"the last pass had another one":                         {mark, new("earlier"), later, true},
		"the last pass had it":                                  {mark, new(mark), later, false},
		"the last pass is no longer kept, and was before":       {mark, nil, before, true},
		"the last pass is no longer kept, and came later":       {mark, nil, later, false},
		"the last pass is no longer kept, and the mark no time": {"any", nil, before, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := optionsOf(t, nightly, true)
			options.Action.(*client.ScheduleWorkflowAction).Args = []any{pass.Sync{ID: "main", Rewind: &pass.Rewind{At: tt.mark, To: 500}}}
			w := newWorld(t, options, client.ScheduleState{}, ran(tt.startedAt))
			if tt.usedBy == nil {
				w.gone()
			} else {
				w.ended(t, pass.Result{Ended: pass.Completed, RewindAt: *tt.usedBy})
			}
			status, err := w.manager.Status(t.Context(), "main")
			require.NoError(t, err)
			require.Equal(t, tt.want, status.Rewind != nil)
		})
	}
}

// A rewind of the user's outlasts an apply that resets nothing; the last word counts where there are two.
func TestApplyAndRewind(t *testing.T) {
	t.Parallel()
	size := 50
	for name, tt := range map[string]struct {
		size  *int
		reset bool
		kept  bool
	}{
		"another configuration": {&size, false, true},
		"a reset":               {nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := optionsOf(t, nightly, true)
			sync := pass.Sync{ID: "main", Cron: nightly}
			rewound := sync.WithDefaults()
			rewound.Rewind = &pass.Rewind{At: "earlier", To: 500}
			options.Action.(*client.ScheduleWorkflowAction).Args = []any{rewound}
			w := newWorld(t, options, client.ScheduleState{}, client.ScheduleInfo{})
			w.expectUpdate()
			sync.BatchSize = tt.size
			_, err := w.manager.Apply(t.Context(), sync, specOf(t, nightly), tt.reset)
			require.NoError(t, err)
			require.Equal(t, tt.kept, w.input().Rewind != nil)
		})
	}
}

func specOf(t *testing.T, cron string) schedule.Spec {
	t.Helper()
	spec, err := schedule.Parse(cron, "")
	require.NoError(t, err)
	return spec
}
