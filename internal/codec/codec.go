// Package codec makes what Temporal keeps small, and unreadable for whoever has no key: payloads are compressed with zstd, and
// encrypted with AES-256-GCM if there are keys.
//
// A payload is packed whole, with its own metadata, so that nothing of it is seen but the encoding and the id of the key:
//
//	binary/zstd       zstd of the payload as protobuf
//	binary/encrypted  a nonce of 12 bytes, and AES-256-GCM of the payload as protobuf, which may be one of binary/zstd;
//	                  authenticated with it are encoding, cipher and key id
//
// No id of a workflow is authenticated: schedules, last results, heartbeats by token and the codec server have none.
//
// Words: to encode is to compress and to encrypt, to decode the reverse.
package codec

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// The encodings that this package makes, and the metadata of an encrypted payload.
const (
	EncodingZstd      = "binary/zstd"
	EncodingEncrypted = "binary/encrypted"

	metadataKeyID  = "encryption-key-id"
	metadataCipher = "encryption-cipher"
	cipherAES      = "AES-256-GCM"
	// metadataLost stands on payloads in memory alone, see markLost.
	metadataLost = "encryption-key-lost"
)

// maxDecoded bounds a payload that is decoded, in bytes: Temporal takes no larger ones than 2 MiB, and a server that is set up to
// take more is asked for at most what gRPC brings.
const maxDecoded = 64 << 20

// Codec encodes and decodes payloads. It is safe for concurrent use. The zero value leaves payloads as they are, and decodes what
// is compressed.
type Codec struct {
	// Compress has payloads compressed that are smaller then.
	Compress bool
	// Keys has payloads encrypted by its first key; nil does not.
	Keys *Keys
}

var _ converter.PayloadCodec = (*Codec)(nil)

// Encode implements converter.PayloadCodec. What was encoded before is encoded again.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	encoded := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		var err error
		if c.Compress {
			if payload, err = compress(payload); err != nil {
				return nil, err
			}
		}
		if c.Keys != nil {
			if payload, err = c.Keys.encrypt(payload); err != nil {
				return nil, err
			}
		}
		encoded[i] = payload
	}
	return encoded, nil
}

// Decode implements converter.PayloadCodec. Payloads that are neither compressed nor encrypted are returned as they are. Errors are
// *MissingKeyError, *LostKeyError and *DamagedError.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	decoded := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		var err error
		if decoded[i], err = c.decode(payload); err != nil {
			return nil, err
		}
	}
	return decoded, nil
}

func (c *Codec) decode(payload *commonpb.Payload) (*commonpb.Payload, error) {
	if encodingOf(payload) == EncodingEncrypted {
		var err error
		if payload, err = c.Keys.decrypt(payload); err != nil {
			return nil, err
		}
	}
	if encodingOf(payload) == EncodingZstd {
		return decompress(payload)
	}
	return payload, nil
}

// KeyID is the id of the key that a payload is encrypted with; empty if it is not.
func KeyID(payload *commonpb.Payload) string {
	if encodingOf(payload) != EncodingEncrypted {
		return ""
	}
	return string(payload.GetMetadata()[metadataKeyID])
}

func encodingOf(payload *commonpb.Payload) string {
	return string(payload.GetMetadata()[converter.MetadataEncoding])
}

// MissingKeyError says that a payload is encrypted with a key that is not among those given.
type MissingKeyError struct{ ID string }

// Error implements error.
func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("encrypted with key %q, which PAYLOAD_KEYS_FILE does not have; if that key is gone for good, say so there: {id: %q, lost: true}", e.ID, e.ID)
}

// LostKeyError says that a payload is encrypted with a key that is gone for good, so that nobody will ever read it.
type LostKeyError struct{ ID string }

// Error implements error.
func (e *LostKeyError) Error() string {
	return fmt.Sprintf("encrypted with key %q, which is lost, as PAYLOAD_KEYS_FILE says", e.ID)
}

// DamagedError says that a payload can't be decoded although its key, if it needs one, is there.
type DamagedError struct{ Reason string }

// Error implements error.
func (e *DamagedError) Error() string { return "can't be decoded: " + e.Reason }

func damaged(format string, args ...any) *DamagedError {
	return &DamagedError{fmt.Sprintf(format, args...)}
}

// unpack reads the payload that was packed.
func unpack(data []byte) (*commonpb.Payload, error) {
	var payload commonpb.Payload
	if err := proto.Unmarshal(data, &payload); err != nil {
		return nil, damaged("what was encoded is no payload")
	}
	return &payload, nil
}
