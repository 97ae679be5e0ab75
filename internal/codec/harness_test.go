package codec_test

import (
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func zstdOf(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(data, nil)
}

// bomb is small, and 65 MiB when it is decompressed.
func bomb(t testing.TB) []byte { return zstdOf(t, make([]byte, 65<<20)) }
