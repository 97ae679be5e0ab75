package activities_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/grpc"

	"counterparty-sync/internal/pass"
)

// namespaceOf answers with the search attributes of a namespace.
type namespaceOf struct {
	operatorservice.OperatorServiceClient
	has map[string]enums.IndexedValueType
	err error
	// namespace is the one that was asked about.
	namespace string
}

func (a *namespaceOf) ListSearchAttributes(_ context.Context, r *operatorservice.ListSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	a.namespace = r.Namespace
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: a.has}, a.err
}

func TestCheckSearchAttributes(t *testing.T) {
	t.Parallel()
	const keyword, text = enums.INDEXED_VALUE_TYPE_KEYWORD, enums.INDEXED_VALUE_TYPE_TEXT
	tests := []struct {
		name    string
		has     map[string]enums.IndexedValueType
		err     error
		want    pass.CheckSearchAttributesResult
		wantErr string
	}{
		{name: "both are there", has: map[string]enums.IndexedValueType{"CounterpartySyncId": keyword, "CounterpartySyncStatus": keyword},
			want: pass.CheckSearchAttributesResult{Ready: true}},
		{name: "one is missing", has: map[string]enums.IndexedValueType{"CounterpartySyncId": keyword},
			want: pass.CheckSearchAttributesResult{Problem: "not registered: CounterpartySyncStatus"}},
		{name: "one has another type", has: map[string]enums.IndexedValueType{"CounterpartySyncId": keyword, "CounterpartySyncStatus": text},
			want: pass.CheckSearchAttributesResult{Problem: "CounterpartySyncStatus is registered as Text and must be Keyword"}},
		{name: "nobody may ask", err: serviceerror.NewPermissionDenied("no", ""), wantErr: "list the search attributes of namespace"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			operator, temporal := &namespaceOf{has: tt.has, err: tt.err}, &mocks.Client{}
			temporal.On("OperatorService").Return(operator)
			w := newWorld(t)
			w.temporal = temporal
			got, err := execute[pass.CheckSearchAttributesResult](w.environment(), string(pass.CheckSearchAttributes), pass.CheckSearchAttributesRequest{})
			require.NotEmpty(t, operator.namespace)
			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
