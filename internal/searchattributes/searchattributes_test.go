package searchattributes_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc"

	"counterparty-sync/internal/searchattributes"
)

const (
	keyword = enums.INDEXED_VALUE_TYPE_KEYWORD
	text    = enums.INDEXED_VALUE_TYPE_TEXT
)

// operator is a namespace as a Temporal server keeps it: it says OK to a name that has another type.
type operator struct {
	operatorservice.OperatorServiceClient
	has            map[string]enums.IndexedValueType
	listErr, addEr error
	added          []string
}

func (o *operator) ListSearchAttributes(_ context.Context, r *operatorservice.ListSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	if r.Namespace != "accounts" {
		return nil, serviceerror.NewNamespaceNotFound(r.Namespace)
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: o.has}, o.listErr
}

func (o *operator) AddSearchAttributes(_ context.Context, r *operatorservice.AddSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	if o.addEr != nil {
		return nil, o.addEr
	}
	for name, kind := range r.SearchAttributes {
		if _, there := o.has[name]; !there {
			o.has[name] = kind
		}
		o.added = append(o.added, name)
	}
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

func TestRegister(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		has            map[string]enums.IndexedValueType
		before, wrong  string
		added          []string
		problem, after string
	}{
		{name: "none is there", has: map[string]enums.IndexedValueType{"Other": text}, before: "CounterpartySyncId, CounterpartySyncStatus",
			added: []string{"CounterpartySyncId", "CounterpartySyncStatus"}, problem: "not registered: CounterpartySyncId, CounterpartySyncStatus"},
		{name: "one is there", has: map[string]enums.IndexedValueType{"CounterpartySyncId": keyword}, before: "CounterpartySyncStatus",
			added: []string{"CounterpartySyncStatus"}, problem: "not registered: CounterpartySyncStatus"},
		{name: "both are there", has: map[string]enums.IndexedValueType{"CounterpartySyncId": keyword, "CounterpartySyncStatus": keyword}},
		{name: "one has another type", has: map[string]enums.IndexedValueType{"CounterpartySyncId": text}, before: "CounterpartySyncStatus",
			wrong: "CounterpartySyncId", added: []string{"CounterpartySyncStatus"},
			problem: "CounterpartySyncId is registered as Text and must be Keyword; not registered: CounterpartySyncStatus",
			after:   "CounterpartySyncId is registered as Text and must be Keyword"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := &operator{has: tt.has}
			before, err := searchattributes.Register(t.Context(), o, "accounts")
			require.NoError(t, err)
			require.Equal(t, tt.before, before.Missing().Names())
			require.Equal(t, tt.wrong, before.Wrong().Names())
			require.Equal(t, tt.problem, before.Problem())
			require.Equal(t, tt.problem == "", before.Ready())
			require.ElementsMatch(t, tt.added, o.added)
			after, err := searchattributes.Look(t.Context(), o, "accounts")
			require.NoError(t, err)
			require.Equal(t, tt.after, after.Problem())
			require.Equal(t, tt.after == "", after.Ready())
		})
	}
}

func TestErrorsNameTheNamespace(t *testing.T) {
	t.Parallel()
	_, err := searchattributes.Look(t.Context(), &operator{}, "nowhere")
	require.ErrorContains(t, err, "list the search attributes of namespace nowhere: ")
	full := serviceerror.NewInvalidArgument("cannot have more than 10 search attribute of type Keyword")
	_, err = searchattributes.Register(t.Context(), &operator{addEr: full}, "accounts")
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, "add search attributes CounterpartySyncId, CounterpartySyncStatus to namespace accounts: ")
}
