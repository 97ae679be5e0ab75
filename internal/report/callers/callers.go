// Package callers knows who may ask for reports in the way of the SpectrumData B2B API: with a token that the caller
// computes from its name, its password and the time. It reads them from a file and checks what they show.
//
// The scheme is that of public clients of that API (avtocod/b2b-api-php 4.4.0, AuthToken). A token is the base64 of
// "user:stamp:age:hash", where the user is "name" or "name@domain", the stamp is in seconds of Unix, the age in seconds,
// and hash = base64(md5("stamp:age:" + base64(md5(password)))). It rests on MD5, and whoever has the hash of the password
// can compute tokens: hence there are none of them unless a file says so.
package callers

import (
	"crypto/md5" // the scheme demands it
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/secret"
)

// maxAhead is how far a clock may be ahead of this one. Clients date their tokens back by a minute for the other case.
const maxAhead = time.Minute

// Caller is one who may ask.
type Caller struct {
	Name string
	// Domain is empty if the caller shows none.
	Domain string
	// passwordHash is base64(md5(password)).
	passwordHash secret.Value
}

// User is the caller as tokens name him.
func (c Caller) User() string {
	if c.Domain == "" {
		return c.Name
	}
	return c.Name + "@" + c.Domain
}

// Callers are those who may ask. A nil one has none.
type Callers struct {
	list []Caller
	// isOpen: others than its owner may read the file.
	isOpen bool
}

// ErrUnknown is a token that no caller can have computed. It does not tell whether there is such a user.
var ErrUnknown = errors.New("no caller has this token")

// UntimelyError is a caller's token outside of its time.
type UntimelyError struct {
	Stamp time.Time
	Age   int64 // seconds, of which a token may have more than a time.Duration holds
}

// Error implements error.
func (e *UntimelyError) Error() string {
	return "the token holds from " + e.Stamp.UTC().Format(time.RFC3339) + " for " + strconv.FormatInt(e.Age, 10) + " s"
}

// numberPattern is what a time may look like: the hash is over the digits as they were sent.
var numberPattern = regexp.MustCompile(`^[0-9]{1,10}$`)

// Check finds the caller who has computed a token. The error is ErrUnknown or an *UntimelyError.
func (c *Callers) Check(token string, now time.Time) (Caller, error) {
	text, err := decode(token)
	parts := strings.Split(string(text), ":")
	if c == nil || err != nil || len(parts) != 4 || !numberPattern.MatchString(parts[1]) || !numberPattern.MatchString(parts[2]) {
		return Caller{}, ErrUnknown
	}
	shown, err := decode(parts[3])
	if err != nil {
		return Caller{}, ErrUnknown
	}
	caller, known := c.find(parts[0])
	// An unknown user takes as long as a wrong password.
	want := md5.Sum([]byte(parts[1] + ":" + parts[2] + ":" + caller.passwordHash.Reveal()))
	if subtle.ConstantTimeCompare(want[:], shown) != 1 || !known {
		return Caller{}, ErrUnknown
	}
	stamp, age := seconds(parts[1]), seconds(parts[2])
	at := time.Unix(stamp, 0)
	if at.After(now.Add(maxAhead)) || !now.Before(time.Unix(stamp+age, 0)) {
		return Caller{}, &UntimelyError{Stamp: at, Age: age}
	}
	return caller, nil
}

func (c *Callers) find(user string) (caller Caller, ok bool) {
	for _, caller := range c.list {
		if caller.User() == user {
			return caller, true
		}
	}
	return Caller{}, false
}

// Computed is a token with the steps to it.
type Computed struct {
	Salt       string `json:"salt"`
	SaltedHash string `json:"salted_pass_hash"`
	Raw        string `json:"raw_token"`
	Token      string `json:"token"`
}

// Compute computes a token as a client does. The hash is that of the password, the age is in seconds.
func Compute(user, passwordHash string, stamp time.Time, age int64) Computed {
	c := Computed{Salt: strconv.FormatInt(stamp.Unix(), 10) + ":" + strconv.FormatInt(age, 10)}
	c.SaltedHash = Hash(c.Salt + ":" + passwordHash)
	c.Raw = user + ":" + c.Salt + ":" + c.SaltedHash
	c.Token = base64.StdEncoding.EncodeToString([]byte(c.Raw))
	return c
}

// Hash is base64(md5(text)).
func Hash(text string) string {
	sum := md5.Sum([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// IsHash reports whether a text may be a Hash.
func IsHash(text string) bool {
	sum, err := decode(text)
	return err == nil && len(sum) == md5.Size && len(text) == base64.StdEncoding.EncodedLen(md5.Size)
}

// decode reads base64, padded or not.
func decode(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
}

func seconds(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64) // numberPattern has seen them
	return n
}
