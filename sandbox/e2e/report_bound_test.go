package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
)

// TestTheBoundOfReportsOverHTTPOutlivesTheWorker: Kontur.Focus does not answer, so that reports stay under way.
func TestTheBoundOfReportsOverHTTPOutlivesTheWorker(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(3)
	s.kontur.Inject(konturtest.Fault{Method: "req", Delay: patience})
	const token = "token-of-a-test-of-bounds"
	address := rig.FreeAddress(t)
	env := map[string]string{"REPORTS_ADDR": address, "REPORTS_TOKEN": token, "REPORTS_MAX_RUNNING": "2", "STOP_TIMEOUT": "1s"}
	worker := s.startWorker(env)
	s.untilLogged(workerStarted)
	makes := func(n int) (status int, body, retryAfter string) {
		request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address+"/user/reports/requisites/_make",
			strings.NewReader(fmt.Sprintf(`{"queryType": "INN", "query": %q}`, konturtest.INN(boundedBy+n))))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode, bodyOf(t, response), response.Header.Get("Retry-After")
	}
	bounded := func() {
		for n := 1; n <= 2; n++ {
			status, body, _ := makes(n)
			require.Equal(t, http.StatusOK, status, body)
		}
		status, body, retryAfter := makes(3)
		require.Equal(t, http.StatusTooManyRequests, status, body)
		require.Contains(t, body, "TooManyReports")
		require.NotEmpty(t, retryAfter)
	}
	bounded()
	worker.Kill()
	s.logs.Reset()
	s.startWorker(env)
	s.untilLogged(workerStarted)
	bounded()
}
