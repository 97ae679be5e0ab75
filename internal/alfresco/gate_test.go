package alfresco

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever changes nodes goes through Client.change, so that there is one place to refuse it.
func TestEveryChangeGoesThroughOneGate(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	sent := regexp.MustCompile(`\.(\w+)\(ctx, call\{\s*operation: (op\w+), method: http\.Method(\w+)`)
	gates := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Len(t, sent.FindAllString(string(source), -1), strings.Count(string(source), "call{"), "%s has a request of another form", file)
		for _, match := range sent.FindAllStringSubmatch(string(source), -1) {
			gates[match[2]+" "+match[3]] = match[1]
		}
	}
	require.Equal(t, map[string]string{
		"opSearch Post": "do", "opMetadata Get": "do", "opGet Get": "do", "opDiscovery Get": "do", "opModel Get": "do", "opQuery Post": "do", "opTicket Post": "send",
		"opPut Put": "change", "opMutate Post": "change",
	}, gates)
}
