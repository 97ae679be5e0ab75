// Package searchattributes looks at the search attributes of a Temporal namespace, and registers those of the product.
// What they are called and what they hold says package pass; setting them is the workflows' work.
//
// A name may be registered with another type, and Temporal calls it done when it is asked to add the right one. An
// attribute counts as ready only if both are right: a workflow that sets another one stands still until somebody registers it.
package searchattributes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"

	"counterparty-sync/internal/pass"
)

// Attribute is one search attribute of the product, as a namespace has it.
type Attribute struct {
	Name string
	// Want is the type that it must have, Have the one that it has; unspecified if the name is not registered.
	Want, Have enums.IndexedValueType
}

// Ready reports whether it can be set.
func (a Attribute) Ready() bool { return a.Have == a.Want }

// Missing reports whether its name is not registered.
func (a Attribute) Missing() bool { return a.Have == enums.INDEXED_VALUE_TYPE_UNSPECIFIED }

// Attributes are all of them, in a fixed order.
type Attributes []Attribute

// wanted are those of the product. SQL visibility has room for ten Keywords in a namespace, so they are few.
func wanted() Attributes {
	return Attributes{
		{Name: pass.SyncIDAttribute, Want: enums.INDEXED_VALUE_TYPE_KEYWORD},
		{Name: pass.StatusAttribute, Want: enums.INDEXED_VALUE_TYPE_KEYWORD},
	}
}

// Ready reports whether all can be set.
func (a Attributes) Ready() bool { return a.Problem() == "" }

// Missing are those whose names are not registered.
func (a Attributes) Missing() Attributes { return a.where(Attribute.Missing) }

// Wrong are those that are registered with another type.
func (a Attributes) Wrong() Attributes {
	return a.where(func(a Attribute) bool { return !a.Missing() && !a.Ready() })
}

func (a Attributes) where(is func(Attribute) bool) Attributes {
	return slices.DeleteFunc(slices.Clone(a), func(attribute Attribute) bool { return !is(attribute) })
}

// Names are the names, separated by commas.
func (a Attributes) Names() string {
	names := make([]string, len(a))
	for i, attribute := range a {
		names[i] = attribute.Name
	}
	return strings.Join(names, ", ")
}

// Problem says in words why they can't be set; empty if they can.
func (a Attributes) Problem() string {
	var parts []string
	for _, wrong := range a.Wrong() {
		parts = append(parts, fmt.Sprintf("%s is registered as %s and must be %s", wrong.Name, wrong.Have, wrong.Want))
	}
	if missing := a.Missing(); len(missing) > 0 {
		parts = append(parts, "not registered: "+missing.Names())
	}
	return strings.Join(parts, "; ")
}

// HintWrong says what to do about attributes that are registered with another type.
func HintWrong(wrong Attributes) string {
	return fmt.Sprintf("if nothing else uses %s, remove it (temporal operator search-attribute remove --name %s), then starter setup; until then passes run without search attributes",
		wrong.Names(), wrong[0].Name)
}

// Look reads how the namespace has them.
func Look(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string) (Attributes, error) {
	response, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("list the search attributes of namespace %s: %w", namespace, err)
	}
	attributes := wanted()
	for i := range attributes {
		attributes[i].Have = response.GetCustomAttributes()[attributes[i].Name]
	}
	return attributes, nil
}

// Register adds those that are missing and returns how all stood before. What has another type is left alone.
func Register(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string) (before Attributes, err error) {
	before, err = Look(ctx, operator, namespace)
	if err != nil {
		return nil, err
	}
	missing := before.Missing()
	if len(missing) == 0 {
		return before, nil
	}
	add := map[string]enums.IndexedValueType{}
	for _, attribute := range missing {
		add[attribute.Name] = attribute.Want
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: add})
	if err != nil {
		return before, fmt.Errorf("add search attributes %s to namespace %s: %w", missing.Names(), namespace, err)
	}
	return before, nil
}
