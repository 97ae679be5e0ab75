package alfresco

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/secret"
)

// The gate knows requests by what they are, not by what they call themselves.
func TestWithoutWritingRefusesWhatIsNotKnownToRead(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sent.Add(1)
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	c, err := New(Options{BaseURL: server.URL + "/alfresco", User: "u", Password: secret.New("p")})
	require.NoError(t, err)
	tests := []struct {
		name  string
		give  call
		reads bool
	}{
		{"put of a node", call{operation: opPut, method: http.MethodPut, path: nodePath("a")}, false},
		{"mutation", call{operation: opMutate, method: http.MethodPost, path: recordsPath + "mutate"}, false},
		{"mutation that calls itself a query", call{operation: opQuery, method: http.MethodPost, path: recordsPath + "mutate"}, false},
		{"post of a node", call{operation: opSearch, method: http.MethodPost, path: nodePath("a") + "/children"}, false},
		{"delete", call{operation: opGet, method: http.MethodDelete, path: nodePath("a")}, false},
		{"patch", call{operation: opGet, method: http.MethodPatch, path: nodePath("a")}, false},
		{"get", call{operation: opGet, method: http.MethodGet, path: nodePath("a")}, true},
		{"search", call{operation: opSearch, method: http.MethodPost, path: publicAPI + "/search/versions/1/search"}, true},
		{"query", call{operation: opQuery, method: http.MethodPost, path: recordsPath + "query"}, true},
		{"ticket", call{operation: opTicket, method: http.MethodPost, path: publicAPI + "/authentication/versions/1/tickets"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, send := range map[string]func() error{
				"do":     func() error { _, err := c.do(WithoutWriting(t.Context()), tt.give); return err },
				"change": func() error { _, err := slot{c}.change(WithoutWriting(t.Context()), tt.give); return err },
			} {
				before := sent.Load()
				err := send()
				if tt.reads {
					require.NoError(t, err)
					require.Equal(t, before+1, sent.Load())
					continue
				}
				var refused *Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, BadRequest, refused.Kind, "waiting can't mend it")
				require.Equal(t, before, sent.Load(), "nothing leaves the process")
			}
			_, err := c.do(t.Context(), tt.give)
			require.NoError(t, err, "in another context everything goes")
		})
	}
}
