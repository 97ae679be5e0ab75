// Package callers knows who may ask for reports: those who show a token of their own, of which a file has the SHA-256, and those
// who compute tokens in the way of the SpectrumData B2B API, from their name, their password and the time. It reads them from
// the file, again whenever that changes, and checks what they show.
//
// Computed tokens are those of public clients of that API (avtocod/b2b-api-php 4.4.0, AuthToken). One is the base64 of
// "user:stamp:age:hash", where the user is "name" or "name@domain", the stamp is in seconds of Unix, the age in seconds,
// and hash = base64(md5("stamp:age:" + base64(md5(password)))). It rests on MD5, and whoever has the hash of the password
// can compute tokens: hence there are none of them unless a file says so.
package callers

import (
	"crypto/md5" // the scheme demands it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/secret"
)

// maxAhead is how far a clock may be ahead of this one. Clients date their tokens back by a minute for the other case.
const maxAhead = time.Minute

// Caller is one who may ask. One without a name is nobody.
type Caller struct {
	Name string
	// Domain is empty if the caller shows none.
	Domain string
	// passwordHash is base64(md5(password)); empty if the caller computes no tokens.
	passwordHash secret.Value
	// tokens are the SHA-256 of the caller's tokens.
	tokens [][sha256.Size]byte
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
	// othersMay are the rights that others than its owner and its group have to the file.
	othersMay fs.FileMode
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
	caller := c.find(parts[0])
	// An unknown user takes as long as a wrong password.
	want := md5.Sum([]byte(parts[1] + ":" + parts[2] + ":" + caller.passwordHash.Reveal()))
	if subtle.ConstantTimeCompare(want[:], shown) != 1 || caller.passwordHash.Empty() {
		return Caller{}, ErrUnknown
	}
	stamp, age := seconds(parts[1]), seconds(parts[2])
	at := time.Unix(stamp, 0)
	if at.After(now.Add(maxAhead)) || !now.Before(time.Unix(stamp+age, 0)) {
		return Caller{}, &UntimelyError{Stamp: at, Age: age}
	}
	return caller, nil
}

// find is nobody if no caller has the name, or the caller has no password.
func (c *Callers) find(user string) Caller {
	for _, caller := range c.list {
		if caller.User() == user {
			return caller
		}
	}
	return Caller{}
}

// Find finds the caller whose own token it is, or reports that no caller has it. How long that takes tells neither whose token it
// was nor how much of it was right: all are compared, and compared as hashes.
func (c *Callers) Find(token string) (Caller, bool) {
	if c == nil {
		return Caller{}, false
	}
	shown := sha256.Sum256([]byte(token))
	found := -1
	for i, caller := range c.list {
		for _, want := range caller.tokens {
			found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(want[:], shown[:]), i, found)
		}
	}
	if found < 0 {
		return Caller{}, false
	}
	return c.list[found], true
}

// Count is how many callers there are.
func (c *Callers) Count() int {
	if c == nil {
		return 0
	}
	return len(c.list)
}

// Kinds are how many callers have tokens of their own, and how many a password to compute them from; some have both.
func (c *Callers) Kinds() (tokens, passwords int) {
	for _, caller := range c.list {
		if len(caller.tokens) > 0 {
			tokens++
		}
		if !caller.passwordHash.Empty() {
			passwords++
		}
	}
	return tokens, passwords
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
