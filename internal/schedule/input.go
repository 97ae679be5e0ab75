package schedule

import (
	"bytes"
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/pass"
)

// ReadInput reads what a schedule starts its passes with: the arguments of its action, which are payloads once they come from a
// server. The sync is the zero one if there is no input, or none that can be read. The problem says what is wrong with it; it
// is empty if nothing is. No input at all is nothing wrong: every field has a default.
func ReadInput(args []any) (sync pass.Sync, problem string) {
	switch len(args) {
	case 0:
		return sync, ""
	case 1:
	default:
		return sync, fmt.Sprintf("%d inputs, where a pass takes one", len(args))
	}
	switch arg := args[0].(type) {
	case *commonpb.Payload:
		return readPayload(arg)
	case pass.Sync:
		return arg, ""
	}
	return sync, fmt.Sprintf("%T, which is no sync", args[0])
}

func readPayload(payload *commonpb.Payload) (pass.Sync, string) {
	var sync pass.Sync
	if err := codec.Decoded.FromPayload(payload, &sync); err != nil {
		return pass.Sync{}, "no sync: " + err.Error()
	}
	if string(payload.GetMetadata()[converter.MetadataEncoding]) != converter.MetadataEncodingJSON {
		return sync, ""
	}
	// A pass overlooks what it does not know, such as batch_size.
	strict := json.NewDecoder(bytes.NewReader(payload.GetData()))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&pass.Sync{}); err != nil {
		return sync, err.Error()
	}
	return sync, ""
}
