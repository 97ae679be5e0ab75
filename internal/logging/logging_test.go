package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/logging"
)

func TestAdapterNamesItsCaller(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, err := logging.New(&out, "debug", "json")
	require.NoError(t, err)
	adapter := logging.NewAdapter(logger)

	_, file, line, _ := runtime.Caller(0)
	adapter.Info("a", "k", 1)
	log.With(adapter, "child", true).Warn("b", "k", 2)
	log.With(log.With(adapter, "x", 1), "y", 2).Error("c", "error", errors.New("broken"))
	skipped(adapter)

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	for i, text := range lines {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &entry))
		require.Equal(t, []string{"a", "b", "c", "d"}[i], entry["msg"])
		require.Contains(t, entry["caller"], file[strings.LastIndex(file, "/")+1:]+":"+itoa(line+1+i), text)
	}
	require.Contains(t, lines[1], `"child":true`)
	require.Contains(t, lines[2], `"error":"broken"`)
}

func skipped(adapter *logging.Adapter) { log.Skip(adapter, 1).Debug("d") }

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestNewRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, err := logging.New(&bytes.Buffer{}, "loud", "xml")
	require.True(t, invalid.Is(err))
	require.EqualError(t, err, `LOG_LEVEL: "loud" is not allowed; allowed: debug, info, warn or error`+"\n"+
		`LOG_FORMAT: "xml" is not allowed; allowed: json or console`)
}

func TestLevelHidesWhatIsBelow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, err := logging.New(&out, "warn", "console")
	require.NoError(t, err)
	logger.Info("routine")
	logger.Warn("act")
	require.NotContains(t, out.String(), "routine")
	require.Contains(t, out.String(), "act")
}
