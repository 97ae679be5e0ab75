package connect

import (
	"context"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/invalid"
)

// The variables that say how what Temporal keeps is encoded.
const (
	EnvPayloadKeys        = "PAYLOAD_KEYS_FILE"
	EnvPayloadCompression = "PAYLOAD_COMPRESSION"
)

// Payloads is the codec that the environment asks for.
func Payloads(env Environment) (*codec.Codec, error) {
	var l invalid.List
	c := &codec.Codec{Compress: true}
	switch value, _ := env.LookupEnv(EnvPayloadCompression); value {
	case "", "on":
	case "off":
		c.Compress = false
	default:
		l.Add(EnvPayloadCompression, value, "on or off")
	}
	if path, _ := env.LookupEnv(EnvPayloadKeys); path != "" {
		keys, err := codec.LoadKeys(path)
		if err != nil {
			l.Add(EnvPayloadKeys, path, "a file of payload keys; "+reason(err))
		}
		c.Keys = keys
	}
	return c, l.Err()
}

// encoded makes a client encode what it sends and decode what it reads.
func encoded(options *client.Options, c *codec.Codec) {
	options.DataConverter, options.FailureConverter = c.DataConverter(), c.FailureConverter()
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(decoding(c)))
}

// encodedKey marks contexts, see Encoded.
type encodedKey struct{}

// Encoded is a context in which what is read stays as Temporal keeps it.
func Encoded(ctx context.Context) context.Context { return context.WithValue(ctx, encodedKey{}, true) }

// decoding decodes what is only read, so that whoever reads protobuf messages, such as histories, needs no codec. What can't be decoded is left
// as it is, for the rest to be seen: codec.Decoded says why. A schedule that was read so and is written again is encoded on its way.
//
// Tasks are left to the SDK: what it can't decode fails the task, which people see, where a poll that fails would be nothing but a line in a log.
func decoding(c *codec.Codec) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if message, ok := request.(proto.Message); ok && writesSchedule(method) {
			message = proto.Clone(message) // the same request is sent again if it fails
			if err := c.EncodeMessage(ctx, message); err != nil {
				return err
			}
			request = message
		}
		if err := invoke(ctx, method, request, reply, cc, opts...); err != nil {
			return err
		}
		if message, ok := reply.(proto.Message); ok && reads(method) && ctx.Value(encodedKey{}) == nil {
			_ = c.DecodeMessage(ctx, message) // of what is left encoded, whoever needs it says so
		}
		if schedule, ok := reply.(*workflowservice.DescribeScheduleResponse); ok {
			showMetadata(c, schedule.GetSchedule().GetAction().GetStartWorkflow().GetUserMetadata())
		}
		return nil
	}
}

// showMetadata decodes the summary and the details of a schedule's passes in any case, or says there why they can't be: the SDK fails
// to describe a schedule where it can't read them, and all the rest of it would not be seen.
func showMetadata(c *codec.Codec, metadata *sdkpb.UserMetadata) {
	shown := func(payload *commonpb.Payload) *commonpb.Payload {
		if payload == nil {
			return nil
		}
		plain, err := c.Decode([]*commonpb.Payload{payload})
		if err == nil {
			return plain[0]
		}
		text, _ := converter.GetDefaultDataConverter().ToPayload(err.Error()) // of a text never fails
		return text
	}
	if metadata != nil {
		metadata.Summary, metadata.Details = shown(metadata.GetSummary()), shown(metadata.GetDetails())
	}
}

func writesSchedule(method string) bool {
	return method == workflowservice.WorkflowService_UpdateSchedule_FullMethodName || method == workflowservice.WorkflowService_CreateSchedule_FullMethodName
}

// reads reports whether a method does nothing but read what Temporal keeps.
func reads(method string) bool {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	if service != workflowservice.WorkflowService_ServiceDesc.ServiceName {
		return false
	}
	for _, prefix := range []string{"GetWorkflowExecutionHistory", "Describe", "List"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
