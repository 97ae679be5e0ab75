// Package methods holds the facts about the methods of Kontur.Focus: which of them are about companies, and their limits.
// Any code that names one may import it, workflow code too; package kontur asks them.
//
// Facts come from the vendor's OpenAPI "Фокус API" 3.0 and from captured answers of 2020–2026.
package methods

import (
	"strings"
	"unicode"
)

// Req is the method that distinguishes the companies of one INN and knows their branches.
const Req = "req"

// MaxIDs is how many identifiers a request may have, whichever the method.
const MaxIDs = 100

// CountsRequests is the limit type of a quota of calls; all others count counterparties.
const CountsRequests = "Requests"

// All are the methods that are asked about companies.
func All() []string {
	return []string{Req, "egrDetails", "contacts", "contactEmails", "sites", "licences", "briefReport"}
}

// Monitored are those of them whose changes Kontur.Focus reports, for the companies on its watch list.
func Monitored() []string { return []string{Req, "egrDetails"} }

// SourceID is the id of a method as a source: kontur.egr-details for egrDetails, because ids of sources are in lower case.
func SourceID(method string) string {
	var b strings.Builder
	b.WriteString("kontur.")
	for _, r := range method {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
