package flow

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

// FindKeyHolder looks for a worker that holds a key. The failure is that there is none, nil if there is one.
func FindKeyHolder(ctx workflow.Context, key pass.KeyName) (*pass.Failure, error) {
	found, err := Execute(ctx, pass.FindKeyHolder, pass.FindKeyHolderRequest{Key: key})
	if err != nil || found.Held {
		return nil, err
	}
	return &pass.Failure{
		Type:    pass.FailureInvalidConfiguration,
		Message: fmt.Sprintf("no worker holds the key %s of Kontur.Focus", key.Shown()),
		Hint:    key.HintMissing(),
	}, nil
}
