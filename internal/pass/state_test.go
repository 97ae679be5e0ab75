package pass_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

func TestState_keepsTheOrderOfItsKeys(t *testing.T) {
	t.Parallel()
	at, checkpoint, trouble := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), int64(4711), "Alfresco is down"
	tests := []struct {
		name string
		give pass.State
		want string
	}{
		{"initial", pass.InitialState(),
			`{"lastModifiedNodeDbid":null,"status":"TRIGGER_WAITING","countProcessedNodes":0,"tryCount":0,"nextTry":null,"error":null}`},
		{"waiting for a retry",
			pass.State{LastModifiedNodeDbid: &checkpoint, Status: pass.RetryWaiting, CountProcessedNodes: 300, TryCount: 2, NextTry: &at, Error: &trouble},
			`{"lastModifiedNodeDbid":4711,"status":"RETRY_WAITING","countProcessedNodes":300,"tryCount":2,` +
				`"nextTry":"2026-03-01T12:00:00Z","error":"Alfresco is down"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wire, err := json.Marshal(tt.give)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(wire))
			var again pass.State
			require.NoError(t, json.Unmarshal(wire, &again))
			require.Equal(t, tt.give, again)
		})
	}
}

// The next pass and scripts read a Result of an older build, so its keys are only ever added to.
func TestResult_beginsWithTheState(t *testing.T) {
	t.Parallel()
	wire, err := json.Marshal(pass.Result{State: pass.InitialState()})
	require.NoError(t, err)
	state, err := json.Marshal(pass.InitialState())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(wire), strings.TrimSuffix(string(state), "}")+","), string(wire))
	var keys map[string]any
	require.NoError(t, json.Unmarshal(wire, &keys))
	for _, key := range []string{"ended", "counts", "workflowId", "startedAt", "resumedFrom", "batches"} {
		require.Contains(t, keys, key)
	}
}

func TestResultFromMemo(t *testing.T) {
	t.Parallel()
	checkpoint := int64(4711)
	left := pass.Result{
		State: pass.State{LastModifiedNodeDbid: &checkpoint, Status: pass.InProgress, CountProcessedNodes: 300},
		Ended: pass.Stopped, Counts: counterparty.Counts{Updated: 299, Gone: 1}, WorkflowID: "counterparty-sync-main-1",
		StartedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), ResumedFrom: &checkpoint, Batches: 3, ResetAt: "2026-02-28T00:00:00Z",
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(left)
	require.NoError(t, err)
	memo := func(name string, payload *commonpb.Payload) *commonpb.Memo {
		return &commonpb.Memo{Fields: map[string]*commonpb.Payload{name: payload}}
	}
	tests := []struct {
		name    string
		give    *commonpb.Memo
		want    *pass.Result
		wantErr string
	}{
		{"as it was left", memo("state", payload), &left, ""},
		{"no memo", nil, nil, ""},
		{"an empty memo", &commonpb.Memo{}, nil, ""},
		{"a memo of others", memo("note", payload), nil, ""},
		{"no JSON", memo("state", &commonpb.Payload{Metadata: payload.Metadata, Data: []byte("{")}), nil, "read memo state"},
		{"encrypted by another worker", memo("state", &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/encrypted")}}),
			nil, "read memo state"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := pass.ResultFromMemo(tt.give)
			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
