package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
)

// Bounds of a request, in bytes: it is the input of a workflow.
const (
	maxKeyBytes = 200
	maxURLBytes = 2000
)

// Validate reports everything that is wrong with the request, as invalid.Errors with the names of its JSON fields. It does
// not know which types there are.
func (r Request) Validate() error {
	var l invalid.List
	if !TypeID.MatchString(r.Type) {
		l.Add("type", shorten(r.Type), "1 to 60 characters a-z, 0-9 and hyphen, a letter first")
	}
	switch r.By {
	case counterparty.INN, counterparty.OGRN:
		if _, err := counterparty.ParseID(r.By, r.ID); err != nil {
			l.Add("id", shorten(r.ID), "a correct "+strings.ToUpper(string(r.By))+"; this one "+err.Error())
		}
	default:
		l.Add("by", shorten(string(r.By)), "inn or ogrn")
	}
	if len(r.IdempotenceKey) > maxKeyBytes || !isText(r.IdempotenceKey) {
		l.Add("idempotenceKey", shorten(r.IdempotenceKey), "at most 200 bytes of printable text in UTF-8, without U+FFFD")
	}
	if r.Webhook != nil {
		checkWebhook(&l, "webhook on_update", r.Webhook.OnUpdate)
		checkWebhook(&l, "webhook on_complete", r.Webhook.OnComplete)
	}
	return l.Err()
}

// Kind is what the identifier tells about the counterparty: legal entities have the shorter ones.
func (r Request) Kind() Kind {
	id, _ := counterparty.ParseID(r.By, r.ID)
	switch {
	case id.IsForeign():
		return Foreign
	case len(r.ID) == 12 || len(r.ID) == 15:
		return SoleProprietor
	}
	return LegalEntity
}

// Summary names the report for people, in a few words: "full, INN 0012345673".
func (r Request) Summary() string { return r.Type + ", " + strings.ToUpper(string(r.By)) + " " + r.ID }

// webhookAddress is one that has a host, without user and password before it.
var webhookAddress = regexp.MustCompile(`^https?://[^/?#@]+([/?#]|$)`)

// checkWebhook does not show the address: it may hold a token. It does without net/url, which workflow code may not call;
// whoever calls the address parses it.
func checkWebhook(l *invalid.List, name, address string) {
	if address == "" {
		return
	}
	unfit := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if !webhookAddress.MatchString(address) || len(address) > maxURLBytes || strings.ContainsFunc(address, unfit) {
		l.Add(name, "***", "an http or https address of at most 2000 bytes, without user and password")
	}
}

// isText reports whether a text is printable and as it was written. What is no UTF-8, and half of a surrogate pair, have
// become U+FFFD by the time that Temporal or JSON hands them on: keys that differ there would name one report.
func isText(text string) bool {
	return !strings.ContainsRune(text, utf8.RuneError) && !strings.ContainsFunc(text, unicode.IsControl)
}

// shorten keeps a message on one line of moderate length.
func shorten(text string) string {
	return excerpt.Runes(text, 80)
}
