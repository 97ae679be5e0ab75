package config

import (
	"strings"

	"counterparty-sync/internal/pass"
)

// setPercent takes a share of neither nothing nor everything, in whole percent.
func setPercent(into *int, value string) bool {
	number, ok := strings.CutSuffix(value, "%")
	return ok && setWhole(into, number, 1, 99)
}

// setReserve takes what quotaReserve of a sync takes.
func setReserve(into *pass.Reserve, value string) bool {
	*into = pass.Reserve(strings.ToLower(value))
	return into.Valid()
}
