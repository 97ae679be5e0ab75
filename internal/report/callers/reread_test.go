package callers_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report/callers"
)

func at(seconds int64) time.Time { return time.Unix(seconds, 0) }

// edited is a file of callers that the test edits.
type edited struct {
	t    *testing.T
	path string
	file *callers.File
	log  *zap.Logger
	logs *observer.ObservedLogs
}

func edit(t *testing.T, text string) *edited {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	e := &edited{t: t, path: filepath.Join(t.TempDir(), "callers.yaml"), log: zap.New(core), logs: logs}
	e.write(text)
	var err error
	e.file, err = callers.Open(e.path)
	require.NoError(t, err)
	return e
}

func (e *edited) write(text string) {
	e.t.Helper()
	require.NoError(e.t, os.WriteFile(e.path, []byte(text), 0o600))
}

// lets reports whether the token lets somebody in now.
func (e *edited) lets(token string) bool {
	_, ok := e.file.Current(e.log).Find(token)
	return ok
}

// said is the one line that the log has got since.
func (e *edited) said() (message string, fields map[string]any) {
	e.t.Helper()
	entries := e.logs.TakeAll()
	require.Len(e.t, entries, 1)
	return entries[0].Message, entries[0].ContextMap()
}

func has(names ...string) string {
	text := "callers:\n"
	for _, name := range names {
		text += "  - {name: " + name + ", tokenHashes: [" + callers.TokenHash(name+"-token") + "]}\n"
	}
	return text
}

func TestARevokedCallerIsOutAtOnce(t *testing.T) {
	t.Parallel()
	e := edit(t, has("crm", "erp"))
	require.True(t, e.lets("crm-token"))
	e.write(has("erp"))
	require.False(t, e.lets("crm-token"))
	require.True(t, e.lets("erp-token"))
	message, fields := e.said()
	require.Equal(t, "the file of callers was read again", message)
	require.Equal(t, map[string]any{"callers": int64(1)}, fields)
	e.write(has("erp", "new"))
	require.True(t, e.lets("new-token"))
}

func TestABrokenEditChangesNothingButTheLog(t *testing.T) {
	t.Parallel()
	e := edit(t, has("crm", "erp"))
	for _, broken := range []string{"callers: [", "callers: [{name: crm, password: pa55w0rd}]", "callers: {}", "other: []", "callers: []\nmore: 1"} {
		e.write(broken)
		require.True(t, e.lets("crm-token"), broken)
		require.True(t, e.lets("erp-token"), broken)
		message, fields := e.said()
		require.Equal(t, "the file of callers can't be used; the last good one stays in force", message)
		require.Equal(t, int64(2), fields["callers"])
		require.Contains(t, fields["problem"], e.path)
		require.NotContains(t, fields["problem"], "\n")
		require.NotContains(t, fields["problem"], "pa55w0rd")
	}
	e.write(has("erp"))
	require.False(t, e.lets("crm-token"), "who is gone from a good one is out")
}

func TestAFileThatNamesNobodyLetsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*edited){
		"deleted":       func(e *edited) { require.NoError(e.t, os.Remove(e.path)) },
		"empty":         func(e *edited) { e.write("") },
		"blank":         func(e *edited) { e.write(" \n\n") },
		"comments":      func(e *edited) { e.write("# nobody\n") },
		"null":          func(e *edited) { e.write("callers:\n") },
		"an empty list": func(e *edited) { e.write("callers: []\n") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := edit(t, has("crm"))
			take(e)
			require.False(t, e.lets("crm-token"))
			message, _ := e.said()
			require.Equal(t, "the file of callers is gone or names nobody; none of them is let in", message)
			e.write("callers: [")
			require.False(t, e.lets("crm-token"), "a broken one after that lets nobody in either")
			e.write(has("crm"))
			require.True(t, e.lets("crm-token"))
		})
	}
}

func TestOpenNeedsCallers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "callers.yaml")
	_, err := callers.Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, text := range []string{"", "callers: []", "callers: ["} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = callers.Open(path)
		require.True(t, invalid.Is(err), text)
	}
	var none *callers.File
	require.Nil(t, none.Current(zap.NewNop()))
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(has("crm", "erp")))
	f.Add([]byte("callers: []"))
	f.Add([]byte("callers: [{name: a, tokenHashes: [&x 0, *x]}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := callers.Parse(text)
		if err != nil {
			require.True(t, invalid.Is(err))
			require.Nil(t, list)
			return
		}
		require.Positive(t, list.Count())
		_, ok := list.Find("")
		require.False(t, ok)
	})
}
