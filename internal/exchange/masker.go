package exchange

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"counterparty-sync/internal/secret"
)

// Masker puts other values in the place of values, always the same ones. It is for one recording: its key is random and
// kept nowhere, so that nobody can try which value gives which. It is for one goroutine at a time.
type Masker struct {
	key    [sha256.Size]byte
	offset int64 // of dbids, so that their order and their distances stay
	// known are identifiers and what stands for them; taken are those that stand for one.
	known map[string]string
	taken map[string]bool
	// public are texts that stay as they are: those that the code itself asks about.
	public []string
	// secrets, hosts and accounts are taken out of what a server says in words of its own.
	secrets         []secret.Value
	hosts, accounts []string
}

// maxOffset keeps a masked dbid far below 2^53, up to which a JSON number is exact.
const maxOffset = 1 << 40

// NewMasker makes a masker that leaves the public texts alone.
func NewMasker(public ...string) *Masker {
	m := &Masker{known: map[string]string{}, taken: map[string]bool{}, public: public}
	_, _ = rand.Read(m.key[:]) // it never fails
	m.offset = 1 + int64(binary.BigEndian.Uint64(m.stream("offset", 0))%maxOffset)
	return m
}

// stream is a run of bytes that follows from a text, and from nothing else that can be known.
func (m *Masker) stream(text string, block int) []byte {
	h := hmac.New(sha256.New, m.key[:])
	_, _ = fmt.Fprintf(h, "%d %s", block, text)
	return h.Sum(nil)
}

// below makes a source of numbers from 0 to n-1 that follow from a text.
func (m *Masker) below(text string) func(n int) int {
	var left []byte
	block := 0
	return func(n int) int {
		if len(left) < 2 {
			left = m.stream(text, block)
			block++
		}
		drawn := int(binary.BigEndian.Uint16(left))
		left = left[2:]
		return drawn % n
	}
}

// Dbid masks a sys:node-dbid. Zero, less than that and the largest number are bounds of ranges and no node's.
func (m *Masker) Dbid(dbid int64) int64 {
	if dbid <= 0 || dbid > 1<<62 {
		return dbid
	}
	return dbid + m.offset
}

