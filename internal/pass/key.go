package pass

import (
	"fmt"
	"regexp"
	"strings"
)

// Hidden stands in messages for a value that may be a secret.
const Hidden = "***"

// KeyName is the name of one of the keys of Kontur.Focus that workers hold, or empty for the one that KONTUR_KEY holds. The
// name travels; the key never does.
type KeyName string

// AllowedKeyName says what a name of a key is. Whatever else stands in its place is shown nowhere: it may be the key itself.
const AllowedKeyName = "the name of a key, 1 to 30 of A to Z, 0 to 9 and _, not ending in FILE; the key itself is in the environment of the worker, as KONTUR_KEY_ and the name"

// keyNamePattern has no room for the 40 characters of a key.
var keyNamePattern = regexp.MustCompile(`^[A-Z0-9_]{1,30}$`)

// Valid reports whether it names a key, other than that of KONTUR_KEY.
func (k KeyName) Valid() bool {
	// KONTUR_KEY_A_FILE is the file with the key A.
	return keyNamePattern.MatchString(string(k)) && !strings.HasSuffix(string(k), "FILE")
}

// Shown is the name for a message.
func (k KeyName) Shown() string {
	if k == "" || k.Valid() {
		return string(k)
	}
	return Hidden
}

// Setting is the worker's setting with the key.
func (k KeyName) Setting() string { return k.In("KONTUR_KEY") }

// In is the setting of the family that is about the key: KONTUR_RPS_A of KONTUR_RPS for the key A. What is no name is
// not shown.
func (k KeyName) In(setting string) string {
	if k == "" {
		return setting
	}
	return setting + "_" + k.Shown()
}

// HintMissing is what to do where nobody has the key.
func (k KeyName) HintMissing() string {
	return fmt.Sprintf("set %[1]s or %[1]s_FILE in the environment of the workers, and start them again; or correct konturKey", k.Setting())
}

// OnQueue is a task queue of Kontur.Focus as it is called for the key: each has its own, with a rate limit of its own. No two keys
// share one, for names have no dashes, nor does a key have the queue of another use.
func (k KeyName) OnQueue(queue string) string {
	if k == "" {
		return queue
	}
	return queue + "-key-" + strings.ToLower(strings.ReplaceAll(string(k), "_", "-"))
}

// FindKeyHolderRequest asks whether a worker of the main task queue holds a key.
type FindKeyHolderRequest struct {
	Key KeyName `json:"key"`
}

// FindKeyHolderResult is the answer.
type FindKeyHolderResult struct {
	Held bool `json:"held"`
}
