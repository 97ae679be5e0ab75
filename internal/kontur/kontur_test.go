package kontur_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
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

func TestNewRefusesWhatNoClientCanBeMadeOf(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(*kontur.Options){
		"BaseURL":           func(o *kontur.Options) { o.BaseURL = "focus-api.kontur.ru" },
		"Key":               func(o *kontur.Options) { o.Key = secret.Value{} },
		"RequestsPerSecond": func(o *kontur.Options) { o.RequestsPerSecond = -1 },
		"Concurrency":       func(o *kontur.Options) { o.Concurrency = -1 },
		"ReportPercent":     func(o *kontur.Options) { o.ReportPercent = 100 },
		"Timeout":           func(o *kontur.Options) { o.Timeout = -1 },
		"MaxItemBytes":      func(o *kontur.Options) { o.MaxItemBytes = -1 },
		"MonitoringDate":    func(o *kontur.Options) { o.MonitoringDate = "never" },
	} {
		o := kontur.Options{Key: secret.New("k")}
		_, err := kontur.New(o)
		require.NoError(t, err)
		wrong(&o)
		_, err = kontur.New(o)
		require.Error(t, err, name)
	}
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
		{"other scheme", "ftp://focus-api.kontur.ru", "k", "options"},
		{"no host", "https:///api3", "k", "options"},
		{"user", "https://user:hidden@focus-api.kontur.ru", "k", "options"},
		{"address of a call", good + "/api3/req?key=hidden", "k", "options"},
		{"empty query", good + "?", "k", "options"},
		{"fragment", good + "#hidden", "k", "options"},
		{"no URL at all", "https://hidden\x7f", "k", "options"},
		{"no key", good, "", "options"},
		{"key with a line break", good, "hidden\n", "KONTUR_KEY"},
		{"key with a space", good, "hidden key", "KONTUR_KEY"},
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
	_, err := c.Query(ctx, method, counterparty.Askable(by, ids), func(item kontur.Item) error {
		items = append(items, item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// Of several keys each is known by its settings, in hints and to the observer; the key itself is not.
func TestClientOfAFurtherKeyNamesItsSettings(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t)
	for _, tt := range []struct {
		fault konturtest.Fault
		want  string
	}{
		{konturtest.Fault{Status: 403, Text: "No valid key specified"}, "check KONTUR_KEY_ACME or KONTUR_KEY_ACME_FILE; the key may have expired"},
		{konturtest.Fault{Status: 429, RetryAfter: "1"}, "lower KONTUR_RPS_ACME or KONTUR_CONCURRENCY_ACME if it happens often"},
		{konturtest.Fault{Status: 503}, "if it lasts, check the network, the proxy and KONTUR_URL"},
	} {
		var seen kontur.Call
		c := newClient(t, s, func(o *kontur.Options) { o.Name, o.Observe = "ACME", func(call kontur.Call) { seen = call } })
		tt.fault.Times = 1
		s.Inject(tt.fault)
		_, err := c.Quotas(t.Context())
		var e *kontur.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tt.want, e.Hint)
		require.Equal(t, "ACME", seen.Key)
	}
	_, err := kontur.New(kontur.Options{Key: secret.New("hidden key"), Name: "ACME"})
	require.EqualError(t, err, `KONTUR_KEY_ACME: "***" is not allowed; allowed: a key without spaces and line breaks`)
}
