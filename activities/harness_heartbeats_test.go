package activities_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
)

// written is a heartbeat as history holds it, in the words of the wire.
type written struct {
	Changed []counterparty.NodeOutcome `json:"changed"`
}

// announced are writes as they are told before they are made.
func announced(writes []counterparty.NodeOutcome) written {
	told := slices.Clone(writes)
	for i := range told {
		told[i].Unsure = true
	}
	return written{Changed: told}
}

// heartbeats is a Temporal that keeps what it is told outside of the SDK.
type heartbeats struct {
	client.Client
	// take, if not nil, is asked whether a heartbeat is taken.
	take func(written) error

	mu   sync.Mutex
	told []written
}

func (h *heartbeats) RecordActivityHeartbeat(_ context.Context, _ []byte, details ...any) error {
	data, err := json.Marshal(details[0])
	if err != nil {
		return err
	}
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if h.take != nil {
		if err := h.take(w); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, w)
	return nil
}

// last is what the next attempt gets.
func (h *heartbeats) last() written {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.told) == 0 {
		return written{}
	}
	return h.told[len(h.told)-1]
}

// onOperation makes a hook of the simulator that runs at one operation.
func onOperation(op alfrescotest.Operation, do func()) func(alfrescotest.Operation, *http.Request) {
	return func(at alfrescotest.Operation, _ *http.Request) {
		if at == op {
			do()
		}
	}
}
