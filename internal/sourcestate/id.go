package sourcestate

import "strings"

// Lengths of the id of a source. The published schema says 2 to 40, but its pattern needs 3 characters.
const (
	minID = 3
	maxID = 40
)

const allowedID = "3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last"

// CheckID reports whether id may name a source: [a-z0-9][a-z0-9._-]+[a-z0-9], 3 to 40 characters (JSON schema of the
// published report specifications, read as anchored). By custom it is dotted: kontur.focus.req.
func CheckID(id string) bool {
	if len(id) < minID || len(id) > maxID {
		return false
	}
	for i, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case 0 < i && i < len(id)-1 && strings.IndexByte("._-", c) >= 0:
		default:
			return false
		}
	}
	return true
}
