package fleet_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/fleet"
)

var now = time.Now().Add(time.Hour) // by Temporal's clock

func poller(identity string, ago time.Duration) *taskqueuepb.PollerInfo {
	return &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.New(now.Add(-ago))}
}

func describes(c *mocks.Client, queue string, kind enums.TaskQueueType, pollers ...*taskqueuepb.PollerInfo) {
	c.On("DescribeTaskQueue", mock.Anything, queue, kind).Return(&workflowservice.DescribeTaskQueueResponse{Pollers: pollers}, nil)
}

func TestWorkersAreThoseWhoAskedForWorkLately(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		pollers []*taskqueuepb.PollerInfo
		want    []string
	}{
		{"none yet", nil, nil},
		{"two", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@b", time.Minute)}, []string{"1@a", "1@b"}},
		{"several calls of one", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@a", time.Minute)}, []string{"1@a"}},
		{"one that is gone", []*taskqueuepb.PollerInfo{poller("1@a", time.Second), poller("1@b", 2*time.Minute)}, []string{"1@a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mocks.NewClient(t)
			describes(c, "queue", enums.TASK_QUEUE_TYPE_WORKFLOW, tt.pollers...)
			got, err := fleet.Workers(t.Context(), c, "queue")
			require.NoError(t, err)
			require.Equal(t, tt.want, slices.Sorted(maps.Keys(got)))
		})
	}
}

// One that has no slot free asks for no more questions, and one that was stopped asks for nothing.
func TestHoldersAreWorkersWhoAskedForQuestionsWithTheKey(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	describes(c, "queue", enums.TASK_QUEUE_TYPE_WORKFLOW, poller("1@a", 0), poller("1@b", time.Minute), poller("1@c", 0), poller("1@gone", 3*time.Minute))
	describes(c, "queue-kontur-key-acme", enums.TASK_QUEUE_TYPE_ACTIVITY, poller("1@a", 0), poller("1@b", 4*time.Minute), poller("1@gone", 3*time.Minute))
	got, err := fleet.Holders(t.Context(), c, "queue", "ACME")
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"1@a": true, "1@b": true}, got)
}

func TestWorkersThatCannotBeSeenAreAnError(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	c.On("DescribeTaskQueue", mock.Anything, mock.Anything, mock.Anything).Return(nil, errors.New("refused"))
	_, err := fleet.Holders(t.Context(), c, "queue", "ACME")
	require.EqualError(t, err, "describe task queue queue: refused")
}
