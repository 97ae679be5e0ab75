package webui_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/codec"
	"counterparty-sync/sandbox/rig"
)

// withoutCodec opens the timeline of a completed pass while the codec server answers nobody.
func (w *world) withoutCodec(t *testing.T) *page {
	t.Helper()
	w.codecDown.Store(true)
	t.Cleanup(func() { w.codecDown.Store(false) })
	p := w.open(t, w.passPath(t, completed)+timelineTab)
	p.reads(w.passID(t, completed), "COMPLETED", "Codec Server could not connect")
	return p
}

// Without the codec server the statuses are there, and what is encoded is not; nothing else suffers.
func TestWithoutTheCodecServer(t *testing.T) {
	w := theWorld(t)
	p := w.withoutCodec(t)
	require.NotContains(t, p.text(), "segment 1: ")
	w.codecDown.Store(false)
	p = w.open(t, w.passPath(t, completed)+timelineTab)
	p.reads("segment 1: ")
}

// The control of the run in which all is encrypted: it is.
func TestEncryptedPassesAreEncrypted(t *testing.T) {
	w := theWorld(t)
	if os.Getenv(encrypted) == "" {
		t.Skip("this run is the other one")
	}
	stranger := rig.Dial(t, w.server.FrontendAddress()) // without keys
	first, err := stranger.GetWorkflowHistory(t.Context(), w.passID(t, completed), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	require.NoError(t, err)
	require.Equal(t, "2026-11", codec.KeyID(first.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()[0]))
}