var (
	momentPattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$`)
	uuidPattern   = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
)

// nodePrefixes stand before the id of a node.
var nodePrefixes = []string{"alfresco/@workspace://SpacesStore/", "workspace://SpacesStore/"}

// Text masks a value: word by word and number by number, so that a word in a longer text is masked as it is alone.
func (m *Masker) Text(text string) string {
	for _, prefix := range nodePrefixes {
		if id, ok := strings.CutPrefix(text, prefix); ok {
			return prefix + m.Text(id)
		}
	}
	if momentPattern.MatchString(text) {
		return text
	}
	for _, public := range m.public {
		if text == public {
			return text
		}
	}
	var b strings.Builder
	for text != "" {
		uuid := uuidPattern.FindStringIndex(text)
		if uuid == nil {
			m.words(&b, text)
			break
		}
		m.words(&b, text[:uuid[0]])
		b.WriteString(m.uuid(text[uuid[0]:uuid[1]]))
		text = text[uuid[1]:]
	}
	return b.String()
}

// words masks runs of letters and runs of digits, and leaves everything between them.
func (m *Masker) words(b *strings.Builder, text string) {
	for text != "" {
		first, _ := utf8.DecodeRuneInString(text)
		kind := kindOf(first)
		end := strings.IndexFunc(text, func(r rune) bool { return kindOf(r) != kind })
		if end < 0 {
			end = len(text)
		}
		switch run := text[:end]; kind {
		case isDigit:
			b.WriteString(m.digits(run))
		case isLetter:
			b.WriteString(m.letters(run))
		default:
			b.WriteString(run)
		}
		text = text[end:]
	}
}

const (
	isOther = iota
	isDigit
	isLetter
)

func kindOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return isDigit
	case unicode.IsLetter(r), unicode.IsNumber(r): // the digits of another script, too
		return isLetter
	}
	return isOther
}

// alphabets are those in which a letter stays.
var alphabets = []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"}

func (m *Masker) letters(run string) string {
	below := m.below(run)
	return strings.Map(func(r rune) rune {
		for _, alphabet := range alphabets {
			letters := []rune(alphabet)
			if r >= letters[0] && r <= letters[len(letters)-1] {
				return letters[(int(r-letters[0])+1+below(len(letters)-1))%len(letters)]
			}
		}
		switch { // ё stands outside of its alphabet
		case unicode.Is(unicode.Cyrillic, r) && unicode.IsUpper(r):
			return 'Ж'
		case unicode.Is(unicode.Cyrillic, r):
			return 'ж'
		case unicode.IsUpper(r):
			return 'X'
		case unicode.IsDigit(r):
			return '０'
		case unicode.IsNumber(r):
			return '½'
		}
		return 'x'
	}, run)
}

// digits masks a number: an identifier by another one of its kind, and what is none by what is none.
func (m *Masker) digits(run string) string {
	if masked, ok := m.known[run]; ok {
		return masked
	}
	another, checked := identifiers[len(run)]
	if !checked || !validID(run) {
		return m.otherDigits(run, checked)
	}
	for try := 0; ; try++ {
		masked := another(run, m.below(fmt.Sprintf("%d %s", try, run)))
		if !m.taken[masked] && masked != run {
			m.known[run], m.taken[masked] = masked, true
			return masked
		}
	}
}

func (m *Masker) otherDigits(run string, checked bool) string {
	below := m.below(run)
	masked := []byte(run)
	for i, digit := range masked {
		masked[i] = '0' + (digit-'0'+1+byte(below(9)))%10
	}
	for checked && validID(string(masked)) || string(masked) == run {
		masked[len(masked)-1] = '0' + (masked[len(masked)-1]-'0'+1)%10
	}
	return string(masked)
}

// Number masks a JSON number: as many digits, and still a number. An identifier becomes the one that stands for its text,
// without zeros before it, which a number can't have.
func (m *Masker) Number(number string) string {
	if validID(number) {
		return strings.TrimLeft(m.digits(number), "0")
	}
	below := m.below(number)
	masked := []byte(number)
	for i, digit := range masked {
		switch first := i == 0 || number[i-1] == '-'; {
		case digit < '0' || digit > '9', digit == '0' && first:
		case first:
			masked[i] = '1' + (digit-'1'+1+byte(below(8)))%9
		default:
			masked[i] = '0' + (digit-'0'+1+byte(below(9)))%10
		}
	}
	return string(masked)
}

// minPart is the length from which a part of a secret is taken out too.
const minPart = 6

// clean takes out secrets, parts of them, and hosts.
func (m *Masker) clean(text string) string {
	for _, s := range m.secrets {
		text = s.Redact(text)
		for whole := s.Reveal(); len(whole) >= minPart; whole = whole[1:] {
			text = strings.ReplaceAll(text, whole[:minPart], strings.Repeat("*", minPart))
		}
	}
	for _, host := range m.hosts {
		text = word(host).ReplaceAllLiteralString(text, "host")
	}
	for _, account := range m.accounts {
		text = word(account).ReplaceAllLiteralString(text, "account")
	}
	return text
}

// word finds a name in whatever case it is written.
func word(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b`)
}

const hexDigits = "0123456789abcdef"

// uuid masks an id of a node; its version and variant stay.
func (m *Masker) uuid(text string) string {
	for _, public := range m.public {
		if text == public {
			return text
		}
	}
	text = strings.ToLower(text)
	below := m.below(text)
	masked := []byte(text)
	for i, c := range masked {
		if c != '-' && i != 14 && i != 19 {
			masked[i] = hexDigits[below(len(hexDigits))]
		}
	}
	return string(masked)
}
