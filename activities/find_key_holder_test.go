package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/pass"
)

func TestFindKeyHolder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// looks are who asks for questions with the key at each look.
		looks   [][]string
		err     error
		want    bool
		wantErr string
	}{
		{name: "a worker holds it", looks: [][]string{{"1@a"}}, want: true},
		{name: "a worker that has just started", looks: [][]string{nil, nil, {"1@a"}}, want: true},
		{name: "only one that was stopped", looks: [][]string{{"1@gone"}, {"1@gone"}}},
		{name: "nobody may ask", err: errors.New("refused"), wantErr: "describe task queue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			temporal := &mocks.Client{}
			answer := func(identities ...string) *workflowservice.DescribeTaskQueueResponse {
				r := &workflowservice.DescribeTaskQueueResponse{}
				for _, identity := range identities {
					r.Pollers = append(r.Pollers, &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.Now()})
				}
				return r
			}
			temporal.On("DescribeTaskQueue", mock.Anything, mock.Anything, enums.TASK_QUEUE_TYPE_WORKFLOW).Return(answer("1@a", "1@b"), tt.err)
			for i, identities := range tt.looks {
				call := temporal.On("DescribeTaskQueue", mock.Anything, mock.MatchedBy(func(queue string) bool {
					return queue == "default-test-taskqueue-kontur-key-acme"
				}), enums.TASK_QUEUE_TYPE_ACTIVITY).Return(answer(identities...), nil)
				if i+1 < len(tt.looks) {
					call.Once()
				}
			}
			w := newWorld(t)
			w.temporal = temporal
			got, err := execute[pass.FindKeyHolderResult](w.environment(), string(pass.FindKeyHolder), pass.FindKeyHolderRequest{Key: "ACME"})
			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got.Held)
		})
	}
}
