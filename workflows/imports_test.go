package workflows_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What workflow code may import. workflowcheck misses calls such as os.Getenv, os.ReadFile and time.LoadLocation.
var allowedImports = []string{
	"errors", "fmt", "slices", "strings", "time",
	"go.temporal.io/api/enums/v1", "go.temporal.io/sdk/log", "go.temporal.io/sdk/temporal", "go.temporal.io/sdk/worker", "go.temporal.io/sdk/workflow",
	// Of codec only the errors: what they say of a payload is the same in each replay, or the task fails.
	"counterparty-sync/internal/codec",
	"counterparty-sync/internal/counterparty", "counterparty-sync/internal/excerpt", "counterparty-sync/internal/kontur/methods",
	"counterparty-sync/internal/markdown", "counterparty-sync/internal/pass", "counterparty-sync/internal/report",
	"counterparty-sync/internal/sourcestate", "counterparty-sync/internal/wire", "counterparty-sync/workflows/flow", "counterparty-sync/workflows/page",
	"counterparty-sync/workflows/report",
}

// rooms are the folders of code that runs in workflows.
var rooms = []string{".", "flow", "page", "report"}

func TestWorkflowsImportNothingThatIsNotDeterministic(t *testing.T) {
	t.Parallel()
	var files []string
	for _, room := range rooms {
		found, err := filepath.Glob(filepath.Join(room, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, found, room)
		files = append(files, found...)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		seen++
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			require.True(t, slices.Contains(allowedImports, path), "%s imports %s", name, path)
		}
	}
	require.Greater(t, seen, 3)
}
