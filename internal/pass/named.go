package pass

import "slices"

// NamedOf are a few of those asked about whom an answer says something, as QuerySourceResult has them. An item without the
// identifier that was asked by is no answer.
func NamedOf(asked []string, says map[string]bool) []string {
	named := slices.DeleteFunc(slices.Clone(asked), func(id string) bool { return !says[id] })
	// Organisations, whose numbers are shorter, before persons: they stand in the memo of the pass.
	slices.SortStableFunc(named, func(a, b string) int { return len(a) - len(b) })
	return named[:min(len(named), MaxKnown)]
}
