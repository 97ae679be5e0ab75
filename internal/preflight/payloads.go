package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"counterparty-sync/internal/reseal"
)

// checkPayloads looks how what Temporal keeps is encoded, and which schedules are encrypted with another key than the first.
func (s Subject) checkPayloads(ctx context.Context) (text, hint string, err error) {
	keys := s.Payloads.Keys
	text = map[bool]string{true: "compressed", false: "not compressed"}[s.Payloads.Compress]
	switch ids := keys.IDs(); {
	case len(ids) == 0:
		text += ", not encrypted"
	case len(ids) == 1:
		text += ", encrypted with key " + ids[0]
	default:
		text += fmt.Sprintf(", encrypted with key %s; read with %s too", ids[0], strings.Join(ids[1:], ", "))
	}
	found, err := reseal.Look(ctx, s.Temporal, s.TaskQueue)
	if err != nil {
		return "", "", err
	}
	var old, unreadable, missing []string
	for _, schedule := range found {
		if lacks := schedule.Unreadable(keys); len(lacks) > 0 {
			unreadable, missing = append(unreadable, schedule.ID), append(missing, lacks...)
		} else if !schedule.Sealed(keys.First()) {
			old = append(old, schedule.ID)
		}
	}
	if len(unreadable) > 0 {
		slices.Sort(missing)
		ids := strings.Join(slices.Compact(missing), ", ")
		return "", "add the key to PAYLOAD_KEYS_FILE; if it is gone for good, say lost: true there and apply these syncs again",
			errors.New(strings.Join(unreadable, ", ") + " can't be read and starts no passes: encrypted with key " + ids + ", which PAYLOAD_KEYS_FILE does not have")
	}
	if len(old) > 0 {
		hint = strings.Join(old, ", ") + ": not encrypted with the first key; starter keys reseal mends it, and so does a worker when it starts"
	}
	return text, hint, nil
}
