package codecserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/encoding/protojson"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/codecserver"
	"counterparty-sync/internal/secret"
)

const (
	token  = "0123456789abcdefghijkl"
	origin = "https://temporal.example.org"
)

// world is a server and what it works with.
type world struct {
	options codecserver.Options
	codec   *codec.Codec
	logs    *observer.ObservedLogs
	now     time.Time
	handler http.Handler
}

func newWorld(t *testing.T, change func(*codecserver.Options)) *world {
	t.Helper()
	keys, err := codec.ParseKeys([]byte(`keys: [{id: "2026-11", key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=}]`))
	require.NoError(t, err)
	core, logs := observer.New(zapcore.DebugLevel)
	w := &world{codec: &codec.Codec{Compress: true, Keys: keys}, logs: logs, now: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)}
	w.options = codecserver.Options{
		Codec: w.codec, Namespace: "default", Origins: []string{origin}, Token: secret.New(token), Now: func() time.Time { return w.now }, Log: zap.New(core),
	}
	if change != nil {
		change(&w.options)
	}
	w.handler = codecserver.New(w.options)
	return w
}

// body is a request about a payload that says a text, encoded or not.
func (w *world) body(t *testing.T, text string, encoded bool) string {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(text)
	require.NoError(t, err)
	payloads := []*commonpb.Payload{payload}
	if encoded {
		payloads, err = w.codec.Encode(payloads)
		require.NoError(t, err)
	}
	data, err := protojson.Marshal(&commonpb.Payloads{Payloads: payloads})
	require.NoError(t, err)
	return string(data)
}

// ask asks as somebody with these headers does: pairs of name and value.
func (w *world) ask(t *testing.T, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

var admitted = []string{"X-Namespace", "default", "Authorization", "Bearer " + token}

func TestServerDecodesAndEncodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	answer := w.ask(t, http.MethodPost, "/decode", w.body(t, "7707083893", true), admitted...)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.JSONEq(t, `{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"Ijc3MDcwODM4OTMi"}]}`, answer.Body.String())
	require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
	answer = w.ask(t, http.MethodPost, "/decode", w.body(t, "7707083893", true), "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, answer.Code, "temporal names no namespace where none is set")
	answer = w.ask(t, http.MethodPost, "/encode", w.body(t, "7707083893", false), admitted...)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.NotContains(t, answer.Body.String(), "Ijc3MDcwODM4OTMi")
	var encoded commonpb.Payloads
	require.NoError(t, protojson.Unmarshal(answer.Body.Bytes(), &encoded))
	require.Equal(t, "2026-11", codec.KeyID(encoded.GetPayloads()[0]))
}

func TestServerAnswersNoStrangers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers []string
		status  int
		text    string
	}{
		"no token":          {[]string{"X-Namespace", "default"}, 401, "a token is needed: Authorization: Bearer …"},
		"another token":     {[]string{"X-Namespace", "default", "Authorization", "Bearer " + token + "m"}, 401, "this token is not the one of CODEC_TOKEN"},
		"no bearer":         {[]string{"X-Namespace", "default", "Authorization", "Basic " + token}, 401, "a token is needed: Authorization: Bearer …"},
		"another namespace": {[]string{"X-Namespace", "other", "Authorization", "Bearer " + token}, 400, "X-Namespace has to be that of this worker"},
		"a foreign page":    {append([]string{"Origin", "https://evil.example.org"}, admitted...), 403, "this origin is not among those of CODEC_ORIGINS"},
		"a similar page":    {append([]string{"Origin", origin + ".evil.example.org"}, admitted...), 403, "this origin is not among those of CODEC_ORIGINS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			for _, path := range []string{"/decode", "/encode"} {
				answer := w.ask(t, http.MethodPost, path, w.body(t, "7707083893", true), tt.headers...)
				require.Equal(t, tt.status, answer.Code)
				require.Equal(t, tt.text+"\n", answer.Body.String())
				require.Equal(t, tt.status == 401, answer.Header().Get("WWW-Authenticate") != "")
			}
		})
	}
}

// The log tells of strangers, and can't be flooded by them.
func TestServerTellsOfStrangersNowAndThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	turnAway := func(times int) {
		for range times {
			require.Equal(t, 401, w.ask(t, http.MethodPost, "/decode", "{}", "X-Namespace", "default", "Authorization", "Bearer wrong").Code)
		}
	}
	turnAway(100)
	w.now = w.now.Add(time.Minute)
	turnAway(1)
	entries := w.logs.All()
	require.Len(t, entries, 2)
	require.EqualValues(t, 1, entries[0].ContextMap()["times"])
	require.EqualValues(t, 100, entries[1].ContextMap()["times"])
}

func TestServerLetsPagesOfTheWebUIAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	answer := w.ask(t, http.MethodOptions, "/decode", "", "Origin", origin, "Access-Control-Request-Method", "POST")
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Equal(t, origin, answer.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", answer.Header().Get("Access-Control-Allow-Credentials"))
	for _, header := range []string{"Authorization", "Content-Type", "X-Namespace"} {
		require.Contains(t, answer.Header().Get("Access-Control-Allow-Headers"), header)
	}
	require.Equal(t, "Origin", answer.Header().Get("Vary"))
	answer = w.ask(t, http.MethodPost, "/decode", w.body(t, "x", true), append([]string{"Origin", origin}, admitted...)...)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Equal(t, origin, answer.Header().Get("Access-Control-Allow-Origin"))
	answer = w.ask(t, http.MethodOptions, "/decode", "", "Origin", "https://evil.example.org")
	require.Equal(t, http.StatusForbidden, answer.Code)
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Origin"))
}

func TestServerSaysWhatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other, err := codec.ParseKeys([]byte(`keys: [{id: "2026-10", key: QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=}]`))
	require.NoError(t, err)
	old := &world{codec: &codec.Codec{Keys: other}}
	for name, tt := range map[string]struct {
		body   string
		status int
		text   string
	}{
		"a key that is missing": {old.body(t, "x", true), 400, `encrypted with key "2026-10", which PAYLOAD_KEYS_FILE does not have`},
		"no payloads":           {"[]", 400, "syntax error"},
		"too much":              {`{"payloads":[{"data":"` + strings.Repeat("A", 17<<20) + `"}]}`, 400, "request body too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := w.ask(t, http.MethodPost, "/decode", tt.body, admitted...)
			require.Equal(t, tt.status, answer.Code)
			require.Contains(t, answer.Body.String(), tt.text)
		})
	}
	require.Equal(t, http.StatusNotFound, w.ask(t, http.MethodPost, "/", "{}", admitted...).Code)
	require.Equal(t, http.StatusMethodNotAllowed, w.ask(t, http.MethodGet, "/decode", "", admitted...).Code)
}

// Whoever may read the namespace may see it decoded, and Temporal knows who may.
func TestServerAsksTemporalAboutAccessTokens(t *testing.T) {
	t.Parallel()
	asked := 0
	var trouble error
	w := newWorld(t, func(o *codecserver.Options) {
		o.MayRead = func(_ context.Context, accessToken string) (bool, error) {
			asked++
			return accessToken == "of a reader", trouble
		}
	})
	ask := func(token string) *httptest.ResponseRecorder {
		return w.ask(t, http.MethodPost, "/decode", w.body(t, "x", true), "X-Namespace", "default", "Authorization", "Bearer "+token)
	}
	require.Equal(t, 200, ask("of a reader").Code)
	require.Equal(t, 200, ask("of a reader").Code)
	require.Equal(t, 1, asked, "for a while it is believed")
	w.now = w.now.Add(time.Minute)
	require.Equal(t, 200, ask("of a reader").Code)
	require.Equal(t, 2, asked)
	require.Equal(t, 401, ask("of a stranger").Code)
	require.Equal(t, 200, ask(token).Code, "the token of its own goes as well")
	require.Equal(t, 3, asked)
	trouble = errors.New("is down")
	require.Equal(t, 502, ask("of somebody else").Code)
	require.Equal(t, 502, ask("of somebody else").Code)
	require.Equal(t, 1, w.logs.FilterMessage("Temporal does not say who may read the namespace").Len(), "not each time")
}

// Strangers may show any number of tokens: Temporal is not asked about all of them at once.
func TestServerBoundsWhatAccessTokensCost(t *testing.T) {
	t.Parallel()
	asked := 0
	w := newWorld(t, func(o *codecserver.Options) {
		o.MayRead = func(context.Context, string) (bool, error) { asked++; return true, nil }
	})
	ask := func(token int) int {
		return w.ask(t, http.MethodPost, "/decode", w.body(t, "x", true), "X-Namespace", "default", "Authorization", fmt.Sprint("Bearer ", token)).Code
	}
	codes := map[int]int{}
	for token := range 100 {
		codes[ask(token)]++
	}
	require.Equal(t, map[int]int{200: 20, 429: 80}, codes)
	require.Equal(t, 20, asked)
}

// On loopback nothing need be shown.
func TestServerWithoutTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *codecserver.Options) { o.Token = secret.Value{} })
	require.Equal(t, 200, w.ask(t, http.MethodPost, "/decode", w.body(t, "x", true), "X-Namespace", "default").Code)
	require.Equal(t, 403, w.ask(t, http.MethodPost, "/decode", w.body(t, "x", true), "X-Namespace", "default", "Origin", "https://evil.example.org").Code)
}
