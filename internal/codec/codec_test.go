package codec_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"counterparty-sync/internal/codec"
)

// fileOf is a file of keys, each of one repeated byte.
func fileOf(ids ...string) string {
	lines := []string{"keys:"}
	for _, id := range ids {
		lines = append(lines, fmt.Sprintf("- {id: %q, key: %q}", id, keyOf(id)))
	}
	return strings.Join(lines, "\n")
}

func keyOf(id string) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{id[len(id)-1]}, 32))
}

func keysOf(t testing.TB, ids ...string) *codec.Keys {
	t.Helper()
	keys, err := codec.ParseKeys([]byte(fileOf(ids...)))
	require.NoError(t, err)
	return keys
}

func payloadOf(t testing.TB, value any) *commonpb.Payload {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(value)
	require.NoError(t, err)
	payload.Metadata["more"] = []byte("is kept")
	return payload
}

func encode(t testing.TB, c *codec.Codec, payload *commonpb.Payload) *commonpb.Payload {
	t.Helper()
	encoded, err := c.Encode([]*commonpb.Payload{payload})
	require.NoError(t, err)
	return encoded[0]
}

func decode(c *codec.Codec, payload *commonpb.Payload) (*commonpb.Payload, error) {
	decoded, err := c.Decode([]*commonpb.Payload{payload})
	if err != nil {
		return nil, err
	}
	return decoded[0], nil
}

// text is one that gets smaller.
func text(n int) string {
	return strings.Repeat("Общество с ограниченной ответственностью ", n/76+1)
}

func TestCodecBringsBackWhatItWasGiven(t *testing.T) {
	t.Parallel()
	random := make([]byte, 3000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	values := map[string]any{
		"nothing": nil, "empty": "", "short": "7707083893", "bytes that don't get smaller": random, "long": text(500_000), "object": map[string]any{"inn": "7707083893"},
	}
	for name, c := range map[string]*codec.Codec{
		"as it is": {}, "compressed": {Compress: true}, "encrypted": {Keys: keysOf(t, "a")}, "both": {Compress: true, Keys: keysOf(t, "a", "b")},
	} {
		for what, value := range values {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				payload := payloadOf(t, value)
				before := proto.Clone(payload)
				encoded := encode(t, c, payload)
				require.True(t, proto.Equal(before, payload), "what was given is left alone")
				if c.Keys != nil {
					require.Equal(t, codec.EncodingEncrypted, string(encoded.GetMetadata()["encoding"]))
					require.Equal(t, "a", codec.KeyID(encoded))
					require.Len(t, encoded.GetMetadata(), 3, "the payload's own is not seen")
				} else {
					require.LessOrEqual(t, proto.Size(encoded), proto.Size(payload))
				}
				decoded, err := decode(c, encoded)
				require.NoError(t, err)
				require.True(t, proto.Equal(payload, decoded), "%v", decoded)
			})
		}
	}
}

func TestCodecCompresses(t *testing.T) {
	t.Parallel()
	payload := payloadOf(t, text(20_000))
	for _, c := range []*codec.Codec{{Compress: true}, {Compress: true, Keys: keysOf(t, "a")}} {
		require.Less(t, proto.Size(encode(t, c, payload)), 500)
	}
}

// The same payload twice must not look the same.
func TestCodecTakesAFreshNonceForEachPayload(t *testing.T) {
	t.Parallel()
	c, seen := &codec.Codec{Keys: keysOf(t, "a")}, map[string]bool{}
	for range 100 {
		nonce := string(encode(t, c, payloadOf(t, "7707083893")).GetData()[:12])
		require.False(t, seen[nonce])
		seen[nonce] = true
	}
}

