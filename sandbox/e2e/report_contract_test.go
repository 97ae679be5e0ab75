package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/starter/cli"
)

// A report type that the contract can't fill is told up front, once; its reports are made all the same, and say it too.
func TestReportTypeThatTheContractLacks(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	file := filepath.Join(t.TempDir(), "types.yaml")
	require.NoError(t, os.WriteFile(file, []byte(probe), 0o600))
	env := map[string]string{"REPORT_TYPES_FILE": file}
	s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100})
	ids := s.counterparties()
	const lacks = "the key's contract does not list what report types ask: probe: sites, contacts (optional)"

	s.startWorker(env)
	s.untilLogged(`"subject":"reports"`)
	require.Equal(t, 1, strings.Count(s.logged(), lacks))
	status, said, _ := s.starterIn(env, "", "check")
	require.Equal(t, cli.Failed, status)
	require.Regexp(t, `(?m)^reports +WRONG +`+strings.NewReplacer("(", `\(`, ")", `\)`).Replace(lacks)+`$`, said)

	status, said, _ = s.starter("", "report", "probe", ids["legal entity"])
	require.Equal(t, cli.Failed, status)
	require.Regexp(t, `kontur\.req +OK`, said)
	require.Regexp(t, `kontur\.sites +ERROR`, said)
}
