package host

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestWorkersAreThoseWhoAskedForWorkLately(t *testing.T) {
	t.Parallel()
	now := time.Now().Add(time.Hour) // by Temporal's clock
	poller := func(identity string, ago time.Duration) *taskqueuepb.PollerInfo {
		return &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.New(now.Add(-ago))}
	}
	for _, tt := range []struct {
		name    string
		pollers []*taskqueuepb.PollerInfo
		want    int
	}{
		{"none yet but this one", nil, 1},
		{"two", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@b", time.Minute)}, 2},
		{"several calls of one", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@a", time.Minute)}, 1},
		{"one that is gone", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@b", 2*time.Minute)}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mocks.NewClient(t)
			c.On("DescribeTaskQueue", mock.Anything, "queue", enums.TASK_QUEUE_TYPE_WORKFLOW).
				Return(&workflowservice.DescribeTaskQueueResponse{Pollers: tt.pollers}, nil)
			got, err := workersOf(t.Context(), Options{Temporal: c, TaskQueue: "queue"})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestWorkersThatCannotBeCountedAreAnError(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	c.On("DescribeTaskQueue", mock.Anything, mock.Anything, mock.Anything).Return(nil, errors.New("refused"))
	_, err := workersOf(t.Context(), Options{Temporal: c, TaskQueue: "queue"})
	require.EqualError(t, err, "describe task queue queue: refused")
}
