package reports

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
)

// Bounds of what a request may carry, in bytes: it becomes the input of a workflow.
const (
	maxKeyBytes = 200
	maxURLBytes = 2000
)

// The words of Validate about what is allowed.
const (
	allowedType = "1 to 60 of a-z, 0-9 and hyphen, a letter first"
	allowedID   = "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits"
	allowedKey  = "up to 200 bytes of printable text"
	allowedURL  = "an http or https address of up to 2000 bytes, without user and password"
)

// Validate reports everything that is wrong with a request, as invalid.Errors with the names of the fields of
// report.Request. Whether the type exists is another question.
func Validate(r report.Request) error {
	var l invalid.List
	if !report.TypeID.MatchString(r.Type) {
		l.Add("type", shorten(r.Type), allowedType)
	}
	switch r.By {
	case counterparty.INN, counterparty.OGRN:
		if err := counterparty.Check(r.By, r.ID); err != nil {
			l.Add("id", shorten(r.ID), allowedFor(r.By)+"; it "+err.Error())
		}
	default:
		l.Add("by", shorten(string(r.By)), string(counterparty.INN)+", "+string(counterparty.OGRN))
	}
	if len(r.IdempotenceKey) > maxKeyBytes || strings.ContainsFunc(r.IdempotenceKey, unicode.IsControl) {
		l.Add("idempotenceKey", shorten(r.IdempotenceKey), allowedKey)
	}
	if r.Webhook != nil {
		checkURL(&l, "webhook.on_update", r.Webhook.OnUpdate)
		checkURL(&l, "webhook.on_complete", r.Webhook.OnComplete)
	}
	return l.Err()
}

// Identify makes a request of a type and an identifier, whose length tells an INN from an OGRN. The error, of package
// invalid, says what is wrong with the identifier.
func Identify(typeID, id string) (report.Request, error) {
	by, ok := report.KindOf(id)
	if ok {
		return report.Request{Type: typeID, By: by, ID: id}, nil
	}
	// Whichever it is nearer to: the words about an INN don't help with an OGRN.
	by = counterparty.INN
	if len(id) >= 13 {
		by = counterparty.OGRN
	}
	return report.Request{}, &invalid.Field{Name: "id", Value: shorten(id), Allowed: allowedID + "; it " + counterparty.Check(by, id).Error()}
}

func allowedFor(by counterparty.IDKind) string {
	if by == counterparty.INN {
		return "an INN of 10 or 12 digits, with its check digits"
	}
	return "an OGRN of 13 digits or an OGRNIP of 15, with its check digit"
}

func checkURL(l *invalid.List, name, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || len(value) > maxURLBytes || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		// Addresses of webhooks often have a token in them.
		l.Add(name, "***", allowedURL)
	}
}

// uidPattern is what UID of a valid request looks like.
var uidPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}_[0-9]{10,15}(_i_[0-9a-f]{32})?@` + regexp.QuoteMeta(report.Domain) + `$`)

// wellFormed reports whether a request may have the uid. Others are not worth a question to Temporal.
func wellFormed(uid string) bool { return uidPattern.MatchString(uid) }

// maxShown is how many bytes of a value a message repeats: enough to recognise it.
const maxShown = 80

func shorten(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
