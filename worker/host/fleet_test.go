package host

import (
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
	"counterparty-sync/internal/pass"
)

// TestWorkersShareTheRateWhileBothAsk: two requests of different classes at once, ten times, with each of the keys.
func TestWorkersShareTheRateWhileBothAsk(t *testing.T) {
	t.Parallel()
	for _, key := range []pass.KeyName{"", "ACME"} {
		t.Run("key "+string(key), func(t *testing.T) {
			t.Parallel()
			shareTheRate(t, key)
		})
	}
}

func shareTheRate(t *testing.T, key pass.KeyName) {
	t.Helper()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	server := konturtest.NewServer(t)
	o := Options{World: outside.World{Kontur: konturFor(t, server, server.Key(), metrics)}, Worker: config.Worker{TaskQueue: "queue"}, Log: zap.NewNop()}
	if key != "" {
		o.ByKey = map[pass.KeyName]*kontur.Client{key: konturFor(t, server, server.Key(), metrics)}
	}
	var pollers []*taskqueuepb.PollerInfo
	for n := range 50 {
		pollers = append(pollers, &taskqueuepb.PollerInfo{Identity: fmt.Sprint(n), LastAccessTime: timestamppb.Now()})
	}
	c := mocks.NewClient(t)
	c.On("DescribeTaskQueue", mock.Anything, mock.Anything, mock.Anything).Return(&workflowservice.DescribeTaskQueueResponse{Pollers: pollers}, nil)
	o.Temporal = c
	sharing := sharing{Options: o, holders: map[pass.KeyName]map[string]bool{}}
	require.NoError(t, sharing.count(t.Context()))
	began := time.Now()
	for range 10 {
		var both sync.WaitGroup
		for _, class := range []kontur.Class{kontur.ForPass, kontur.ForReport} {
			both.Go(func() {
				_, err := o.clientOf(key).Query(kontur.WithClass(t.Context(), class), "req", counterparty.Askable(counterparty.INN, []string{konturtest.INN(1)}), func(kontur.Item) error { return nil })
				require.NoError(t, err)
			})
		}
		both.Wait()
	}
	require.Greater(t, time.Since(began), 500*time.Millisecond, "20 requests at a fiftieth of 1,000 a second, and not in 20 ms")
}

// A worker whose slots are all taken is not seen to ask for more. It counts as long as it is at work.
func TestAWorkerThatWasSeenToHoldAKeyHoldsIt(t *testing.T) {
	t.Parallel()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	server := konturtest.NewServer(t)
	polled := func(identities ...string) *workflowservice.DescribeTaskQueueResponse {
		var pollers []*taskqueuepb.PollerInfo
		for _, identity := range identities {
			pollers = append(pollers, &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.Now()})
		}
		return &workflowservice.DescribeTaskQueueResponse{Pollers: pollers}
	}
	c := mocks.NewClient(t)
	look := func(workers, holders *workflowservice.DescribeTaskQueueResponse) {
		c.On("DescribeTaskQueue", mock.Anything, "queue", enums.TASK_QUEUE_TYPE_WORKFLOW).Return(workers, nil).Twice()
		c.On("DescribeTaskQueue", mock.Anything, "queue-kontur-key-acme", enums.TASK_QUEUE_TYPE_ACTIVITY).Return(holders, nil).Once()
	}
	s := sharing{holders: map[pass.KeyName]map[string]bool{}, Options: Options{Temporal: c, Worker: config.Worker{TaskQueue: "queue"}, World: outside.World{
		Kontur: konturFor(t, server, server.Key(), metrics), ByKey: map[pass.KeyName]*kontur.Client{"ACME": konturFor(t, server, server.Key(), metrics)},
	}}}
	look(polled("a", "b", "c"), polled("a", "b"))
	require.NoError(t, s.count(t.Context()))
	require.Equal(t, map[string]bool{"a": true, "b": true}, s.holders["ACME"])
	look(polled("a", "b", "c"), polled("a"))
	require.NoError(t, s.count(t.Context()))
	require.Equal(t, map[string]bool{"a": true, "b": true}, s.holders["ACME"], "b is busy")
	look(polled("a", "c"), polled("a"))
	require.NoError(t, s.count(t.Context()))
	require.Equal(t, map[string]bool{"a": true}, s.holders["ACME"], "b is gone")
}
