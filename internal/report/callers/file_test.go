package callers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report/callers"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const hash = "ICy5YqxZB1uWSwcVLSNLcA=="
	const allowedHash = `the base64 of the MD5 of the password, 24 characters: printf %s "$password" | openssl dgst -md5 -binary | base64`
	const neither = "caller 1 tokenHashes is missing; allowed: a list of one hash or more; without it, a passwordHash"
	const allowedToken = "the SHA-256 of a token, 64 hexadecimal digits in small letters, as starter callers new prints it; each hash once"
	sum := callers.TokenHash("a-token")
	refused := func(n int, why string) string {
		return fmt.Sprintf(`caller 1 tokenHashes %d: "***" is not allowed; allowed: %s%s`, n, allowedToken, why)
	}
	for name, tt := range map[string]struct {
		give string
		want []string
	}{
		"nothing": {"", []string{"callers is missing; allowed: a list of at least one caller {name, domain, tokenHashes, passwordHash}"}},
		"no list": {"callers: []", []string{`callers: "***" is not allowed; allowed: a list of at least one caller {name, domain, tokenHashes, passwordHash}`}},
		"nothing known of him": {"callers: [{}]", []string{
			"caller 1 name is missing; allowed: 1 to 100 letters, digits and . _ -", neither}},
		"no hash":             {"callers: [{name: crm, tokenHashes: []}]", []string{`caller 1 tokenHashes: "***" is not allowed; allowed: a list of one hash or more; without it, a passwordHash`}},
		"a hash in no list":   {"callers: [{name: crm, tokenHashes: " + sum + "}]", []string{`caller 1 tokenHashes: "***" is not allowed; allowed: a list of one hash or more; without it, a passwordHash`}},
		"a token as its hash": {"callers: [{name: crm, tokenHashes: [cps_0123]}]", []string{refused(1, "")}},
		"a hash that is cut":  {"callers: [{name: crm, tokenHashes: [" + sum + ", " + sum[1:] + "]}]", []string{refused(2, "")}},
		"a hash and more":     {"callers: [{name: crm, tokenHashes: [" + sum + "0]}]", []string{refused(1, "")}},
		"a hash in capitals":  {"callers: [{name: crm, tokenHashes: [" + strings.ToUpper(sum) + "]}]", []string{refused(1, "")}},
		"of an empty token":   {"callers: [{name: crm, tokenHashes: [" + callers.TokenHash("") + "]}]", []string{refused(1, "; this one is of an empty token")}},
		"a hash of two":       {"callers: [{name: crm, tokenHashes: [" + sum + "]}, {name: erp, tokenHashes: [" + sum + "]}]", []string{strings.Replace(refused(1, "; this one was there before"), "caller 1", "caller 2", 1)}},
		"a token as the name": {"callers: [{name: cps_0123, tokenHashes: [" + sum + "]}]", []string{`caller 1 name: "***" is not allowed; allowed: 1 to 100 letters, digits and . _ -; a token is no name`}},
		"a password": {"callers: [{name: crm, password: pa55}]", []string{
			`caller 1: "password" is not allowed; allowed: the fields name, domain, tokenHashes, passwordHash`, neither}},
		"a password as the hash":       {"callers: [{name: crm, passwordHash: pa55}]", []string{`caller 1 passwordHash: "***" is not allowed; allowed: ` + allowedHash}},
		"a hash in hexadecimal digits": {"callers: [{name: crm, passwordHash: 202cb962ac59075b964b07152d234b70}]", []string{`caller 1 passwordHash: "***" is not allowed; allowed: ` + allowedHash}},
		"a password of digits":         {"callers: [{name: crm, passwordHash: 123}]", []string{`caller 1 passwordHash: "***" is not allowed; allowed: ` + allowedHash}},
		"an empty password":            {"callers: [{name: crm, passwordHash: 1B2M2Y8AsgTpgAmY7PhCfg==}]", []string{`caller 1 passwordHash: "***" is not allowed; allowed: ` + allowedHash + "; this one is of an empty password"}},
		"two hashes":                   {"callers: [{name: crm, passwordHash: " + hash + ", passwordHash: pa55}]", []string{`caller 1 passwordHash: "***" is not allowed; allowed: each field once`}},
		"user and password in a text":  {"callers: ['crm:pa55']", []string{`caller 1: "***" is not allowed; allowed: the fields name, domain, tokenHashes, passwordHash`}},
		"names that tokens can't have": {"callers: [{name: 'a:b', domain: 'c@d', passwordHash: " + hash + "}]", []string{
			`caller 1 name: "a:b" is not allowed; allowed: 1 to 100 letters, digits and . _ -`, `caller 1 domain: "c@d" is not allowed; allowed: 1 to 100 letters, digits and . _ -`}},
		"one twice": {"callers: [{name: a, domain: b, passwordHash: " + hash + "}, {name: a, passwordHash: " + hash + "}, {name: a, domain: b, passwordHash: " + hash + "}]", []string{
			`caller 3 name: "a@b" is not allowed; allowed: each caller once; caller 1 is the same`}},
		"Windows-1251":  {"callers: [{name: \xea, passwordHash: " + hash + "}]", []string{"YAML: line 1: bytes that are not UTF-8"}},
		"two documents": {"callers: []\n---\ncallers: []", []string{`file: "a second document" is not allowed; allowed: one document`}},
		"too large":     {strings.Repeat(" ", 300_000), []string{`file: "300000 bytes" is not allowed; allowed: at most 262144 bytes`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := callers.Parse([]byte(tt.give))
			require.True(t, invalid.Is(err))
			require.Equal(t, tt.want, strings.Split(err.Error(), "\n"))
		})
	}
}

func TestExampleOfTheDocumentsIsRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/reports.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```yaml\ncallers:")
	require.True(t, found)
	give, _, _ := strings.Cut(rest, "```")
	list, err := callers.Parse([]byte("callers:" + give))
	require.NoError(t, err)
	caller, err := list.Check(compute("portal@example", "123", 1, 60), time.Unix(1, 0))
	require.NoError(t, err)
	require.Equal(t, "portal@example", caller.User())
}

func TestLoad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "callers.yaml")
	require.NoError(t, os.WriteFile(file, []byte(example), 0o600))
	list, err := callers.Load(file)
	require.NoError(t, err)
	require.Empty(t, list.Warnings())
	require.NoError(t, os.Chmod(file, 0o640))
	list, err = callers.Load(file)
	require.NoError(t, err)
	require.Empty(t, list.Warnings(), "a group may be the worker's own")
	require.NoError(t, os.Chmod(file, 0o644))
	list, err = callers.Load(file)
	require.NoError(t, err)
	require.Equal(t, []string{
		"REPORTS_CALLERS_FILE can be read by others than its owner, and its hashes are as good as passwords; take the right away: chmod o-rwx"}, list.Warnings())
	require.NoError(t, os.Chmod(file, 0o646))
	list, err = callers.Load(file)
	require.NoError(t, err)
	require.Equal(t, []string{
		"REPORTS_CALLERS_FILE can be written by others than its owner, who can let themselves in; take the right away: chmod o-rwx"}, list.Warnings())
	require.NoError(t, os.WriteFile(file, []byte("callers: [{name: crm, tokenHashes: ["+callers.TokenHash("crm")+"]}]"), 0o600))
	require.NoError(t, os.Chmod(file, 0o644))
	list, err = callers.Load(file)
	require.NoError(t, err)
	require.Empty(t, list.Warnings(), "a token can't be found out from its hash")
	require.Empty(t, (*callers.Callers)(nil).Warnings())
	_, err = callers.Load(file + ".none")
	require.ErrorContains(t, err, "read callers: open ")
}