// Whatever release encoded them, these are decoded: the form is on the disks of Temporal's servers.
func TestCodecDecodesWhatWasEncodedBefore(t *testing.T) {
	t.Parallel()
	encrypted := map[string]string{"encoding": "binary/encrypted", "encryption-cipher": "AES-256-GCM", "encryption-key-id": "a"}
	for name, golden := range map[string]struct {
		metadata map[string]string
		data     string
	}{
		"compressed": {map[string]string{"encoding": "binary/zstd"}, "28b52ffd646600cd030094060a160a08656e636f64696e67120a6a736f6e2f706c61696e0a0f0a046d6f726512076973206b65707412ba0222d09ed0" +
			"b1d189d0b5d181d182d0b2d0be20d18120d0bed0b3d180d0b0d0bdd0b8d187d0b5d0bdd0bdd0bed0b920d0beb5d182d181d182d18cd18e20220400e7" +
			"28d0f3998154391c6a951911357492"},
		"encrypted": {encrypted, "b9cd4c270b607e56daf02154fee8df24f39a8c0bce3d8024a1094cc0b4de92b20d511530e927de4991fc545f6916fbf05a062ff1224e01b65d02d85d" +
			"809f69af80298be5479aec54a2136d87a70be2af0808f9a1009362eca23e015e5d9e78987a839ee8c48ed70f8b934cb33e07f9b537f10b958dba2e1f" +
			"dd5e306e9e521295a3a7965e975431b517433fec937cc43aaa50fd36af1bc50fb91d038d541ea92a4aac26b66004f0feee6299c0fd0fe15fcf806cf8" +
			"6a853d767e97474bdfaebbe2da8b729d5a9fe3606778c87773164744bbe9243094e3367555d482dcf7bb15a0493a7bb344d74f07eb99f13392f459b1" +
			"5f22a5e790a832207419fabff24315d7b59ae2c0e75d6097910390e74c55f6827009805f48c913cb63efe4df08e805786b9fbe0043ee0d9fc50db069" +
			"ee0f996b6129c5cf9f225cab253068940a9c32e1dee4f001fd612c32228ecc58241638c6309fed697a8a044dc8772f89a09508a97247b5dff76d5b79" +
			"789e521920a8a423c276cde43730ad39ffee946c3cfa599a0062"},
		"compressed and encrypted": {encrypted, "fbc0507905d266042a8c64ad4a9f5ceb983820c249f308f06047a0ad66a79140a0fa9c89e317f1e8bb3e263091e7230ab146187fcbc80b66c26429eb" +
			"09a0896903121e6c8e965cc5cb3e90a161a9ae82ded4643edb7fd805fc5d111cb7af68c2f8cd4ca39b6364054766892fb9881c38131fd32e622f5571" +
			"834e503c2c95a68bd2cd617cc4afd129a6a16a19869a3acc4b122271df00a268b239c74086ec89f69cd74c1db151ab74d23fcd23f3b1d4ab46d66bb3" +
			"4f5a0213895003dd9def2f"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := hex.DecodeString(golden.data)
			require.NoError(t, err)
			payload := &commonpb.Payload{Metadata: map[string][]byte{}, Data: data}
			for name, value := range golden.metadata {
				payload.Metadata[name] = []byte(value)
			}
			decoded, err := decode(&codec.Codec{Keys: keysOf(t, "a")}, payload)
			require.NoError(t, err)
			require.True(t, proto.Equal(payloadOf(t, text(300)), decoded), "%v", decoded)
		})
	}
}

func TestCodecTurnsKeys(t *testing.T) {
	t.Parallel()
	old := encode(t, &codec.Codec{Keys: keysOf(t, "2026-01")}, payloadOf(t, "was"))
	turned := &codec.Codec{Keys: keysOf(t, "2026-02", "2026-01")}
	decoded, err := decode(turned, old)
	require.NoError(t, err)
	require.Equal(t, `"was"`, string(decoded.GetData()))
	require.Equal(t, "2026-02", codec.KeyID(encode(t, turned, decoded)), "the first one encrypts")
	_, err = decode(&codec.Codec{Keys: keysOf(t, "2026-02")}, old)
	var missing *codec.MissingKeyError
	require.ErrorAs(t, err, &missing)
	require.EqualError(t, err, `encrypted with key "2026-01", which PAYLOAD_KEYS_FILE does not have; if that key is gone for good, say so there: {id: "2026-01", lost: true}`)
	_, err = decode(&codec.Codec{}, old)
	require.ErrorAs(t, err, &missing, "no keys at all")
}

// Of a key that is gone for good nothing is waited for.
func TestCodecKnowsWhichKeysAreLost(t *testing.T) {
	t.Parallel()
	old := encode(t, &codec.Codec{Keys: keysOf(t, "2026-01")}, payloadOf(t, "was"))
	keys, err := codec.ParseKeys([]byte(fileOf("2026-02") + "\n- {id: \"2026-01\", lost: true}"))
	require.NoError(t, err)
	require.Equal(t, []string{"2026-02"}, keys.IDs())
	_, err = decode(&codec.Codec{Keys: keys}, old)
	var lost *codec.LostKeyError
	require.ErrorAs(t, err, &lost)
	require.EqualError(t, err, `encrypted with key "2026-01", which is lost, as PAYLOAD_KEYS_FILE says`)
}

// A workflow that went on without what it can't read would go another way than it went before.
func TestConverterOfWorkflowsPanicsForWhatAnotherWorkerMayRead(t *testing.T) {
	t.Parallel()
	keys, err := codec.ParseKeys([]byte(fileOf("2026-02") + "\n- {id: lost, lost: true}"))
	require.NoError(t, err)
	everywhere := (&codec.Codec{Keys: keys}).DataConverter()
	inWorkflows := everywhere.(converter.ContextAware).WithWorkflowContext(nil)
	missing := encode(t, &codec.Codec{Keys: keysOf(t, "2026-01")}, payloadOf(t, "was"))
	damaged := encode(t, &codec.Codec{Keys: keysOf(t, "2026-02")}, payloadOf(t, "was"))
	damaged.Data[20] ^= 1
	var text string
	for _, payload := range []*commonpb.Payload{missing, damaged} {
		require.Error(t, everywhere.FromPayload(payload, &text))
		require.Panics(t, func() { _ = inWorkflows.FromPayload(payload, &text) })
		require.Panics(t, func() {
			_ = inWorkflows.FromPayloads(&commonpb.Payloads{Payloads: []*commonpb.Payload{payload}}, &text)
		})
	}
	lost := encode(t, &codec.Codec{Keys: keysOf(t, "lost")}, payloadOf(t, "was"))
	require.ErrorContains(t, inWorkflows.FromPayload(lost, &text), "which is lost")
	require.Error(t, inWorkflows.FromPayload(payloadOf(t, 7), &text), "of another type")
	require.NoError(t, inWorkflows.FromPayload(encode(t, &codec.Codec{Keys: keys}, payloadOf(t, "is")), &text))
	require.Equal(t, "is", text)
}

