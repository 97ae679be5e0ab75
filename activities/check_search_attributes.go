package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/searchattributes"
)

// checkSearchAttributes looks whether a pass may set its search attributes. One that is not registered, or has another
// type, would make every attempt to go on fail: the pass would stand still, and no log would say why.
type checkSearchAttributes struct{ temporal client.Client }

func (c *checkSearchAttributes) execute(ctx context.Context, _ pass.CheckSearchAttributesRequest) (pass.CheckSearchAttributesResult, error) {
	attributes, err := searchattributes.Look(ctx, c.temporal.OperatorService(), activity.GetInfo(ctx).Namespace)
	if err != nil {
		return pass.CheckSearchAttributesResult{}, err
	}
	return pass.CheckSearchAttributesResult{Ready: attributes.Ready(), Problem: attributes.Problem()}, nil
}
