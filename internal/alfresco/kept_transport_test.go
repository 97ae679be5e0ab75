package alfresco

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeepingSendsAgainOnlyWhatABrokenConnectionHasEaten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		reused   []bool // of each connection that was tried
		answered bool
		fails    error
		change   func(context.Context) context.Context
		want     int
	}{
		{name: "a kept one", reused: []bool{true}, fails: io.EOF, want: 1},
		{name: "a kept one after another", reused: []bool{true, true}, fails: io.EOF, want: 1},
		{name: "a fresh one after a kept one", reused: []bool{true, false}, fails: io.EOF},
		{name: "a fresh one", reused: []bool{false}, fails: io.EOF},
		{name: "none", fails: errors.New("connection refused")},
		{name: "after the beginning of an answer", reused: []bool{true}, answered: true, fails: io.ErrUnexpectedEOF},
		{name: "an answer", reused: []bool{true}, answered: true},
		{name: "held back", reused: []bool{true}, fails: errNotAllowed},
		{name: "a request for once", reused: []bool{true}, fails: io.EOF, change: func(ctx context.Context) context.Context {
			return context.WithValue(ctx, connectionKey{}, connection{once: true})
		}},
		{name: "on a connection of its own", reused: []bool{true}, fails: io.EOF, want: 1, change: func(ctx context.Context) context.Context {
			return context.WithValue(ctx, connectionKey{}, connection{once: true, fresh: true})
		}},
		{name: "no time left", reused: []bool{true}, fails: context.DeadlineExceeded, change: func(ctx context.Context) context.Context {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return ended
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if tt.change != nil {
				ctx = tt.change(ctx)
			}
			request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://127.0.0.1", bytes.NewBufferString("body"))
			require.NoError(t, err)
			again := 0
			_, err = keeping{
				kept: transport(func(r *http.Request) (*http.Response, error) {
					trace := httptrace.ContextClientTrace(r.Context())
					for _, reused := range tt.reused {
						trace.GotConn(httptrace.GotConnInfo{Reused: reused})
					}
					if tt.answered {
						trace.GotFirstResponseByte()
					}
					_, _ = io.Copy(io.Discard, r.Body)
					return nil, tt.fails
				}),
				fresh: transport(func(r *http.Request) (*http.Response, error) {
					again++
					sent, err := io.ReadAll(r.Body)
					require.NoError(t, err)
					require.Equal(t, "body", string(sent))
					return nil, nil
				}),
			}.RoundTrip(request)
			require.Equal(t, tt.want, again)
			require.Equal(t, tt.want == 0, errors.Is(err, tt.fails))
		})
	}
}
