package codec

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// DataConverter encodes what it makes and decodes what it reads: everything that a client of Temporal sends.
func (c *Codec) DataConverter() converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
}

// FailureConverter has the messages and stack traces of failures encoded as well where there are keys.
func (c *Codec) FailureConverter() converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: c.DataConverter(), EncodeCommonAttributes: c.Keys != nil,
	})
}

// Decoded reads payloads that came through a connection that decodes, see package connect. One that could not be decoded is still
// encoded: its error says which key it needs.
var Decoded converter.DataConverter = decoded{converter.GetDefaultDataConverter()}

type decoded struct{ converter.DataConverter }

// FromPayload implements converter.DataConverter.
func (d decoded) FromPayload(payload *commonpb.Payload, into any) error {
	plain, err := without.Decode([]*commonpb.Payload{payload})
	if err != nil {
		return err
	}
	return d.DataConverter.FromPayload(plain[0], into)
}

// FromPayloads implements converter.DataConverter.
func (d decoded) FromPayloads(payloads *commonpb.Payloads, into ...any) error {
	plain, err := without.Decode(payloads.GetPayloads())
	if err != nil {
		return err
	}
	return d.DataConverter.FromPayloads(&commonpb.Payloads{Payloads: plain}, into...)
}

// without has no keys.
var without = &Codec{}
