package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

const acmeKey = "acme-key-0123456789-abcdefghijklmnopqrstu"

// Each key has its own quotas, its own watch list and its own queues; a sync or a report type asks with one of them alone.
func TestEachSyncAsksWithItsOwnKey(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.alfresco = alfrescotest.NewServer(t, alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) }))
	s.fill(20)
	acme := s.kontur.AddKey(acmeKey, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 50}))
	types := filepath.Join(t.TempDir(), "types.yaml")
	require.NoError(t, os.WriteFile(types, []byte("types:\n- id: keys-acme\n  konturKey: ACME\n  sources: [{id: kontur.req, method: req}]\n- id: keys-main\n  sources: [{id: kontur.req, method: req}]\n"), 0o600))
	env := map[string]string{"KONTUR_KEY_ACME": acmeKey, "KONTUR_RPS_ACME": "1000", "REPORT_TYPES_FILE": types}
	s.startWorker(env)

	s.apply("batchSize: 10\nchangedOnly: true\nkonturKey: ACME")
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	require.Equal(t, 20, acme.Spent("req"))
	status, stdout, stderr := s.starterIn(env, "", "watch", "add", s.id, "--yes")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "the watch list has 20 companies; it had 0 before")
	require.Empty(t, s.kontur.WatchList(), "the other key's list stays as it was")

	s.rename(7, " II")
	second := s.trigger()
	require.Equal(t, "COMPLETED", second.Pass.Ended)
	require.EqualValues(t, 13, second.Pass.Walk.Skipped)
	require.NotZero(t, acme.Count("req/mon"))

	// What is spent with one key is nothing to the other.
	acme.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 15})
	s.apply("batchSize: 10\nkonturKey: ACME")
	failed := s.trigger()
	require.Equal(t, pass.Error, failed.State.Status)
	require.Contains(t, *failed.State.Error, "the quota of req", "by the word of stat or, asked a moment later, of the register")

	acme.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 50})
	s.must("", "report", "keys-acme", konturtest.INN(1))
	require.Equal(t, 1, acme.Spent("req"))
	require.Empty(t, s.kontur.Count("req"), "nothing was asked with the other key until now")

	s.must("", "report", "keys-main", konturtest.INN(1))
	require.Equal(t, 1, s.kontur.Spent("req"))
	s.apply("batchSize: 10\nquotaReserve: 0")
	require.Equal(t, "COMPLETED", s.trigger("--reset").Pass.Ended)
	require.Equal(t, 20, s.kontur.Spent("req"))
	require.Equal(t, 1, acme.Spent("req"))
}

// Nobody waits for a worker that never comes: apply, check and the pass itself say which key is missing.
func TestKeyThatNoWorkerHolds(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(5)
	s.startWorker()
	const missing = "set KONTUR_KEY_ACME or KONTUR_KEY_ACME_FILE in the environment of the workers, and start them again; or correct konturKey"
	yaml := s.yaml("konturKey: ACME")
	status, _, stderr := s.starter(yaml, "apply", "-f", "-")
	require.Zero(t, status)
	require.Contains(t, stderr, "no worker that runs now holds the key ACME of Kontur.Focus, and without one passes end in ERROR: "+missing)

	failed := s.trigger()
	require.Equal(t, pass.Error, failed.State.Status)
	require.Equal(t, "no worker holds the key ACME of Kontur.Focus; hint: "+missing, *failed.State.Error)
	require.Zero(t, s.kontur.Count("req"))

	status, stdout, _ := s.starter(yaml, "check", "-f", "-")
	require.Equal(t, 1, status)
	require.Regexp(t, `(?m)^kontur ACME +WRONG +there is no key ACME of Kontur.Focus here$`, stdout)
	require.Regexp(t, `(?m)^sync `+s.id+` +WRONG +no worker holds the key ACME of Kontur.Focus$`, stdout)
	require.Contains(t, stdout, "hint: "+missing)

	// Another worker holds it.
	s.kontur.AddKey(acmeKey)
	s.startWorker(map[string]string{"KONTUR_KEY_ACME": acmeKey})
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
}
