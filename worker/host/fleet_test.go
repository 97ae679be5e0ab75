package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/outside"
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
			got, err := workersOf(t.Context(), Options{Temporal: c, Worker: config.Worker{TaskQueue: "queue"}})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestWorkersThatCannotBeCountedAreAnError(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	c.On("DescribeTaskQueue", mock.Anything, mock.Anything, mock.Anything).Return(nil, errors.New("refused"))
	_, err := workersOf(t.Context(), Options{Temporal: c, Worker: config.Worker{TaskQueue: "queue"}})
	require.EqualError(t, err, "describe task queue queue: refused")
}

// TestWorkersShareTheRateWhileBothAsk: two requests of different classes at once, ten times.
func TestWorkersShareTheRateWhileBothAsk(t *testing.T) {
	t.Parallel()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	server := konturtest.NewServer(t)
	o := Options{World: outside.World{Kontur: konturFor(t, server, server.Key(), metrics)}, Worker: config.Worker{TaskQueue: "queue"}, Log: zap.NewNop()}
	var pollers []*taskqueuepb.PollerInfo
	for n := range 50 {
		pollers = append(pollers, &taskqueuepb.PollerInfo{Identity: fmt.Sprint(n), LastAccessTime: timestamppb.Now()})
	}
	c, counted := mocks.NewClient(t), make(chan struct{})
	c.On("DescribeTaskQueue", mock.Anything, mock.Anything, mock.Anything).Run(func(mock.Arguments) { close(counted) }).
		Return(&workflowservice.DescribeTaskQueueResponse{Pollers: pollers}, nil).Once()
	o.Temporal = c
	ctx, cancel := context.WithCancel(t.Context())
	counting := countWorkers(ctx, o)
	<-counted
	began := time.Now()
	for range 10 {
		var both sync.WaitGroup
		for _, class := range []kontur.Class{kontur.ForPass, kontur.ForReport} {
			both.Go(func() {
				_, err := o.Kontur.Query(kontur.WithClass(ctx, class), "req", counterparty.Askable(counterparty.INN, []string{konturtest.INN(1)}), func(kontur.Item) error { return nil })
				require.NoError(t, err)
			})
		}
		both.Wait()
	}
	require.Greater(t, time.Since(began), 500*time.Millisecond, "20 requests at a fiftieth of 1,000 a second, and not in 20 ms")
	cancel()
	counting.Wait()
}
