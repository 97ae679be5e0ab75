package codec

import (
	"context"
	"errors"
	"maps"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// markLost notes on a payload whose key is lost that it is, for Decoded has no keys to know it by.
func markLost(payload *commonpb.Payload, err error) *commonpb.Payload {
	if _, lost := errors.AsType[*LostKeyError](err); !lost {
		return payload
	}
	metadata := maps.Clone(payload.GetMetadata())
	metadata[metadataLost] = []byte("true")
	return &commonpb.Payload{Metadata: metadata, Data: payload.GetData()}
}

// DecodeMessage decodes all that is encoded in a message of Temporal's API, such as a history, where it stands. What can't be decoded is left
// as it is, and the first reason is returned.
func (c *Codec) DecodeMessage(ctx context.Context, message proto.Message) error {
	var problem error
	payloads := proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(_ *proxy.VisitPayloadsContext, encoded []*commonpb.Payload) ([]*commonpb.Payload, error) {
		decoded := make([]*commonpb.Payload, len(encoded))
		for i, payload := range encoded {
			plain, err := c.decode(payload)
			if err != nil {
				plain = markLost(payload, err)
				if problem == nil {
					problem = err
				}
			}
			decoded[i] = plain
		}
		return decoded, nil
	}}
	if err := proxy.VisitPayloads(ctx, message, payloads); err != nil {
		return err
	}
	failures := proxy.VisitFailuresOptions{Visitor: func(_ *proxy.VisitFailuresContext, failure *failurepb.Failure) error {
		converter.DecodeCommonFailureAttributes(converter.GetDefaultDataConverter(), failure)
		return nil
	}}
	if err := proxy.VisitFailures(ctx, message, failures); err != nil {
		return err
	}
	return problem
}

// EncodeMessage encodes all payloads of a message of Temporal's API that are not encoded, where they stand.
func (c *Codec) EncodeMessage(ctx context.Context, message proto.Message) error {
	return proxy.VisitPayloads(ctx, message, proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
		encoded := make([]*commonpb.Payload, len(payloads))
		for i, payload := range payloads {
			encoded[i] = payload
			if encoding := encodingOf(payload); encoding == EncodingEncrypted || encoding == EncodingZstd && c.Keys == nil {
				continue
			}
			one, err := c.Encode([]*commonpb.Payload{payload})
			if err != nil {
				return nil, err
			}
			encoded[i] = one[0]
		}
		return encoded, nil
	}})
}
