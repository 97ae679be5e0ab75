package deploy

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
)

func TestExampleOfSettingsIsGoodAsItStands(t *testing.T) {
	t.Parallel()
	settings, err := dotenv.Read("worker.env.example")
	require.NoError(t, err)
	checkSettings(t, settings)
	environment := connect.Variables(settings)
	environment["ALFRESCO_PASSWORD"], environment["KONTUR_KEY"] = "secret", "secret" // these come as files
	_, err = config.LoadWorker(environment, os.ReadFile)
	require.NoError(t, err)
}

func TestExampleOfSettingsShowsTheDefaults(t *testing.T) {
	t.Parallel()
	file, err := os.Open("worker.env.example")
	require.NoError(t, err)
	defer file.Close()
	defaults := map[string]string{}
	for _, s := range config.Settings() {
		defaults[s.Name] = s.Default
	}
	shown := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line, isComment := strings.CutPrefix(lines.Text(), "#")
		name, value, isSetting := strings.Cut(line, "=")
		if want, known := defaults[name]; isComment && isSetting && known {
			require.Equal(t, want, value, name)
			shown++
		}
	}
	require.NotZero(t, shown)
}
