package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

// FuzzLoadSync: nothing panics; every refusal is one line that begins with the file; what is accepted is valid.
func FuzzLoadSync(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		sync, err := config.LoadSync(strings.NewReader(text), "f.yaml")
		if err == nil {
			require.NoError(t, sync.Validate())
			require.Equal(t, sync, sync.WithDefaults())
			return
		}
		require.True(t, invalid.Is(err))
		for _, line := range problems(t, err) {
			require.True(t, strings.HasPrefix(line, "f.yaml:"), line)
			require.Contains(t, line, "; allowed: ")
			require.NotContains(t, line, "pass.")
			if !strings.Contains(text, "!") {
				require.NotContains(t, line, "!!")
			}
		}
	})
}

func TestLoadSyncKnowsEveryFieldOfASync(t *testing.T) {
	t.Parallel()
	for _, name := range fieldNames() {
		shown := "!nonsense x"
		if name == "konturKey" {
			shown = pass.Hidden
		}
		_, err := config.LoadSync(strings.NewReader("id: nightly\n"+name+": !nonsense x\n"), "x.yaml")
		require.ErrorContains(t, err, "x.yaml:2: "+name+`: "`+shown+`" is not allowed`)
	}
}
