package activities_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

func TestClockThatDiffersFromTemporalsIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ahead time.Duration
		want  string // empty: nothing is said
	}{
		"behind":        {-48 * time.Hour, `"ahead":"-48h0m`},
		"ahead":         {time.Hour, `"ahead":"1h0m`},
		"near enough":   {time.Minute, ""},
		"the same time": {0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var logs bytes.Buffer
			w.logs = &logs
			w.now = func() time.Time { return time.Now().Add(tt.ahead) }
			env := w.environment()
			for range 3 {
				_, err := execute[pass.QuerySourceResult](env, string(pass.QuerySource), pass.QuerySourceRequest{Source: "req", By: counterparty.INN})
				require.NoError(t, err)
			}
			if tt.want == "" {
				require.NotContains(t, logs.String(), "clock")
				return
			}
			require.Equal(t, 1, strings.Count(logs.String(), "the worker's clock differs from Temporal's"))
			require.Contains(t, logs.String(), tt.want)
		})
	}
}
