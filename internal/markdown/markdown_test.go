package markdown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/markdown"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for give, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 4711: "4711", -9999: "-9999", 10_000: "10 000", 12_300: "12 300", 123_456: "123 456",
		1_234_567: "1 234 567", -12_300: "-12 300", -123_456: "-123 456",
	} {
		require.Equal(t, want, markdown.Number(give))
	}
}

func TestTextStaysWhatItIs(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"ООО «Пример»: 100 %":        "ООО «Пример»: 100 %",
		"a|b\n| c\r\n\n# no heading": "a&#124;b &#124; c # no heading",
		"<img src=x> &amp; *b* _i_":  "&#60;img src=x&#62; &amp;amp; &#42;b&#42; &#95;i&#95;",
		"`code` [l](https://x.test)": "&#96;code&#96; &#91;l&#93;(https&#58;//x.test)",
		"a\u202eb\u200b\x00c":        "a&#92;u202eb&#92;u200b&#92;u0000c",
		`\| $1+$2 ~~x~~ {runId}`:     "&#92;&#124; &#36;1+&#36;2 &#126;&#126;x&#126;&#126; &#123;runId&#125;",
	} {
		require.Equal(t, want, markdown.Text(give))
	}
	require.Equal(t, "`starter retry main`", markdown.Code("starter retry `main|{}\n"))
	require.Equal(t, "`starter retry \\u202emain`", markdown.Code("starter retry \u202emain"))
}

func TestLinksAreRelativeAndEscaped(t *testing.T) {
	t.Parallel()
	require.Equal(t, "[segment 1](namespaces/my%20accounts/workflows/counterparty-sync-main-2026-01-02T03:04:05Z%2Fsegment-1/run-1)",
		markdown.Workflow("segment 1", "my accounts", "counterparty-sync-main-2026-01-02T03:04:05Z/segment-1", "run-1"))
	require.Equal(t, "[latest](namespaces/default/workflows/a%28b%29)", markdown.Workflow("latest", "default", "a(b)", ""))
	require.Equal(t, "[schedule](namespaces/default/schedules/counterparty-sync-main)", markdown.Schedule("schedule", "default", "counterparty-sync-main"))
}

func TestListsAndTimes(t *testing.T) {
	t.Parallel()
	require.Equal(t, "- rate: 7\n- end\n", markdown.Item("rate", "7")+markdown.Item("end", ""))
	zone := time.FixedZone("", 3*60*60)
	require.Equal(t, "2026-01-02 00:04:05 UTC", markdown.Time(time.Date(2026, 1, 2, 3, 4, 5, 6, zone)))
}

func TestFits(t *testing.T) {
	t.Parallel()
	require.True(t, markdown.Fits(strings.Repeat("a", 7000)))
	require.False(t, markdown.Fits(strings.Repeat("a", 7001)))
	require.False(t, markdown.Fits(strings.Repeat("ы", 1200)), "a Cyrillic letter takes six bytes in an address")
}
