package pass

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func read(t *testing.T, text string) (sync Sync) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &sync))
	return sync
}

func TestTheSameMeaningIsNoChange(t *testing.T) {
	t.Parallel()
	was := read(t, `{"id":"main","searchParam":"ogrn","sources":["req","contacts"]}`)
	whole, err := json.Marshal(was.WithDefaults())
	require.NoError(t, err)
	for _, same := range []string{
		string(whole),
		`{"sources":["req","contacts"],"searchParam":" OGRN","id":"main","name":"main"}`,
		`{"id":"main","searchParam":"ogrn","sources":["req","contacts"],"attributeToSearch":"idocs:ogrn, idocs:psrnsp","batchSize":100,"required":["req"]}`,
		`{"id":"main","searchParam":"ogrn","sources":["req","contacts"],"retryDelays":["10s","60s","600s"],"resetAt":"another mark"}`,
	} {
		require.Empty(t, Changes(was, read(t, same)), same)
		require.Empty(t, WorthARestart(was, read(t, same)), same)
	}
}

// What a change of each field comes to is decided once, here and in the docs.
func TestChangesThatARunningPassGoesOnUnder(t *testing.T) {
	t.Parallel()
	var wait []string
	for _, field := range Fields() {
		if field.waits {
			wait = append(wait, field.Name)
		}
	}
	require.Equal(t, []string{"id", "name", "cron", "timeZone", "catchupWindow", "jitter", "askAgainDays", "retryDelays", "lookahead", "approvalTimeout"}, wait)

	was := read(t, `{"id":"main","maxChanged":5}`)
	later := read(t, `{"id":"main","name":"x","cron":"0 2 * * *","timeZone":"Europe/Moscow","catchupWindow":"2h","jitter":"1m","retryDelays":[],"lookahead":1,"approvalTimeout":"1h","maxChanged":5}`)
	require.Len(t, Changes(was, later), 8)
	require.Empty(t, WorthARestart(was, later))
	later.BatchSize = new(50)
	require.Equal(t, []FieldChange{{"batchSize", "100", "50"}}, WorthARestart(was, later))
	require.Equal(t, "batchSize 100 → 50", ChangesText(WorthARestart(was, later)))
	require.Equal(t, "fullEvery (none) → 24h", ChangesText([]FieldChange{{"fullEvery", "", Duration(24 * time.Hour).String()}}))
}

func TestDisablingStopsAndEnablingDoesNot(t *testing.T) {
	t.Parallel()
	on, off := read(t, `{"id":"main"}`), read(t, `{"id":"main","enabled":false}`)
	require.Len(t, WorthARestart(on, off), 1)
	require.Len(t, Changes(off, on), 1)
	require.Empty(t, WorthARestart(off, on))
}

// All sources are asked at once and joined by their names, so that a list in another order is not worth a night's walk.
func TestListsInAnotherOrderAreNotWorthARestart(t *testing.T) {
	t.Parallel()
	was := read(t, `{"id":"main","sources":["req","contacts"],"required":["req","contacts"]}`)
	require.Empty(t, WorthARestart(was, read(t, `{"id":"main","sources":["contacts","req"],"required":["contacts","req"]}`)))
	require.Len(t, WorthARestart(was, read(t, `{"id":"main","sources":["contacts","req"],"required":["req"]}`)), 1)
	was = read(t, `{"id":"main","attributeToSearch":"a:b,a:c"}`)
	require.Len(t, WorthARestart(was, read(t, `{"id":"main","attributeToSearch":"a:c,a:b"}`)), 1, "the first one that is not empty counts")
}
