package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"regexp"
	"strings"
)

// tokenPattern is what a token may look like (RFC 9110, token68).
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// authenticate answers those who do not show the token, and reports whether the request may go on. It takes
// "Authorization: Bearer TOKEN" and, from clients of the SpectrumData B2B API, "Authorization: AR-REST TOKEN". No answer
// repeats what was shown.
func (a *api) authenticate(w http.ResponseWriter, r *http.Request) bool {
	header := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	reason, status, challenge := "", http.StatusUnauthorized, ""
	why := event{Class: "Security"}
	switch {
	case header == "":
		reason, challenge = NoToken, "Bearer"
		why.Type, why.Name, why.Message = "SecurityAuthTokenRequired", "no token", "send the token: Authorization: Bearer TOKEN"
	case !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "AR-REST"), !tokenPattern.MatchString(token):
		reason, status = MalformedToken, http.StatusBadRequest
		why.Type, why.Name, why.Message = "SecurityAuthMalformedToken", "malformed token", "the header Authorization is neither Bearer TOKEN nor AR-REST TOKEN"
	case !a.isToken(token):
		reason, challenge = WrongToken, `Bearer error="invalid_token"`
		why.Type, why.Name, why.Message = "SecurityAuthWrongToken", "wrong token", "the token is not the one that REPORTS_TOKEN of the worker says"
	default:
		return true
	}
	if a.refused(w, r, reason) {
		return false
	}
	if challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	a.event(w, status, why)
	return false
}

// isToken compares in a time that tells neither how much of the token is right nor how long it is.
func (a *api) isToken(shown string) bool {
	want, got := sha256.Sum256([]byte(a.Token.Reveal())), sha256.Sum256([]byte(shown))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && !a.Token.Empty()
}
