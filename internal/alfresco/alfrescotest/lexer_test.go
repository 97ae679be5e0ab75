package alfrescotest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	f.Add(`TYPE:"idocs:contractor" AND sys:node\-dbid:<100 TO MAX]`)
	f.Add(`(TYPE:"a\"b") AND @sys\:node\-dbid:[1 TO 2>`)
	f.Add(`=sys:node\-dbid:5 AND DBID:1..7`)
	f.Fuzz(func(t *testing.T, query string) {
		clauses, err := parse(query)
		if err != nil {
			require.ErrorIs(t, err, errSyntax)
			return
		}
		require.NotEmpty(t, clauses)
		_, _ = plan(clauses)
	})
}
