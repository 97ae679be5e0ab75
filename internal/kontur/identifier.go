package kontur

import "counterparty-sync/internal/counterparty"

// identifier reads an INN or an OGRN of an item. What is longer than any of them is cut: identifiers stand in histories and
// in reasons.
func identifier(value any) string { return counterparty.ShortID(text(value)) }
