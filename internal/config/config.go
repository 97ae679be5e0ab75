// Package config reads what people write to set the software up: the YAML file of a sync and the environment of a worker.
//
// It is strict. Whatever it doesn't know, understand or allow is refused, all of it at once, each problem on one line that
// names the place, the value and what is allowed. Secrets are read here and shown nowhere. It doesn't look at cron texts:
// the package schedule does, when the schedule is made; nor does it open connections or keep anything.
//
// Words: a field is a key of a sync's YAML; a setting is a variable of the environment.
package config

import "strings"

// nearest returns the name that a person may have meant, or "".
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, candidate := range known {
		if strings.EqualFold(name, candidate) {
			return candidate
		}
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least && d*2 < len(candidate) {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or replace to get from one text to the other (Levenshtein).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	if len(from) > len(to)+3 || len(to) > len(from)+3 {
		return 4
	}
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j := range to {
			cost := diagonal
			if from[i] != to[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
