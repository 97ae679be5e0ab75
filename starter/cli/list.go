package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
)

// betweenItems is how the items of a list are separated, for messages.
const betweenItems = "separated by commas, blanks or ends of lines"

// maxListed is how many characters of a value a message repeats.
const maxListed = 80

// list is a flag of many values, as people paste them: commas, semicolons, blanks and ends of lines separate them. @FILE is a
// list in a file, and - one on standard input. Given again, the list goes on.
type list struct {
	given []string
	// items are the values once they are read, each once.
	items []item
	seen  map[string]bool
}

// item is one value of a list.
type item struct {
	value string
	// at is where it stands in a file, or in a text of several lines: "inns.txt:3".
	at string
}

// Set implements pflag.Value.
func (v *list) Set(text string) error {
	v.given = append(v.given, text)
	return nil
}

// String implements pflag.Value.
func (v *list) String() string { return strings.Join(v.given, ",") }

// Type implements pflag.Value; the help has it.
func (*list) Type() string { return "list" }

// values are the items without where they stand.
func (v *list) values() []string {
	var values []string
	for _, item := range v.items {
		values = append(values, item.value)
	}
	return values
}

// read reads the items. A list that is given and names nothing, as of a script that has found nothing, is refused: it would stand
// for everything.
func (v *list) read(a *app, flag string, l *invalid.List) {
	if v.given == nil {
		return
	}
	v.seen = map[string]bool{}
	for _, text := range v.given {
		name := ""
		if file, ok := strings.CutPrefix(text, "@"); ok || text == "-" {
			var data []byte
			var err error
			if name, data, err = a.content(flag, file); err == nil && !utf8.Valid(data) {
				err = flagError(flag, text, "a text in UTF-8")
			}
			if file == "" {
				err = flagError(flag, text, "@FILE, or - for standard input")
			}
			if err != nil {
				l.Join(err)
				return
			}
			text = string(data)
		}
		v.split(text, name)
	}
	if len(v.items) == 0 {
		l.Add(flag, "", "at least one; leave the flag out for all")
	}
}

// split adds the values of a text; name is that of its file. Byte order marks and other characters without a width are nothing.
func (v *list) split(text, name string) {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	single := name == "" && !strings.Contains(strings.TrimSpace(text), "\n")
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d", name, i+1)
		switch {
		case single:
			at = ""
		case name == "":
			at = fmt.Sprintf("line %d", i+1)
		}
		for _, value := range strings.FieldsFunc(line, separates) {
			if !v.seen[value] {
				v.seen[value] = true
				v.items = append(v.items, item{value, at})
			}
		}
	}
}

// separates reports whether a character stands between values. Quotes are those of a column of CSV.
func separates(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`,;"`, r) }

// refuse notes that an item is not allowed.
func (x item) refuse(l *invalid.List, flag, allowed string) {
	err := flagError(flag, excerpt.Runes(x.value, maxListed), allowed)
	if x.at != "" {
		err = fmt.Errorf("%s: %w", x.at, err)
	}
	l.Join(err)
}
