package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/secret"
)

type holder struct {
	Exported   secret.Value
	unexported secret.Value
}

func TestValueNeverShowsItsText(t *testing.T) {
	const text = "s3cr3t-text"
	v := secret.New(text)
	h := holder{Exported: v, unexported: v}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", v, h, &h)
	}
	j, err := json.Marshal(h)
	require.NoError(t, err)
	y, err := yaml.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	out.Write(j)
	out.Write(y)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v, "h", h)
	core, logs := observer.New(zap.DebugLevel)
	zap.New(core).Sugar().Infow("m", "v", v, "h", h)
	for _, entry := range logs.All() {
		fmt.Fprint(&out, entry.ContextMap())
	}
	require.NotContains(t, out.String(), text)
	require.NotContains(t, out.String(), fmt.Sprintf("%x", text))
	require.Equal(t, text, v.Reveal())
	require.True(t, secret.Value{}.Empty())
	require.False(t, v.Empty())
}