func TestCodecRefusesWhatIsNotAsItWasEncoded(t *testing.T) {
	t.Parallel()
	both := &codec.Codec{Compress: true, Keys: keysOf(t, "a")}
	plain := &codec.Codec{Compress: true}
	tests := map[string]struct {
		codec *codec.Codec
		spoil func(p *commonpb.Payload)
		want  string
	}{
		"a bit of the data":        {both, func(p *commonpb.Payload) { p.Data[20] ^= 1 }, `can't be decoded: it was changed since, or key "a" is not the one that it was encrypted with`},
		"a bit of the nonce":       {both, func(p *commonpb.Payload) { p.Data[0] ^= 1 }, "it was changed since"},
		"the end is missing":       {both, func(p *commonpb.Payload) { p.Data = p.Data[:len(p.Data)-1] }, "it was changed since"},
		"nearly all is missing":    {both, func(p *commonpb.Payload) { p.Data = p.Data[:27] }, "can't be decoded: 27 bytes, of which the end is missing"},
		"all is missing":           {both, func(p *commonpb.Payload) { p.Data = nil }, "can't be decoded: 0 bytes"},
		"the id of another key":    {&codec.Codec{Keys: keysOf(t, "a", "b")}, func(p *commonpb.Payload) { p.Metadata["encryption-key-id"] = []byte("b") }, "it was changed since"},
		"no id":                    {both, func(p *commonpb.Payload) { delete(p.Metadata, "encryption-key-id") }, `encrypted with key ""`},
		"a cipher of the future":   {both, func(p *commonpb.Payload) { p.Metadata["encryption-cipher"] = []byte("XAES-256-GCM") }, `can't be decoded: encrypted with "XAES-256-GCM", which this release does not know; it knows AES-256-GCM`},
		"compressed, half of it":   {plain, func(p *commonpb.Payload) { p.Data = p.Data[:len(p.Data)/2] }, "can't be decoded: binary/zstd: "},
		"compressed, other bytes":  {plain, func(p *commonpb.Payload) { p.Data = []byte("no zstd at all") }, "can't be decoded: binary/zstd: "},
		"compressed, no payload":   {plain, func(p *commonpb.Payload) { p.Data = zstdOf(t, []byte("\xff\xff\xff")) }, "can't be decoded: what was encoded is no payload"},
		"compressed, out of range": {plain, func(p *commonpb.Payload) { p.Data = bomb(t) }, "can't be decoded: binary/zstd: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := encode(t, tt.codec, payloadOf(t, text(1000)))
			tt.spoil(payload)
			_, err := decode(tt.codec, payload)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), keyOf("a"))
		})
	}
}

// An encoding that is none of ours is for whoever reads the payload.
func TestCodecLeavesOtherEncodingsAlone(t *testing.T) {
	t.Parallel()
	payload := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/brotli")}, Data: []byte("x")}
	decoded, err := decode(&codec.Codec{Keys: keysOf(t, "a")}, payload)
	require.NoError(t, err)
	require.True(t, proto.Equal(payload, decoded))
}

func TestDecodedSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	var got string
	c := &codec.Codec{Compress: true, Keys: keysOf(t, "a")}
	require.NoError(t, codec.Decoded.FromPayload(payloadOf(t, "plain"), &got))
	require.Equal(t, "plain", got)
	require.NoError(t, codec.Decoded.FromPayload(encode(t, &codec.Codec{Compress: true}, payloadOf(t, text(1000))), &got), "that needs no key")
	require.Equal(t, text(1000), got)
	encrypted := encode(t, c, payloadOf(t, "secret"))
	var missing *codec.MissingKeyError
	require.ErrorAs(t, codec.Decoded.FromPayload(encrypted, &got), &missing)
	require.ErrorAs(t, codec.Decoded.FromPayloads(&commonpb.Payloads{Payloads: []*commonpb.Payload{encrypted}}, &got), &missing)
	require.Equal(t, "a", missing.ID)
}

func TestConvertersEncodeMessagesOfFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys *codec.Keys
		want string
	}{"without keys they are read as ever": {nil, "7707083893 is unknown"}, "with keys": {keysOf(t, "a"), "Encoded failure"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &codec.Codec{Compress: true, Keys: tt.keys}
			failure := c.FailureConverter().ErrorToFailure(fmt.Errorf("7707083893 is unknown"))
			require.Equal(t, tt.want, failure.GetMessage())
			require.ErrorContains(t, c.FailureConverter().FailureToError(failure), "7707083893 is unknown")
			value, err := c.DataConverter().ToPayload("7707083893")
			require.NoError(t, err)
			require.Equal(t, tt.keys != nil, codec.KeyID(value) == "a")
		})
	}
}
