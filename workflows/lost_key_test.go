package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/pass"
)

const (
	oldKey = `{id: "2026-10", key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=}`
	newKey = `{id: "2026-11", key: QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=}`
)

// withKeys is the codec of a worker with such a file of keys.
func withKeys(t *testing.T, items string) *codec.Codec {
	t.Helper()
	keys, err := codec.ParseKeys([]byte("keys: [" + items + "]"))
	require.NoError(t, err)
	return &codec.Codec{Compress: true, Keys: keys}
}

// What is under a key that is gone for good is not waited for, and not guessed.
func TestPassAfterOneThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	before := pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(20))}, Ended: pass.Stopped}
	const lost = `{id: "2026-10", lost: true}`
	for name, tt := range map[string]struct {
		keys   string
		failed bool
		after  int64
		unread string
	}{
		"the key was turned":                    {newKey + ", " + oldKey, false, 20, ""},
		"the key was turned, a failure":         {newKey + ", " + oldKey, true, 20, ""},
		"its key is lost":                       {newKey + ", " + lost, false, 0, `encrypted with key "2026-10", which is lost, as PAYLOAD_KEYS_FILE says`},
		"its key is lost, and it was a failure": {newKey + ", " + lost, true, 0, `encrypted with key "2026-10", which is lost, as PAYLOAD_KEYS_FILE says`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, earlier := newWorld(t, 50), withKeys(t, oldKey)
			if tt.failed {
				w.env.SetFailureConverter(earlier.FailureConverter())
				w.env.SetDataConverter(earlier.DataConverter())
				w.env.SetLastError(temporal.NewApplicationErrorWithOptions("failed", "Failed", temporal.ApplicationErrorOptions{Details: []any{before}}))
			} else {
				w.env.SetDataConverter(earlier.DataConverter())
				w.env.SetLastCompletionResult(before)
			}
			by := withKeys(t, tt.keys)
			w.env.SetFailureConverter(by.FailureConverter())
			w.env.SetDataConverter(by.DataConverter())
			w.run(config())
			result := w.result(t)
			require.Equal(t, tt.after, w.fetches[0].After)
			require.Equal(t, tt.unread, result.Forgotten)
			require.Equal(t, 50-tt.after, result.CountProcessedNodes)
		})
	}
}
