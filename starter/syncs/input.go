package syncs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// input is what the passes of a schedule are started with.
type input struct {
	// sync is the zero Sync if there is no input, or none that can be read.
	sync pass.Sync
	// problem says what is wrong with it; empty if nothing is. No input at all is nothing wrong: every field has a default.
	problem string
}

// complete reports whether starter apply wrote the input: it leaves no field out. People do.
func (i input) complete() bool {
	return i.problem == "" && i.sync.Enabled != nil && i.sync.BatchSize != nil && i.sync.RetryDelays != nil
}

// readInput reads the arguments of a schedule's workflow, which are payloads once they come from a server.
func readInput(args []any) input {
	switch len(args) {
	case 0:
		return input{}
	case 1:
	default:
		return input{problem: fmt.Sprintf("%d inputs, where a pass takes one", len(args))}
	}
	switch arg := args[0].(type) {
	case *commonpb.Payload:
		return readPayload(arg)
	case pass.Sync:
		return input{sync: arg}
	}
	return input{problem: fmt.Sprintf("%T, which is no sync", args[0])}
}

func readPayload(payload *commonpb.Payload) input {
	var sync pass.Sync
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &sync); err != nil {
		return input{problem: "no sync: " + err.Error()}
	}
	if string(payload.GetMetadata()[converter.MetadataEncoding]) != converter.MetadataEncodingJSON {
		return input{sync: sync}
	}
	// A pass overlooks what it does not know, such as batch_size.
	strict := json.NewDecoder(bytes.NewReader(payload.GetData()))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&pass.Sync{}); err != nil {
		return input{sync: sync, problem: err.Error()}
	}
	return input{sync: sync}
}

// inputOfPass reads what a pass was started with.
func (m *Manager) inputOfPass(ctx context.Context, e existing, x runs.Execution) (pass.Sync, error) {
	payloads, err := runs.Arguments(ctx, m.Temporal, x)
	if err != nil {
		return pass.Sync{}, fmt.Errorf("read the input of pass %s: %w", x.WorkflowID, err)
	}
	var args []any
	for _, payload := range payloads {
		args = append(args, payload)
	}
	sync := readInput(args).sync
	sync.ID = cmp.Or(sync.ID, e.ID)
	return sync, nil
}
