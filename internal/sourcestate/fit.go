package sourcestate

import "unicode/utf8"

// Fit returns the sources with reasons as long as a room for all of it has, in bytes of JSON.
func (r Sources) Fit(room int) Sources {
	const frame = len(`{"id":"","state":"","reason":""},`)
	sources := r.Sources()
	room -= len(`{"sources":[]}`)
	for _, s := range sources {
		room -= frame + len(s.ID) + len(s.State)
	}
	for i, s := range sources {
		sources[i].Reason = CutJSON(s.Reason, max(0, room/len(sources)))
	}
	return Sources{sources}
}

// CutJSON shortens a text so that it takes a number of bytes in JSON.
func CutJSON(text string, most int) string {
	length := 0
	for i, c := range text {
		if length += runeInJSON(c); length > most {
			return text[:i]
		}
	}
	return text
}

// LengthInJSON is how many bytes a text takes in JSON, without its quotes.
func LengthInJSON(text string) int {
	length := 0
	for _, c := range text {
		length += runeInJSON(c)
	}
	return length
}

// runeInJSON is how many bytes a character takes in JSON as Go writes it.
func runeInJSON(c rune) int {
	switch size := utf8.RuneLen(c); {
	case c == '"' || c == '\\':
		return 2
	case c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029' || size < 0:
		return len(`\u0000`)
	default:
		return size
	}
}
