package reread_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/reread"
)

// file is one whose text is the value; a text "broken" can't be read.
type file struct {
	t     *testing.T
	path  string
	files *reread.Files[string]
	reads int
	told  []string
}

func (f *file) load() (string, error) {
	f.reads++
	text, err := os.ReadFile(f.path)
	if err == nil && string(text) == "broken" {
		err = errors.New("it is broken")
	}
	return string(text), err
}

// write gives the file a text and a time, in hours from now.
func (f *file) write(text string, hours int) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(f.path, []byte(text), 0o600))
	at := time.Now().Add(time.Duration(hours) * time.Hour).Truncate(time.Second)
	require.NoError(f.t, os.Chtimes(f.path, at, at))
}

func (f *file) current() string {
	return f.files.Current(func(value string, err error) {
		if err != nil {
			value = err.Error()
		}
		f.told = append(f.told, value)
	})
}

func open(t *testing.T, text string, hours int) *file {
	t.Helper()
	f := &file{t: t, path: filepath.Join(t.TempDir(), "file")}
	f.write(text, hours)
	var err error
	f.files, err = reread.Open(f.load, f.load, f.path)
	require.NoError(t, err)
	return f
}

func TestUnchangedFilesAreNotReadAgain(t *testing.T) {
	t.Parallel()
	f := open(t, "one", -2)
	require.Equal(t, "one", f.current())
	require.Equal(t, "one", f.current())
	require.Equal(t, 1, f.reads)
	require.Empty(t, f.told)
}

func TestChangesAreReadAtOnceAndToldOnce(t *testing.T) {
	t.Parallel()
	f := open(t, "one", -3)
	f.write("two", -2) // of the same size
	require.Equal(t, "two", f.current())
	require.Equal(t, "two", f.current())
	require.Equal(t, []string{"two"}, f.told)
	require.Equal(t, 2, f.reads)

	other := filepath.Join(t.TempDir(), "other")
	require.NoError(t, os.WriteFile(other, []byte("six"), 0o600))
	info, err := os.Stat(f.path)
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(other, info.ModTime(), info.ModTime()))
	require.NoError(t, os.Rename(other, f.path))
	require.Equal(t, "six", f.current(), "another file of the same size and time")
}

func TestChangesWithinTheTickOfTheClockAreRead(t *testing.T) {
	t.Parallel()
	f := open(t, "one", 1) // young for the whole test
	info, err := os.Stat(f.path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.path, []byte("two"), 0o600))
	require.NoError(t, os.Chtimes(f.path, info.ModTime(), info.ModTime()))
	require.Equal(t, "two", f.current())
}

func TestTheLastGoodValueStays(t *testing.T) {
	t.Parallel()
	f := open(t, "one", -5)
	f.write("broken", -4)
	require.Equal(t, "one", f.current())
	require.Equal(t, "one", f.current())
	require.Equal(t, []string{"it is broken"}, f.told)
	require.Equal(t, 2, f.reads, "what is wrong with the text is found out once")
	require.NoError(t, os.Remove(f.path))
	require.Equal(t, "one", f.current())
	require.Equal(t, "one", f.current())
	require.Len(t, f.told, 2, "another reason is told too, and once")
	require.Equal(t, 4, f.reads, "that it can't be read may be the moment's")
	f.write("two", -3)
	require.Equal(t, "two", f.current())
	require.Equal(t, "two", f.told[2])
}

func TestOpenNeedsTheFiles(t *testing.T) {
	t.Parallel()
	f := &file{t: t, path: filepath.Join(t.TempDir(), "missing")}
	_, err := reread.Open(f.load, f.load, f.path)
	require.ErrorIs(t, err, os.ErrNotExist)
}
