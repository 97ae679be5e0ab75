package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/secret"
)

const page = "../../../docs/reports.md"

// genuine reports whether a call was made by who knows the secret, within the last five minutes. docs/reports.md has it.
func genuine(secret string, header http.Header, body []byte) bool {
	timestamp := header.Get("Counterparty-Sync-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "." + string(body)))
	want := "v1=" + hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(want), []byte(header.Get("Counterparty-Sync-Signature")))
}

// call posts something, and returns what the other side got.
func call(t *testing.T, key string, at time.Time, body any) (http.Header, []byte) {
	t.Helper()
	var header http.Header
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		got, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	c := webhook.New(webhook.Options{Hosts: []string{strings.TrimPrefix(server.URL, "http://")}, PlainHTTP: true, Secret: secret.New(key),
		Now: func() time.Time { return at }})
	require.NoError(t, c.Post(t.Context(), server.URL, body))
	return header, got
}

func TestCallsAreSigned(t *testing.T) {
	t.Parallel()
	now := time.Now()
	header, body := call(t, key, now, map[string]bool{"complete": true})
	require.True(t, genuine(key, header, body))
	require.False(t, genuine("another-key-of-somebody", header, body), "another secret")
	require.False(t, genuine(key, header, append(body, ' ')), "another body")
	moved := header.Clone()
	moved.Set(webhook.TimestampHeader, strconv.FormatInt(now.Unix()+1, 10))
	require.False(t, genuine(key, moved, body), "another time")
	old, body := call(t, key, now.Add(-time.Hour), map[string]bool{"complete": true})
	require.False(t, genuine(key, old, body), "an old call, sent again")
	require.False(t, genuine(key, http.Header{}, body), "no signature")
}

var signed = regexp.MustCompile(`(?s)<!-- signature -->\n(.*?)<!-- /signature -->`)

// TestDocsSignature holds what docs/reports.md says about signatures: the code is the one that is tested here, the example is
// what a client sends, and the shell gives the same.
func TestDocsSignature(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	section := signed.FindStringSubmatch(string(text))
	require.NotNil(t, section)
	require.Contains(t, section[1], webhook.TimestampHeader)

	source, err := os.ReadFile("sign_test.go")
	require.NoError(t, err)
	_, code, found := strings.Cut(string(source), "\nfunc genuine(")
	require.True(t, found)
	code, _, _ = strings.Cut(code, "\n}\n")
	require.Contains(t, section[1], "```go\nfunc genuine("+code+"\n}\n```")

	example := regexp.MustCompile("(?s)```sh\n(.*?)```\n.*?```text\n(.*?)```").FindStringSubmatch(section[1])
	require.NotNil(t, example)
	value := func(name string) string {
		match := regexp.MustCompile(`(?m)^` + name + `='?(.*?)'?$`).FindStringSubmatch(example[1])
		require.NotNil(t, match, name)
		return match[1]
	}
	seconds, err := strconv.ParseInt(value("timestamp"), 10, 64)
	require.NoError(t, err)
	header, body := call(t, value("secret"), time.Unix(seconds, 0), map[string]any{"uid": "requisites_7736050003@counterparty-sync", "complete": true})
	require.Equal(t, value("body"), string(body))
	require.Equal(t, header.Get(webhook.SignatureHeader)+"\n", example[2])

	said, err := exec.CommandContext(t.Context(), "sh", "-eu", "-c", example[1]).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) || strings.Contains(string(said), "openssl: not found") {
		t.Skip("no openssl on this machine")
	}
	require.NoError(t, err, "%s", said)
	require.Equal(t, example[2], string(said))
}
