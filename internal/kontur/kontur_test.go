package kontur_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

const (
	inn1, inn2, inn3    = "0012345673", "0012345680", "0012345698"
	ogrn1, ogrn2, ogrn3 = "1000000000010", "1000000000021", "1000000000032"
	innIP               = "001234567887"
	ogrnip1, ogrnip2    = "300000000000015", "300000000000026"
	badINN              = "0012345674"
)

// newClient makes a client of a simulator that is as fast as it can be; change adapts its options.
func newClient(t *testing.T, s *konturtest.Server, change ...func(*kontur.Options)) *kontur.Client {
	t.Helper()
	o := kontur.Options{BaseURL: s.URL(), Key: secret.New(s.Key()), RequestsPerSecond: 1e6}
	for _, f := range change {
		f(&o)
	}
	c, err := kontur.New(o)
	require.NoError(t, err)
	return c
}

func TestNewReportsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := kontur.New(kontur.Options{BaseURL: "focus-api.kontur.ru", RequestsPerSecond: -1, Concurrency: -1, Timeout: -1, MaxItemBytes: -1})
	require.True(t, invalid.Is(err))
	for _, name := range []string{"BaseURL", "Key", "RequestsPerSecond", "Concurrency", "Timeout", "MaxItemBytes"} {
		require.Contains(t, err.Error(), name)
	}
	require.Equal(t, 5, strings.Count(err.Error(), "\n"))
}

func TestNewChecksTheBaseURLAndTheKey(t *testing.T) {
	t.Parallel()
	const good = "https://focus-api.kontur.ru"
	tests := []struct {
		name, url, key string
		want           string
	}{
		{"default URL", "", "k", ""},
		{"slash at the end", good + "/", "k", ""},
		{"path in front", "http://127.0.0.1:1/focus", "k", ""},
		{"other scheme", "ftp://focus-api.kontur.ru", "k", "BaseURL"},
		{"no host", "https:///api3", "k", "BaseURL"},
		{"user", "https://user:hidden@focus-api.kontur.ru", "k", "BaseURL"},
		{"address of a call", good + "/api3/req?key=hidden", "k", "BaseURL"},
		{"empty query", good + "?", "k", "BaseURL"},
		{"fragment", good + "#hidden", "k", "BaseURL"},
		{"no URL at all", "https://hidden\x7f", "k", "BaseURL"},
		{"no key", good, "", "Key"},
		{"key with a line break", good, "hidden\n", "Key"},
		{"key with a space", good, "hidden key", "Key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := kontur.New(kontur.Options{BaseURL: tt.url, Key: secret.New(tt.key)})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "hidden")
		})
	}
}

// query collects the items of an answer; after an error there is none.
func query(ctx context.Context, c *kontur.Client, method string, by counterparty.IDKind, ids []string) ([]kontur.Item, error) {
	var items []kontur.Item
	_, err := c.Query(ctx, method, by, ids, func(item kontur.Item) error {
		items = append(items, item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}
