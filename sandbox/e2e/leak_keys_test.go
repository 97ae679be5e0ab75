package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/cli"
)

const leakFurtherKey = `f&r/t%h=ö"<'\Kw8Yx4Sd9-Mt3Bg6Hn1Pq5;#?`

// A further key leaks no more than that of KONTUR_KEY: neither while it is in use, nor where somebody takes it for its name.
func TestNoFurtherKeyLeaks(t *testing.T) {
	t.Parallel()
	l := newLeaks(t, map[string]string{"KONTUR_KEY_ACME": leakFurtherKey})
	l.hunt.add("further key", leakFurtherKey)
	acme := l.kontur.AddKey(leakFurtherKey)
	l.fill(1)
	acme.Inject(konturtest.Fault{Method: "stat", Trouble: konturtest.EchoKey, Times: 3})
	l.startWorker(l.env)
	l.untilLogged(preflightOver)
	l.check()

	l.apply("retryDelays: []\nkonturKey: ACME")
	faults := []konturtest.Fault{{Trouble: konturtest.Redirect}, {Trouble: konturtest.HTMLPage}, {Trouble: konturtest.EchoKey}, {Trouble: konturtest.EchoKey, Status: 401}, {Trouble: konturtest.EchoKey, Status: 403}}
	for _, echo := range echoes(leakFurtherKey) {
		faults = append(faults, konturtest.Fault{Status: 500, Text: echo})
	}
	for _, fault := range faults {
		fault.Method = "req"
		acme.Inject(fault)
		l.pass(pass.Failed)
		acme.ClearFaults()
	}
	l.pass(pass.Completed)

	pasted := "'" + strings.ReplaceAll(leakFurtherKey, "'", "''") + "'"
	for _, wrong := range []struct {
		file string
		args []string
	}{
		{l.yaml("konturKey: " + pasted), []string{"apply", "-f", "-"}},
		{l.yaml("konturKey: [" + pasted + "]"), []string{"apply", "-f", "-"}},
		{l.yaml("konturKey: ACME\nkonturKey: " + pasted), []string{"apply", "-f", "-"}},
		{l.yaml("konturKey: " + pasted), []string{"check", "-f", "-"}},
	} {
		status, _, _ := l.starterIn(l.env, wrong.file, wrong.args...)
		require.Equal(t, cli.Usage, status, wrong.args)
	}
	status, stdout, stderr := rig.Starter(t.Context(), l.stack.env(l.env), "", "watch", "list", "--key", leakFurtherKey)
	require.Equal(t, cli.Usage, status)
	require.Empty(t, l.hunt.find(stdout+stderr))
	l.env["KONTUR_KEY_ACME_FILE"] = leakFurtherKey
	l.check()
	delete(l.env, "KONTUR_KEY_ACME_FILE")
	l.env["KONTUR_KEY_"+leakFurtherKey] = "x"
	l.check()

	l.mu.Lock()
	urls := l.urls.String()
	l.mu.Unlock()
	require.Contains(t, l.hunt.find(urls), "further key in a query", "Kontur.Focus was sent the key, and the search finds it")
	l.requireClean()
}
