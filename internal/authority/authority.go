// Package authority recognises a server whose certificate was signed by a certification authority that this machine does
// not know. Waiting doesn't help: somebody has to name the authority, or the wrong server answers.
package authority

import "strings"

// Hint is the next step for a person. Where Go looks for authorities: crypto/x509, SSL_CERT_FILE.
const Hint = "if the authority is your own, name a file with its certificate (PEM) in SSL_CERT_FILE and restart; if not, a proxy or another server " +
	"answers at this address"

// unknown is how crypto/x509 words UnknownAuthorityError. The words are looked for, because gRPC passes on no more than them.
const unknown = "certificate signed by unknown authority"

// Unknown reports whether an error of connecting is that one.
func Unknown(err error) bool { return err != nil && strings.Contains(err.Error(), unknown) }
