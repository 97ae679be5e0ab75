package preflight_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/preflight"
)

func TestRunLooksHowPayloadsAreEncoded(t *testing.T) {
	t.Parallel()
	const (
		november = `{id: "2026-11", key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=}`
		october  = `{id: "2026-10", key: QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=}`
		lost     = `{id: "2026-10", lost: true}`
		main     = "counterparty-sync-main"
		mend     = main + ": not encrypted with the first key; starter keys reseal mends it, and so does a worker when it starts"
	)
	missing := preflight.Finding{Name: "payloads",
		Text: main + " can't be read and starts no passes: encrypted with key 2026-10, which PAYLOAD_KEYS_FILE does not have",
		Hint: "add the key to PAYLOAD_KEYS_FILE; if it is gone for good, say lost: true there and apply these syncs again"}
	for name, tt := range map[string]struct {
		keys  string
		under []string
		queue string
		want  preflight.Finding
	}{
		"without keys":          {"", []string{""}, "", preflight.Finding{OK: true, Text: "compressed, not encrypted"}},
		"with a key":            {november, []string{"2026-11", "2026-11"}, "", preflight.Finding{OK: true, Text: "compressed, encrypted with key 2026-11"}},
		"not encrypted yet":     {november, []string{""}, "", preflight.Finding{OK: true, Text: "compressed, encrypted with key 2026-11", Hint: mend}},
		"under an older key":    {november + ", " + october, []string{"2026-10"}, "", preflight.Finding{OK: true, Text: "compressed, encrypted with key 2026-11; read with 2026-10 too", Hint: mend}},
		"its memo is":           {november + ", " + october, []string{"2026-11", "2026-10"}, "", preflight.Finding{OK: true, Text: "compressed, encrypted with key 2026-11; read with 2026-10 too", Hint: mend}},
		"under a missing key":   {november, []string{"2026-10"}, "", missing},
		"without any key":       {"", []string{"2026-10"}, "", missing},
		"under a lost key":      {november + ", " + lost, []string{"2026-10", "2026-11"}, "", missing},
		"that of another fleet": {november, []string{"2026-10"}, "another", preflight.Finding{OK: true, Text: "compressed, encrypted with key 2026-11"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.keys != "" {
				keys, err := codec.ParseKeys([]byte("keys: [" + tt.keys + "]"))
				require.NoError(t, err)
				w.subject.Payloads.Keys = keys
			}
			if tt.queue == "" {
				tt.queue = "counterparty-sync"
			}
			w.schedules.add(main, tt.queue, tt.under...)
			w.schedules.add("of-somebody-else", "counterparty-sync", "2026-01")
			tt.want.Name = "payloads"
			require.Contains(t, preflight.Run(t.Context(), w.subject), tt.want)
		})
	}
}
