package webui_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
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
	s := w.sites[completed]
	require.NoError(t, s.starter("", "keys", "reseal"))
	require.NotEmpty(t, w.payloads)
}
