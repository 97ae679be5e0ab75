package sourcestatetest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
)

// FuzzParse checks that no document makes Parse panic, miscount or call an unknown state ok, and that what can be taken
// over means the same when it is rendered in either dialect and read again.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.json")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		document, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(document)
	}
	f.Add([]byte(`{"state":{"sources":[null,{}]}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := sourcestatetest.Parse(document)
		if err != nil {
			require.Equal(t, 1, strings.Count(err.Error(), "\nhint: "))
			require.Empty(t, p)
			return
		}
		unknown, ended := 0, 0
		for _, s := range p.Sources {
			switch {
			case s.State.Ended():
				ended++
			case !s.State.Known():
				unknown++
			}
		}
		require.Equal(t, len(p.Sources), p.Recount.OK+p.Recount.Wait+p.Recount.Error)
		require.LessOrEqual(t, p.Recount.OK, ended)
		require.GreaterOrEqual(t, p.Recount.Error, unknown)
		require.GreaterOrEqual(t, len(p.Remarks), unknown)

		r, err := p.Report()
		if err != nil {
			require.NotEmpty(t, p.Sources)
			return
		}
		require.Zero(t, unknown)
		require.Equal(t, p.Recount, r.Counts())
		for d, document := range map[ss.Dialect]any{ss.VehicleDialect: ss.Vehicle(r), ss.EntityDialect: ss.Entity(r)} {
			rendered, err := json.Marshal(document)
			require.NoError(t, err)
			again, err := sourcestatetest.Parse(rendered)
			require.NoError(t, err)
			require.Equal(t, d, again.Dialect)
			require.Empty(t, again.Remarks)
			require.Equal(t, p.Recount, again.Recount)
		}
	})
}
