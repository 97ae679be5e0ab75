package codec

import (
	"context"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// DataConverter encodes what it makes and decodes what it reads: everything that a client of Temporal sends.
//
// In a workflow, reading what can't be decoded is a panic, for which the SDK fails the workflow task and tries it again, in sight of
// everybody, until a worker comes that has the key: with an error the run would go on another way than it went before. What needs
// a key that is lost is an error there too, for nobody will ever have it.
func (c *Codec) DataConverter() converter.DataConverter {
	return outside{converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)}
}

// outside is the converter of activities and clients, inside that of workflows.
type (
	outside struct{ converter.DataConverter }
	inside  struct{ converter.DataConverter }
)

var _ converter.ContextAware = outside{}

// WithWorkflowContext implements converter.ContextAware.
func (o outside) WithWorkflowContext(converter.WorkflowContext) converter.DataConverter {
	return inside(o)
}

// WithContext implements converter.ContextAware.
func (o outside) WithContext(context.Context) converter.DataConverter { return o }

// FromPayload implements converter.DataConverter.
func (i inside) FromPayload(payload *commonpb.Payload, into any) error {
	return panicUnlessLost(i.DataConverter.FromPayload(payload, into))
}

// FromPayloads implements converter.DataConverter.
func (i inside) FromPayloads(payloads *commonpb.Payloads, into ...any) error {
	return panicUnlessLost(i.DataConverter.FromPayloads(payloads, into...))
}

// panicUnlessLost returns an error that is not about the encoding, or about what is encoded with a key that is lost.
func panicUnlessLost(err error) error {
	if IsUndecoded(err) {
		panic(err)
	}
	return err
}

// IsUndecoded reports whether something could not be read because it is encoded, and might be with another file of keys, or another release.
func IsUndecoded(err error) bool {
	_, missing := errors.AsType[*MissingKeyError](err)
	_, damaged := errors.AsType[*DamagedError](err)
	return missing || damaged
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
