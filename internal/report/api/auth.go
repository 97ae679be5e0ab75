package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash/maphash"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
)

// tokenPattern is what a token may look like (RFC 9110, token68).
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// authenticate answers those who may not ask, and reports who may, and whether the request may go on. It takes "Authorization: Bearer
// TOKEN" and, from clients of the SpectrumData B2B API, "Authorization: AR-REST TOKEN". The token is one of a caller, the one for
// all, or with AR-REST one that the caller has computed. No answer repeats what was shown.
func (a *api) authenticate(w http.ResponseWriter, r *http.Request) (callers.Caller, bool) {
	caller, refused := a.check(r.Header.Get("Authorization"))
	if refused == nil {
		return caller, true
	}
	if wait := a.refusals.note(refused.reason, r.RemoteAddr, a.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		a.bare(w, r, http.StatusTooManyRequests, "TooManyRequests", "too many requests without the token; wait, then send the right one")
		return caller, false
	}
	if refused.challenge != "" {
		w.Header().Set("WWW-Authenticate", refused.challenge)
	}
	refused.why.Class = "Security"
	a.event(w, refused.status, refused.why)
	return caller, false
}

// refusal is why a request may not go on.
type refusal struct {
	reason    string // one of Reasons
	status    int
	challenge string
	why       event
}

// check looks at a header Authorization; no refusal lets the request go on.
func (a *api) check(header string) (callers.Caller, *refusal) {
	var nobody callers.Caller
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	isNative := strings.EqualFold(scheme, "AR-REST")
	var known *callers.Callers
	if a.Callers != nil {
		known = a.Callers()
	}
	switch {
	case header == "":
		return nobody, &refusal{NoToken, http.StatusUnauthorized, "Bearer",
			event{Type: "SecurityAuthTokenRequired", Name: "no token", Message: "send the token: Authorization: Bearer TOKEN"}}
	case !isNative && !strings.EqualFold(scheme, "Bearer"), !tokenPattern.MatchString(token):
		return nobody, &refusal{MalformedToken, http.StatusBadRequest, "",
			event{Type: "SecurityAuthMalformedToken", Name: "malformed token", Message: "the header Authorization is neither Bearer TOKEN nor AR-REST TOKEN"}}
	case a.isToken(token):
		return tokenUser(), nil
	}
	if caller, ok := known.Find(token); ok {
		return caller, nil
	}
	if isNative {
		caller, err := known.Check(token, a.Now())
		if err == nil {
			return caller, nil
		}
		if late, ok := errors.AsType[*callers.UntimelyError](err); ok {
			return nobody, a.untimely(late)
		}
	}
	return nobody, &refusal{WrongToken, http.StatusUnauthorized, `Bearer error="invalid_token"`,
		event{Type: "SecurityAuthWrongToken", Name: "wrong token", Message: "the worker knows no such token; see its REPORTS_TOKEN and REPORTS_CALLERS_FILE"}}
}

// untimely is the refusal of a caller whose token has expired or is of the future, in the form of a captured one.
func (a *api) untimely(token *callers.UntimelyError) *refusal {
	return &refusal{UntimelyToken, http.StatusForbidden, "", event{
		Type: "SecurityAuthTimeoutedStamp", Name: "untimely token",
		Message: token.Error() + ", and the time here is " + a.Now().UTC().Format(time.RFC3339) + "; compute a new one, and compare the clocks",
		Data: map[string]any{
			"income_stamp": desk.Stamp(token.Stamp), "income_age": token.Age, "server_time": a.stamp(),
		},
	}}
}

// isToken compares in a time that tells neither how much of the token is right nor how long it is.
func (a *api) isToken(shown string) bool {
	want, got := sha256.Sum256([]byte(a.Token.Reveal())), sha256.Sum256([]byte(shown))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && !a.Token.Empty()
}

// Reasons of a refusal, the values of a metric's label.
const (
	NoToken        = "none"
	MalformedToken = "malformed"
	WrongToken     = "wrong"
	UntimelyToken  = "untimely"
)

// How many refusals are explained. A program with an old token that asks each second stays below the second line, and
// beyond the first it hears that it should wait.
const (
	// From one address: ten at once, then one in ten seconds.
	refusedBurst = 10
	refusedEvery = 10 * time.Second
	// From all together: a hundred at once, then five a second.
	allRefusedBurst = 100
	allRefusedEvery = time.Second / 5
	// addressSlots bound the memory. Addresses that share a slot share its limit, which none of them needs who knows the token.
	addressSlots = 1024
	// refusedLogInterval is the least time between two lines of the log.
	refusedLogInterval = time.Minute
)

// Reasons are all reasons of a refusal.
func Reasons() []string { return []string{NoToken, MalformedToken, WrongToken, UntimelyToken} }

// refusals limit, count and log the answers to those who don't show the token. Whoever shows it never comes here, so that
// one who guesses from behind the same proxy keeps nobody out.
type refusals struct {
	count func(reason string)
	log   *zap.Logger

	seed  maphash.Seed
	slots [addressSlots]*rate.Limiter
	all   *rate.Limiter

	mu sync.Mutex
	// unlogged are those since the last line, and the address of the latest of them.
	unlogged int
	from     string
	// quiet is the time in which no line is due; nil if the next refusal makes one at once.
	quiet *time.Timer
}

func newRefusals(count func(reason string), log *zap.Logger) *refusals {
	r := &refusals{count: count, log: log, seed: maphash.MakeSeed(), all: rate.NewLimiter(rate.Every(allRefusedEvery), allRefusedBurst)}
	for i := range r.slots {
		r.slots[i] = rate.NewLimiter(rate.Every(refusedEvery), refusedBurst)
	}
	return r
}

// note takes a refusal down. It returns how long the caller should wait; 0 if it has room to be told why.
func (r *refusals) note(reason, remote string, now time.Time) time.Duration {
	address := addressOf(remote)
	if r.count != nil {
		r.count(reason)
	}
	r.logSoon(address)
	slot := r.slots[maphash.String(r.seed, address)%addressSlots]
	switch {
	case !slot.AllowN(now, 1):
		return refusedEvery
	case !r.all.AllowN(now, 1):
		return time.Second
	}
	return 0
}

// addressOf is whose limit counts: an IPv4 address, or the 64 bits of IPv6 that one customer has to himself.
func addressOf(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, _ := address.Prefix(64) // an IPv6 address has them
	return network.String()
}

// logSoon writes a line, or leaves it to the end of the minute.
func (r *refusals) logSoon(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unlogged++
	r.from = address
	if r.quiet == nil {
		r.logNow()
	}
}

// logNow writes what is unlogged, and looks again a minute later. The lock is the caller's.
func (r *refusals) logNow() {
	if r.unlogged == 0 {
		r.quiet = nil
		return
	}
	r.log.Warn("callers without the token of reports were refused", zap.Int("refused", r.unlogged), zap.String("from", r.from))
	r.unlogged = 0
	r.quiet = time.AfterFunc(refusedLogInterval, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.logNow()
	})
}
