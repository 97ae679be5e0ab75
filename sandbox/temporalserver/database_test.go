package temporalserver

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSealedDatabaseRefusesWrites uses the very connection that the server's goroutines share.
func TestSealedDatabaseRefusesWrites(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file.db")
	db, err := openDatabase(t.Context(), file)
	require.NoError(t, err)
	require.NoError(t, db.createNamespace("before", time.Hour))
	require.NoError(t, db.close())
	require.ErrorContains(t, db.createNamespace("after", time.Hour), "readonly")

	next, err := openDatabase(t.Context(), file)
	require.NoError(t, err)
	require.NoError(t, next.createNamespace("after", time.Hour), "the next server has a connection of its own")
	require.NoError(t, next.close())
}

func TestVersionNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give string
		want int
		text string
	}{
		{name: "release", give: "1.32.1", want: 1_032_001, text: "1.32.1"},
		{name: "release candidate", give: "1.33.0-rc.1", want: 1_033_000, text: "1.33.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, versionNumber(tt.give))
			require.Equal(t, tt.text, versionText(tt.want))
		})
	}
}
