package activities_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/activities"
	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
)

// A kind that a client learns and the table lacks would be retried as if it were an outage.
func TestErrors_tableHasEveryKindOfBothClients(t *testing.T) {
	t.Parallel()
	require.Equal(t, kindsOf[kontur.Kind](t, "../internal/kontur"), activities.KonturKinds())
	require.Equal(t, kindsOf[alfresco.Kind](t, "../internal/alfresco"), activities.AlfrescoKinds())
}

// kindsOf reads the constants of type Kind from a package's source.
func kindsOf[K ~string](t *testing.T, dir string) []K {
	t.Helper()
	var kinds []K
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != "Kind" {
				return true
			}
			for _, value := range spec.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				require.NoError(t, err)
				kinds = append(kinds, K(text))
			}
			return true
		})
	}
	require.NotEmpty(t, kinds)
	slices.Sort(kinds)
	return kinds
}
