package alfresco

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// transport is one of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGuardAsksBeforeEachTimeThatABodyLeaves(t *testing.T) {
	t.Parallel()
	asked := 0
	request, err := http.NewRequestWithContext(withAllowed(t.Context(), func() bool { asked++; return asked == 1 }),
		http.MethodPut, "http://127.0.0.1", bytes.NewBufferString("body"))
	require.NoError(t, err)
	_, err = guarding{transport(func(r *http.Request) (*http.Response, error) {
		require.Zero(t, asked, "a connection has to be made first")
		sent, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "body", string(sent))
		require.EqualValues(t, 4, r.ContentLength)
		require.Equal(t, 1, asked)
		again, err := r.GetBody() // the connection was dead
		require.NoError(t, err)
		_, err = io.ReadAll(again)
		require.ErrorIs(t, err, errNotAllowed)
		return nil, err
	})}.RoundTrip(request)
	require.ErrorIs(t, err, errNotAllowed)
}
