package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mostPackages is some room above the 1,265 of November 2026. Whoever starts the sandbox for the first time waits for every
// one of them, some ten seconds for a hundred.
const mostPackages = 1300

// A new release of the server brings what the sandbox never uses; go.mod has what stands in for some of it.
func TestFirstRunCompilesLittle(t *testing.T) {
	t.Parallel()
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(list))
	require.Less(t, len(packages), mostPackages)
	for _, p := range packages {
		require.NotRegexp(t, `^(k8s\.io|github\.com/envoyproxy)/`, p)
	}
}
