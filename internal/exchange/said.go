package exchange

import (
	"regexp"
	"slices"
	"strings"
)

// What a server's words may hold of a value. At one place of a text the first that fits counts, and each place is masked once.
var (
	addressPattern = regexp.MustCompile(`\w+://[^\s"'<>]+`)
	loginPattern   = regexp.MustCompile(`(?i)\b(?:basic|bearer|digest|negotiate)\s+[A-Za-z0-9+/._~=-]{6,}`)
	// quotedPattern also fits a phrase of AFTS, and what is cut off before it closes.
	quotedPattern     = regexp.MustCompile(`(?:[\w:@\\-]+:)?"(?:[^"\\]|\\.)*(?:"|\\?$)`)
	apostrophePattern = regexp.MustCompile(`(?:^|[\s(\[{:=,])'.*?(?:'(?:[\s)\]}:=.,;!?]|$)|$)`)
	guillemetPattern  = regexp.MustCompile(`«[^»]*|“[^”]*|„[^“”]*`)
	escapesPattern    = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})+`)
	parameterPattern  = regexp.MustCompile(`=[^\s&,;)"']+`)
	dayPattern        = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
	// spacedPattern is a number that is written in groups.
	spacedPattern = regexp.MustCompile(`\b\d[\d ()\x{a0}]*[ ()\x{a0}]+\d+\b`)
	// hostPattern also fits classes of Java, which stay.
	hostPattern  = regexp.MustCompile(`\b[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+\b`)
	classPattern = regexp.MustCompile(`^(java|javax|jakarta|org|com|ru|framework)\.|(Exception|Error)$`)
	// longPattern is what may be an identifier, or a part of a key.
	longPattern    = regexp.MustCompile(`[A-Za-z0-9_-]*\d[A-Za-z0-9_-]*`)
	foreignPattern = regexp.MustCompile(`[^\x00-\x7f]+`)
	digitPattern   = regexp.MustCompile(`\d`)
)

// minLong is how long a word with a digit, or a number in groups, is at least that may be a value.
const minLong = 5

// kept is one kind of what is found in a server's words, and how it is masked.
type kept struct {
	pattern *regexp.Regexp
	mask    func(m *Masker, found string) string
}

// finds are in the order in which they are tried.
var finds = []kept{
	{addressPattern, func(*Masker, string) string { return "address" }},
	{loginPattern, func(_ *Masker, found string) string { return strings.Fields(found)[0] + " masked" }},
	{quotedPattern, (*Masker).quoted},
	{apostrophePattern, (*Masker).Text},
	{guillemetPattern, (*Masker).Text},
	{rangePattern, (*Masker).condition},
	{escapesPattern, func(*Masker, string) string { return "*" }},
	{parameterPattern, (*Masker).Text},
	{uuidPattern, (*Masker).Text},
	{dayPattern, (*Masker).Text},
	{spacedPattern, func(m *Masker, found string) string {
		if len(digitPattern.FindAllString(found, minLong)) < minLong {
			return found
		}
		return m.Text(found)
	}},
	{hostPattern, func(m *Masker, found string) string {
		if classPattern.MatchString(found) {
			return found
		}
		return m.Text(found)
	}},
	{longPattern, func(m *Masker, found string) string {
		if len(found) < minLong {
			return found
		}
		return m.Text(found)
	}},
	{foreignPattern, func(m *Masker, found string) string {
		if slices.ContainsFunc(telling, func(word string) bool { return strings.Contains(strings.ToLower(found), word) }) {
			return found
		}
		return m.Text(found)
	}},
}

// telling are words by which Kontur.Focus blames a key. All other words that are not English may be a name.
var telling = []string{"ключ", "истек", "истёк", "недейств", "невер"}

// said masks a text in which a server says what went wrong: ids, addresses, names and what is quoted, but not the words by
// which the kind of trouble is told. Of a web page only that it is one is kept.
func (m *Masker) said(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return "<!doctype html><title>a web page</title>"
	}
	text = m.clean(text)
	var b strings.Builder
	next := make([][2]int, len(finds)) // where each one finds something; it is looked for anew only where that is behind
	for at := 0; at < len(text); {
		first := -1
		for i, find := range finds {
			if next[i][0] < at || at == 0 {
				next[i] = [2]int{len(text), len(text)}
				if place := find.pattern.FindStringIndex(text[at:]); place != nil {
					next[i] = [2]int{at + place[0], at + place[1]}
				}
			}
			if first < 0 || next[i][0] < next[first][0] {
				first = i
			}
		}
		start, end := next[first][0], next[first][1]
		b.WriteString(text[at:start])
		if start < end {
			b.WriteString(finds[first].mask(m, text[start:end]))
		}
		at = end
	}
	return b.String()
}

// quoted masks what is in quotes, or a phrase of AFTS.
func (m *Masker) quoted(found string) string {
	if phrasePattern.MatchString(found) {
		return m.condition(found)
	}
	return m.Text(found)
}
