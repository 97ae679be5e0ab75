package counterparty

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"counterparty-sync/internal/excerpt"
)

// IDKind is the kind of identifier by which companies are asked about.
type IDKind string

// The kinds of identifiers.
const (
	INN IDKind = "inn"
	// OGRN is the OGRNIP of sole proprietors too.
	OGRN IDKind = "ogrn"
)

// Lengths: legal entities have the shorter identifiers, sole proprietors the longer ones.
const (
	lengthINN        = 10
	lengthPersonsINN = 12
	lengthOGRN       = 13
	lengthOGRNIP     = 15
	lengthKPP        = 9
)

const digits = "0123456789"

// foreignPrefix begins the INNs of foreign organisations, which the registers of legal entities don't hold.
const foreignPrefix = "9909"

// weights are those of the digits before a check digit of an INN, which is the last digit of (their weighted sum mod 11). The
// fewer digits there are, the later the weights begin.
var weights = []int{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}

// Identifier is an INN or an OGRN that is well-formed: nothing makes one without looking at its check digits, so that who
// has one need not. The zero value is none.
type Identifier struct {
	kind IDKind
	text string
}

// ParseID makes an Identifier of a text. The error is what is wrong with it, in words that follow its name: "has 9 digits
// instead of 10 or 12". An INN has 10 or 12 digits, an OGRN 13, an OGRNIP 15, and their check digits agree. Nothing is
// trimmed. That an identifier is well-formed does not mean that anybody has it.
func ParseID(kind IDKind, text string) (Identifier, error) {
	if err := check(kind, text); err != nil {
		return Identifier{}, err
	}
	return Identifier{kind, text}, nil
}

// Recognize makes an Identifier of a text that may be of either kind; ok is false if it is of neither.
func Recognize(text string) (id Identifier, ok bool) {
	for _, kind := range []IDKind{INN, OGRN} {
		if id, err := ParseID(kind, text); err == nil {
			return id, true
		}
	}
	return Identifier{}, false
}

// Askable makes identifiers of what may be asked of the keys, which stand as the nodes have them: bare, well-formed, not
// foreign, each once, in the order in which they were first seen.
func Askable(kind IDKind, keys []string) []Identifier {
	askable := make([]Identifier, 0, len(keys))
	seen := make(map[Identifier]bool, len(keys))
	for _, key := range keys {
		id, err := ParseID(kind, Bare(key))
		if err != nil || seen[id] || id.IsForeign() {
			continue
		}
		seen[id] = true
		askable = append(askable, id)
	}
	return askable
}

// Texts are identifiers as they travel.
func Texts(ids []Identifier) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.text
	}
	return texts
}

// Kind is the kind of the identifier.
func (i Identifier) Kind() IDKind { return i.kind }

// String implements fmt.Stringer with the digits.
func (i Identifier) String() string { return i.text }

// IsForeign reports whether it is the INN of a foreign organisation, about which the usual methods know nothing.
func (i Identifier) IsForeign() bool {
	return i.kind == INN && len(i.text) == lengthINN && strings.HasPrefix(i.text, foreignPrefix)
}

func check(kind IDKind, s string) error {
	var ok bool
	switch length := len(s); {
	case s == "":
		return errors.New("is empty")
	case strings.Trim(s, digits) != "":
		return errors.New("has characters other than the digits 0 to 9")
	case kind == INN && length == lengthINN:
		ok = checkDigit(s, length-1)
	case kind == INN && length == lengthPersonsINN:
		ok = checkDigit(s, length-2) && checkDigit(s, length-1)
	case kind == INN:
		return wrongLength(s, lengthINN, lengthPersonsINN)
	case kind == OGRN && length == lengthOGRN:
		ok = remainderDigit(s, 11)
	case kind == OGRN && length == lengthOGRNIP:
		ok = remainderDigit(s, 13)
	case kind == OGRN:
		return wrongLength(s, lengthOGRN, lengthOGRNIP)
	default:
		return fmt.Errorf("is of the unknown kind %q", string(kind))
	}
	switch {
	case !ok:
		return errors.New("has a wrong check digit")
	case strings.Trim(s, "0") == "":
		// The check digits of zeros agree, but no company has that number: people type it where one is required.
		return errors.New("is all zeros")
	}
	return nil
}

// CheckKPP reports what is wrong with a KPP: four digits of the tax office, two digits or capital Latin letters of the
// reason, three digits of the number. A KPP has no check digit.
func CheckKPP(s string) error {
	switch c := []rune(s); {
	case s == "":
		return errors.New("is empty")
	case len(c) != lengthKPP:
		return fmt.Errorf("does not have %d characters", lengthKPP)
	case strings.Trim(string(c[:4])+string(c[6:]), digits) != "":
		return errors.New("has characters other than digits outside its 5th and 6th place")
	case strings.Trim(string(c[4:6]), digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return errors.New("has something other than digits and capital Latin letters in its 5th and 6th place")
	case strings.Trim(s, "0") == "":
		return errors.New("is all zeros")
	}
	return nil
}

// Contradict reports whether two identifiers of one kind can't be those of one company: an empty one contradicts nothing.
func Contradict(a, b string) bool { return a != "" && b != "" && a != b }

const (
	// longestID is more characters than any identifier has, and than people type beside one; shownOfID is how many of a
	// longer text are kept.
	longestID = 64
	shownOfID = 32
)

// ShortID is an identifier or a KPP as it may travel: what is longer than any of them is cut, with its length behind it.
// ParseID refuses that as it refuses the whole.
func ShortID(text string) string {
	length := utf8.RuneCountInString(text)
	if length <= longestID {
		return text
	}
	return fmt.Sprintf("%s… (%d characters)", excerpt.Head(text, shownOfID), length)
}

func wrongLength(s string, short, long int) error {
	question := ""
	if len(s) == short-1 || len(s) == long-1 {
		question = "; was a leading zero lost?" // spreadsheets drop them
	}
	return fmt.Errorf("has %d digits instead of %d or %d%s", len(s), short, long, question)
}

// checkDigit reports whether the digit at a place is what those before it make it.
func checkDigit(s string, place int) bool {
	sum := 0
	for i, weight := range weights[len(weights)-place:] {
		sum += int(s[i]-'0') * weight
	}
	return int(s[place]-'0') == sum%11%10
}

// remainderDigit reports whether the last digit is the remainder of the number before it.
func remainderDigit(s string, modulus int) bool {
	remainder := 0
	for _, c := range []byte(s[:len(s)-1]) {
		remainder = (remainder*10 + int(c-'0')) % modulus
	}
	return int(s[len(s)-1]-'0') == remainder%10
}
