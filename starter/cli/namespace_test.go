package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/cli"
)

func TestNamespaceRefusesARetentionThatTheServerWould(t *testing.T) {
	t.Parallel()
	got := starter(t, nil, "", "namespace", "--retention", "1h")
	require.Equal(t, cli.Usage, got.status)
	require.Equal(t, `--retention: "1h0m0s" is not allowed; allowed: a duration of 24h or more, such as 720h`+"\n", got.stderr)
	require.Empty(t, got.stdout)
}

func TestNamespaceSaysThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	got := starter(t, nil, "", "namespace")
	require.Equal(t, cli.Failed, got.status)
	require.Regexp(t, `^Temporal at \S+ does not answer: .*\nhint: check that the server runs, and TEMPORAL_ADDRESS\n$`, got.stderr)
	require.Empty(t, got.stdout)
}
