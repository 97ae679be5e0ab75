package codec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/codec"
)

func TestKeysAreReadFromAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, os.WriteFile(path, []byte(fileOf("2026-11", "2026-10")), 0o600))
	keys, err := codec.LoadKeys(path)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-11", "2026-10"}, keys.IDs())
	require.Equal(t, "2026-11", keys.First())
	require.Empty(t, keys.Warnings())
	require.NoError(t, os.Chmod(path, 0o644))
	keys, err = codec.LoadKeys(path)
	require.NoError(t, err)
	require.Equal(t, []string{"PAYLOAD_KEYS_FILE can be read by others than its owner; take the right away: chmod o-rwx"}, keys.Warnings())
	var none *codec.Keys
	require.Empty(t, none.IDs())
	require.Empty(t, none.First())
	require.Empty(t, none.Warnings())
}

func TestKeysThatAreMadeCanBeUsed(t *testing.T) {
	t.Parallel()
	line, err := codec.NewKey("2026-11")
	require.NoError(t, err)
	other, err := codec.NewKey("2026-10")
	require.NoError(t, err)
	require.NotEqual(t, line[len(line)-46:], other[len(other)-46:])
	keys, err := codec.ParseKeys([]byte("keys:\n" + line + "\n" + other + "\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"2026-11", "2026-10"}, keys.IDs())
	_, err = codec.NewKey("no blanks")
	require.EqualError(t, err, `id: "no blanks" is not allowed; allowed: 1 to 64 of a-z, A-Z, 0-9 and . _ -`)
}

func TestKeysThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	const list = "a list of at least one key {id, key}; starter keys new makes one"
	const allowed = "the base64 of 32 random bytes, 44 characters; starter keys new makes one"
	tests := map[string]struct{ give, want string }{
		"nothing":           {"", `keys is missing; allowed: ` + list},
		"an empty list":     {"keys: []", `keys: "***" is not allowed; allowed: ` + list},
		"no id":             {"keys: [{key: " + keyOf("a") + "}]", `key 1 id is missing; allowed: 1 to 64 of a-z, A-Z, 0-9 and . _ -`},
		"a wrong id":        {"keys: [{id: ключ, key: " + keyOf("a") + "}]", `key 1 id: "***" is not allowed; allowed: 1 to 64 of a-z, A-Z, 0-9 and . _ -`},
		"no key":            {"keys: [{id: a}]", `key 1 key is missing; allowed: ` + allowed},
		"a short key":       {"keys: [{id: a, key: MTIzNA==}]", `key 1 key: "***" is not allowed; allowed: ` + allowed},
		"no base64":         {"keys: [{id: a, key: hunter2}]", `key 1 key: "***" is not allowed; allowed: ` + allowed},
		"an id twice":       {"keys: [{id: a, key: " + keyOf("a") + "}, {id: a, key: " + keyOf("b") + "}]", `key 2 id: "a" is not allowed; allowed: each id once; key 1 has the same`},
		"a key twice":       {"keys: [{id: a, key: " + keyOf("a") + "}, {id: b, key: " + keyOf("a") + "}]", `key 2 key: "***" is not allowed; allowed: each key once; key 1 is the same`},
		"the first is lost": {"keys: [{id: a, lost: true}]", `key 1 lost: "true" is not allowed; allowed: true, without a key, and not for the first one`},
		"lost and there":    {"keys: [{id: a, key: " + keyOf("a") + "}, {id: b, lost: true, key: " + keyOf("b") + "}]", `key 2 lost: "true" is not allowed`},
		"not lost":          {"keys: [{id: a, key: " + keyOf("a") + "}, {id: b, lost: false}]", `key 2 lost: "false" is not allowed`},
		"another field":     {"keys: [{id: a, key: " + keyOf("a") + ", secret: hunter2}]", "secret"},
		"no YAML at all":    {"\x00", "YAML"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := codec.ParseKeys([]byte(tt.give))
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), keyOf("a"))
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, strings.Count(err.Error(), "\n"), 0, err.Error())
		})
	}
}
