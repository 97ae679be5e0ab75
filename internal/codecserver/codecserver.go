// Package codecserver decodes what Temporal keeps for those who may see it: it is the codec server that Temporal's Web UI, temporal
// --codec-endpoint and tctl --codec_endpoint ask. The form of its questions and answers is the SDK's.
//
// Who may ask shows a token of the worker's own, or the access token by which Temporal itself lets him read the namespace: whoever
// may read it encoded may read it decoded. Pages of other origins than those named can't ask, whoever looks at them.
package codecserver

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/converter"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"counterparty-sync/internal/secret"
)

const (
	// maxBody bounds a request, in bytes: the Web UI sends the payloads of some events at once.
	maxBody = 16 << 20
	// admittedFor is how long an access token is believed after Temporal has accepted it, and maxAdmitted of how many that is kept.
	admittedFor = time.Minute
	maxAdmitted = 1000
	// askedPerSecond and askedAtOnce bound how often Temporal is asked about access tokens: strangers may show any number of them.
	askedPerSecond, askedAtOnce = 5, 20
	// tellEvery is how often the log tells of the same trouble with callers.
	tellEvery = time.Minute
)

// Options are who may ask, and for what.
type Options struct {
	Codec     converter.PayloadCodec
	Namespace string
	// Origins are those of Web UIs: http://127.0.0.1:8233.
	Origins []string
	// Token is that of callers; empty: there is none.
	Token secret.Value
	// MayRead asks Temporal whether somebody with this access token may read the namespace; nil: it is not asked. With neither Token nor
	// MayRead whoever reaches the server may ask.
	MayRead func(ctx context.Context, accessToken string) (bool, error)
	Now     func() time.Time
	Log     *zap.Logger
}

type server struct {
	Options
	decoding http.Handler

	mu sync.Mutex
	// admitted are access tokens, by their SHA-256, and until when they are believed.
	admitted map[[sha256.Size]byte]time.Time
	// asking bounds the questions to Temporal.
	asking *rate.Limiter
	// troubles are how often each kind of them came since the log told of it, and when that was.
	troubles [kinds]struct {
		times  int
		toldAt time.Time
	}
}

// The kinds of troubles with callers.
const (
	turnedAway = iota
	unsaid
	kinds
)

// New makes the handler.
func New(o Options) http.Handler {
	s := &server{Options: o, decoding: converter.NewPayloadCodecHTTPHandler(o.Codec), admitted: map[[sha256.Size]byte]time.Time{},
		asking: rate.NewLimiter(askedPerSecond, askedAtOnce)}
	mux := http.NewServeMux()
	for _, path := range []string{"/encode", "/decode"} {
		mux.HandleFunc("OPTIONS "+path, s.preflight)
		mux.HandleFunc("POST "+path, s.answer)
	}
	return mux
}

// allowOrigin lets a page of a named origin see the answer. It reports whether there is none that was not named.
func (s *server) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser
	}
	if !slices.Contains(s.Origins, origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Allow-Credentials", "true")
	return true
}

func (s *server) preflight(w http.ResponseWriter, r *http.Request) {
	if !s.allowOrigin(w, r) {
		refuse(w, http.StatusForbidden, "this origin is not among those of CODEC_ORIGINS")
		return
	}
	w.Header().Set("Access-Control-Allow-Methods", "POST")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Authorization-Extras, Content-Type, X-Namespace")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	if !s.allowOrigin(w, r) {
		refuse(w, http.StatusForbidden, "this origin is not among those of CODEC_ORIGINS")
		return
	}
	// temporal sends an empty one where no namespace is set, and means its default.
	if got := r.Header.Get("X-Namespace"); got != "" && got != s.Namespace {
		refuse(w, http.StatusBadRequest, "X-Namespace has to be that of this worker")
		return
	}
	if status, problem := s.admit(r); problem != "" {
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
			if times := s.due(turnedAway); times > 0 {
				s.Log.Warn("the codec server turned somebody away", zap.Int("times", times))
			}
		}
		refuse(w, status, problem)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.decoding.ServeHTTP(w, r)
}

// admit says why somebody may not ask; an empty problem is a yes.
func (s *server) admit(r *http.Request) (status int, problem string) {
	if s.Token.Empty() && s.MayRead == nil {
		return 0, ""
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return http.StatusUnauthorized, "a token is needed: Authorization: Bearer …"
	}
	hash := sha256.Sum256([]byte(token))
	if own := sha256.Sum256([]byte(s.Token.Reveal())); !s.Token.Empty() && subtle.ConstantTimeCompare(hash[:], own[:]) == 1 {
		return 0, ""
	}
	if s.MayRead == nil {
		return http.StatusUnauthorized, "this token is not the one of CODEC_TOKEN"
	}
	if s.wasAdmitted(hash) {
		return 0, ""
	}
	if !s.asking.AllowN(s.Now(), 1) {
		return http.StatusTooManyRequests, "too many access tokens are being asked about; try again in a second"
	}
	may, err := s.MayRead(r.Context(), token)
	switch {
	case err != nil:
		if times := s.due(unsaid); times > 0 {
			s.Log.Warn("Temporal does not say who may read the namespace", zap.Error(err), zap.Int("times", times))
		}
		return http.StatusBadGateway, "Temporal does not say whether this access token may read the namespace"
	case !may:
		return http.StatusUnauthorized, "Temporal does not let this access token read the namespace"
	}
	s.remember(hash)
	return 0, ""
}

func (s *server) wasAdmitted(hash [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Now().Before(s.admitted[hash])
}

func (s *server) remember(hash [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.admitted) >= maxAdmitted {
		clear(s.admitted)
	}
	s.admitted[hash] = s.Now().Add(admittedFor)
}

// due counts a trouble. Now and then it is time for the log to tell of it: then it returns how often it came since that was last so.
func (s *server) due(kind int) (times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.troubles[kind]
	t.times++
	if now := s.Now(); now.Sub(t.toldAt) >= tellEvery {
		times, t.times, t.toldAt = t.times, 0, now
	}
	return times
}

func refuse(w http.ResponseWriter, status int, why string) { http.Error(w, why, status) }
