package desk

import (
	"regexp"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
)

// Identify makes a request of a type and an identifier, whose length tells an INN from an OGRN. The error, of package
// invalid, says what is wrong with the identifier.
func Identify(typeID, id string) (report.Request, error) {
	if known, ok := counterparty.Recognize(id); ok {
		return report.Request{Type: typeID, By: known.Kind(), ID: id}, nil
	}
	// Whichever it is nearer to: the words about an INN don't help with an OGRN.
	by := counterparty.INN
	if len(id) >= 13 {
		by = counterparty.OGRN
	}
	_, err := counterparty.ParseID(by, id)
	return report.Request{}, &invalid.Field{
		Name: "id", Value: excerpt.Bytes(id, maxShown),
		Allowed: "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits; it " + err.Error(),
	}
}

// uidPattern is what UID of a valid request looks like.
var uidPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}_[0-9]{10,15}(_i_[0-9a-f]{32})?@` + regexp.QuoteMeta(report.Domain) + `$`)

// wellFormed reports whether a request may have the uid. Others are not worth a question to Temporal.
func wellFormed(uid string) bool { return uidPattern.MatchString(uid) }

// maxShown is how many bytes of a value a message repeats: enough to recognise it.
const maxShown = 80
