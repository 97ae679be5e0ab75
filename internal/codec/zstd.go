package codec

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// minCompressed is how large a payload is that may become smaller, in bytes of its data.
const minCompressed = 128

// windowSize is how far back repetitions are found, in bytes. Payloads are mostly smaller, and memory goes with it.
const windowSize = 128 << 10

// Both are made when the first one needs them, and are safe for concurrent use.
var (
	packer = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(windowSize),
			zstd.WithLowerEncoderMem(true), zstd.WithSingleSegment(true))
		must(err)
		return e
	})
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxDecoded))
		must(err)
		return d
	})
)

// must is about options, which are constants.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// compress makes a payload smaller, or returns it as it is.
func compress(payload *commonpb.Payload) (*commonpb.Payload, error) {
	if len(payload.GetData()) < minCompressed {
		return payload, nil
	}
	packed, err := proto.Marshal(payload)
	if err != nil {
		return nil, err
	}
	compressed := &commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(EncodingZstd)},
		Data:     packer().EncodeAll(packed, make([]byte, 0, len(packed)/2)),
	}
	if proto.Size(compressed) >= len(packed) {
		return payload, nil
	}
	return compressed, nil
}

func decompress(payload *commonpb.Payload) (*commonpb.Payload, error) {
	packed, err := unpacker().DecodeAll(payload.GetData(), nil)
	if err != nil {
		return nil, damaged("%s: %v", EncodingZstd, err)
	}
	return unpack(packed)
}
