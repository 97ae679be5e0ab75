package codec_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"counterparty-sync/internal/codec"
)

// Whatever is on the disk of Temporal's server: a payload that can be decoded is one that can be encoded, and the rest are errors.
func FuzzDecode(f *testing.F) {
	c := &codec.Codec{Compress: true, Keys: keysOf(f, "a")}
	for _, each := range []*codec.Codec{c, {Compress: true}, {}} {
		data, err := proto.Marshal(encode(f, each, payloadOf(f, text(300))))
		require.NoError(f, err)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var payload commonpb.Payload
		if proto.Unmarshal(data, &payload) != nil {
			return
		}
		before := proto.Clone(&payload)
		decoded, err := decode(c, &payload)
		require.True(t, proto.Equal(before, &payload), "it is left alone")
		if err != nil {
			return
		}
		again, err := decode(c, encode(t, c, decoded))
		if codec.KeyID(decoded) == "" && string(decoded.GetMetadata()["encoding"]) != codec.EncodingZstd {
			require.NoError(t, err)
			require.True(t, proto.Equal(decoded, again))
		}
	})
}
