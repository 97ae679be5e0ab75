package counterparty

import (
	"fmt"
	"strings"
	"unicode"

	"counterparty-sync/internal/charset"
)

// Bare is an identifier or a KPP as people mean it: without blanks around it, and without what nobody sees of it, wherever that
// stands, such as zero-width spaces and marks of direction, which come along when something is copied.
func Bare(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if charset.IsFormat(r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text))
}

// Known is the identity as far as it can be true. What can't be an INN, an OGRN or a KPP counts as none: dashes, zeros and
// words, which people type where a form insists on something, and slips, as far as length and check digits show them. Remarks
// say what it was, for people.
func (i Identity) Known() (known Identity, remarks []string) {
	check := func(name, text string, wrong error) string {
		if wrong == nil {
			return text
		}
		if text != "" {
			remarks = append(remarks, Wrong(name, text, wrong)+", so it counts as none")
		}
		return ""
	}
	inn, ogrn, kpp := Bare(i.INN), Bare(i.OGRN), Bare(i.KPP)
	_, wrongINN := ParseID(INN, inn)
	_, wrongOGRN := ParseID(OGRN, ogrn)
	known = Identity{INN: check("INN", inn, wrongINN), OGRN: check("OGRN", ogrn, wrongOGRN), KPP: check("KPP", kpp, CheckKPP(kpp))}
	return known, remarks
}

// Wrong says what is wrong with a text that should be an INN, an OGRN or a KPP. The text is quoted, so that what nobody sees of
// it is seen.
func Wrong(name, text string, err error) string {
	if text == "" {
		return fmt.Sprintf("%s %v", name, err)
	}
	return fmt.Sprintf("%s %q %v", name, ShortID(text), err)
}
