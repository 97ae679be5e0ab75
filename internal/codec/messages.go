package codec

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// DecodeMessage decodes all that is encoded in a message of Temporal's API, such as a history, where it stands. What can't be decoded is left
// as it is, and the first reason is returned.
func (c *Codec) DecodeMessage(ctx context.Context, message proto.Message) error {
	var problem error
	payloads := proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(_ *proxy.VisitPayloadsContext, encoded []*commonpb.Payload) ([]*commonpb.Payload, error) {
		decoded := make([]*commonpb.Payload, len(encoded))
		for i, payload := range encoded {
			plain, err := c.decode(payload)
			if err != nil {
				plain = payload
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
