package callers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
)

// TokenPrefix is what tokens that NewToken makes begin with, so that scanners and people recognise one where none should be.
const TokenPrefix = "cps_"

// tokenBytes are random in a token: a hash of so many can't be guessed, however fast it is.
const tokenBytes = 32

// NewToken makes a token of random bytes and its hash for the field tokenHashes. The reader is nil but in tests.
func NewToken(random io.Reader) (token, hash string, err error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", "", fmt.Errorf("read random bytes for a token: %w", err)
	}
	token = TokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	return token, TokenHash(token), nil
}

// TokenHash is the SHA-256 of a token in hexadecimal digits, as the file has it.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// CheckName refuses what can't be the name of a caller. The error is an *invalid.Field.
func CheckName(field, name string) error {
	if isName(name) {
		return nil
	}
	return &invalid.Field{Name: field, Value: excerpt.Runes(name, 80), Allowed: allowedName}
}
