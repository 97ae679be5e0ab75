package alfresco

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// Those who wait for the request that tries the login are told what became of it, and ask nothing themselves.
func TestRequestsWaitForTheOneThatTriesTheLogin(t *testing.T) {
	t.Parallel()
	refusal := &Error{Operation: opSearch, Kind: BadCredentials, Status: http.StatusUnauthorized, Summary: "Unauthorized"}
	tests := []struct {
		name string
		// became is what became of the request that tried.
		became error
		status int
		// went are those who went out of five who waited, one of them as the next to try if it is the only one. The others
		// were told of the refusal, or waited on.
		went, told int
	}{
		{"it is taken again", nil, http.StatusOK, 5, 0},
		{"it is still refused", refusal, 0, 0, 5},
		{"no word came in time", &Error{Operation: opGet, Kind: Unavailable, Summary: "no answer within 30s"}, 0, 0, 5},
		{"the caller gave up", context.Canceled, 0, 1, 0},
		{"it was held back", errNotAllowed, 0, 1, 0},
		{"a proxy answered", nil, http.StatusBadGateway, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				s := &standing{}
				require.NoError(t, s.end(false, answer{status: http.StatusOK}, nil))
				require.Equal(t, Unavailable, s.end(false, answer{}, refusal).(*Error).Kind)
				probing, err := s.begin(ctx, opGet)
				require.NoError(t, err)
				require.True(t, probing)

				var went, told, gaveUp atomic.Int32
				for range 5 {
					go func() {
						probing, err := s.begin(ctx, opPut)
						e, refused := errors.AsType[*Error](err)
						switch {
						case err == nil:
							require.Equal(t, tt.went == 1, probing)
							went.Add(1)
						case refused:
							require.Equal(t, []any{Unavailable, opPut, hintDirectory}, []any{e.Kind, e.Operation, e.Hint})
							told.Add(1)
						default:
							gaveUp.Add(1)
						}
					}()
				}
				synctest.Wait()
				require.Zero(t, went.Load()+told.Load(), "they wait")
				_ = s.end(true, answer{status: tt.status}, tt.became)
				synctest.Wait()
				require.EqualValues(t, tt.went, went.Load())
				require.EqualValues(t, tt.told, told.Load())
				cancel()
				synctest.Wait()
				require.EqualValues(t, 5-tt.went-tt.told, gaveUp.Load(), "nobody waits for ever")
			})
		})
	}
}
