package sourcestate

import "regexp"

// AllowedID says in words what CheckID takes.
const AllowedID = "3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last"

// validID is the pattern of the JSON schema of the published report specifications, read as anchored, and its greatest
// length. The schema says 2 at least, but the pattern needs 3 characters.
var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]$`)

// CheckID reports whether id may name a source. By custom it is dotted: kontur.focus.req.
func CheckID(id string) bool { return validID.MatchString(id) }
