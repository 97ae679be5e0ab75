package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
)

// items reads a list as a command would.
func items(t *testing.T, stdin string, given ...string) ([]item, error) {
	t.Helper()
	v := &list{}
	for _, text := range given {
		require.NoError(t, v.Set(text))
	}
	var l invalid.List
	v.read(&app{IO: IO{In: strings.NewReader(stdin), ReadFile: os.ReadFile}}, "--inn", &l)
	return v.items, l.Err()
}

func values(all []item) (list []string) {
	for _, x := range all {
		list = append(list, x.value)
	}
	return list
}

// Whatever people paste between values separates them, and nothing is lost behind the end of a line.
func TestListTakesAPastedColumn(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"1,2,3", "1;2;3", "1 2 3", "1\n2\n3", "1\r\n2\r\n3\r\n", "1\r2\r3", "1\t2\t3", "\n\n1\n\n 2 \n3\n", "1, 2;\n3,", "\ufeff1\n2\n3", "1\u00a02\u202f3",
		"1\u2028" + "2\n3", "\"1\"\n\"2\",\"3\"", "1\u200b\n2\n3\u200e", "1,2,1,3,2",
	} {
		got, err := items(t, "", text)
		require.NoError(t, err, "%q", text)
		require.Equal(t, []string{"1", "2", "3"}, values(got), "%q", text)
		got, err = items(t, text, "-")
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2", "3"}, values(got), "%q on standard input", text)
	}
	got, err := items(t, "", "1,2", "2\n3")
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, values(got), "given again it goes on")
}

func TestListSaysWhereAValueStands(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "100%d.txt")
	require.NoError(t, os.WriteFile(file, []byte("\ufeffa\r\n\r\nb c\r\n"), 0o600))
	for _, tt := range []struct {
		name, stdin, give string
		want              []item
	}{
		{"in a file", "", "@" + file, []item{{"a", file + ":1"}, {"b", file + ":3"}, {"c", file + ":3"}}},
		{"on standard input", "a\nb", "-", []item{{"a", "standard input:1"}, {"b", "standard input:2"}}},
		{"in several lines", "", "a\nb", []item{{"a", "line 1"}, {"b", "line 2"}}},
		{"in one line", "", "a,b\n", []item{{"a", ""}, {"b", ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := items(t, tt.stdin, tt.give)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestListRefusesWhatIsNoList(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "utf16.txt")
	require.NoError(t, os.WriteFile(file, []byte("\xff\xfe0\x000\x00"), 0o600))
	_, err := items(t, "", "@"+file)
	require.ErrorContains(t, err, "allowed: a text in UTF-8")
	for _, empty := range []string{"", " ,\n;", "-"} {
		_, err = items(t, "\n", empty)
		require.EqualError(t, err, "--inn is missing; allowed: at least one; leave the flag out for all", "%q", empty)
	}
	got, err := items(t, "")
	require.NoError(t, err)
	require.Empty(t, got, "nor is a flag that is not there")
}
