package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"counterparty-sync/internal/secret"
)

// The headers by which the other side knows whose call it is, and that it is no old one sent again. Their names never change.
const (
	// TimestampHeader is when the call went out, in seconds since 1970.
	TimestampHeader = "Counterparty-Sync-Timestamp"
	// SignatureHeader is "v1=" and the HMAC-SHA256 of the timestamp, a dot and the body, in hexadecimal digits.
	SignatureHeader = "Counterparty-Sync-Signature"
)

// sign sets both headers.
func sign(h http.Header, key secret.Value, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	h.Set(TimestampHeader, timestamp)
	h.Set(SignatureHeader, "v1="+hex.EncodeToString(mac.Sum(nil)))
}
