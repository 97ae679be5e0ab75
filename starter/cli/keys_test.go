package cli_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"counterparty-sync/internal/codec"
	"counterparty-sync/starter/cli"
)

func TestKeysNewMakesAnItemOfTheFile(t *testing.T) {
	t.Parallel()
	first, second := starter(t, nil, "", "keys", "new"), starter(t, nil, "", "keys", "new", "--id", "2026-05")
	require.Zero(t, first.status, first.stderr)
	keys, err := codec.ParseKeys([]byte("keys:\n" + first.stdout + second.stdout))
	require.NoError(t, err)
	require.Equal(t, []string{"2026-06", "2026-05"}, keys.IDs(), "by default it is the month's")
	var document struct{ ID, Item string }
	require.NoError(t, json.Unmarshal([]byte(starter(t, nil, "", "keys", "new", "-o", "json").stdout), &document))
	require.Equal(t, "2026-06", document.ID)
	require.Contains(t, document.Item, `id: "2026-06"`)
}

func TestKeysWrongUsage(t *testing.T) {
	t.Parallel()
	requireUsage(t, starter(t, nil, "", "keys", "new", "--id", "my key"), notAllowed("--id", "my key", "1 to 64 of a-z, A-Z, 0-9 and . _ -"))
	requireUsage(t, starter(t, nil, "", "keys", "make"), `"make" is not a command of keys; allowed: new, reseal`)
}

// recordedSegment is the history of a segment, as a release wrote it.
func recordedSegment(t *testing.T) *history.History {
	t.Helper()
	files, err := filepath.Glob("../../workflows/testdata/replay/*_approved.segment-1.json.gz")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	file, err := os.Open(files[0])
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	recorded, err := client.HistoryFromJSON(unpacked, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return recorded
}

// What temporal workflow show writes of an encrypted pass is encrypted.
func TestReplayOfEncryptedFiles(t *testing.T) {
	t.Parallel()
	keysPath, dir := filepath.Join(t.TempDir(), "keys.yaml"), t.TempDir()
	require.NoError(t, os.WriteFile(keysPath, []byte("keys:\n"+starter(t, nil, "", "keys", "new").stdout), 0o600))
	keys, err := codec.LoadKeys(keysPath)
	require.NoError(t, err)
	recorded := recordedSegment(t)
	require.NoError(t, (&codec.Codec{Compress: true, Keys: keys}).EncodeMessage(t.Context(), recorded))
	data, err := protojson.Marshal(recorded)
	require.NoError(t, err)
	require.NotContains(t, string(data), "0000000018", "no INN")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "segment.json"), data, 0o600))

	got := starter(t, environment{"PAYLOAD_KEYS_FILE": keysPath}, "", "replay", "--dir", dir)
	require.Zero(t, got.status, got.stdout+got.stderr)
	require.Contains(t, got.stdout, "1 of 1 replay")
	without := starter(t, nil, "", "replay", "--dir", dir)
	require.Equal(t, cli.Failed, without.status)
	require.Contains(t, without.stdout, "UNREADABLE")
	require.Contains(t, without.stdout, `: encrypted with key "2026-06", which PAYLOAD_KEYS_FILE does not have`)
	require.Contains(t, without.stdout, `say so there: {id: "2026-06", lost: true}`)
}
