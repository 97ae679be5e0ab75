package codec_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/codec"
)

// BenchmarkCodec encodes and decodes payloads like those of a pass: what Kontur.Focus says of companies with random ids and names.
func BenchmarkCodec(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{100, 2_000, 20_000, 200_000} {
		var text strings.Builder
		for text.Len() < size {
			fmt.Fprintf(&text, `{"inn":"%010d","ogrn":"%013d","company":{"kind":"UL","kpp":"%09d","registrationDate":"2010-01-01"},"values":{"idocs:okpo":"%08d","idocs:juridicalAddress":"%06d, обл. %x, ул. %x, д. %d"}},`,
				random.IntN(1e10), random.IntN(1e13), random.IntN(1e9), random.IntN(1e8), random.IntN(1e6), random.Uint32(), random.Uint32(), random.IntN(200))
		}
		payload := payloadOf(b, text.String()[:size])
		for name, c := range map[string]*codec.Codec{"compressed": {Compress: true}, "encrypted": {Compress: true, Keys: keysOf(b, "a")}} {
			encoded := encode(b, c, payload)
			b.Run(fmt.Sprintf("%s/%d bytes/encode", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					encode(b, c, payload)
				}
				b.ReportMetric(float64(len(encoded.GetData()))/float64(size), "ratio")
			})
			b.Run(fmt.Sprintf("%s/%d bytes/decode", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					_, err := decode(c, encoded)
					require.NoError(b, err)
				}
			})
		}
	}
}
