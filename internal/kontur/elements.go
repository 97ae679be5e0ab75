package kontur

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// wordBytes is how much is kept of a key or an identifier: more than any that is known has.
const wordBytes = 64

// elements reads a JSON array one element after the other, so that of an answer of any size one element is in memory. It
// finds out where an element ends and no more: whoever decodes the text finds out whether it is JSON.
type elements struct {
	r *bufio.Reader
	// most is how many bytes of one element are held.
	most int64
	text []byte // of the latest element
}

// element is one of an array.
type element struct {
	index int
	// text is valid until the next one is read. Of an element that is too large it is the beginning.
	text []byte
	// bytes is its size, without the white space in front of it.
	bytes int64
	// inn and ogrn are what its outermost object has under these keys, wherever they stand in it.
	inn, ogrn string
}

// cut reports whether the element was too large to be held.
func (e element) cut() bool { return e.bytes > int64(len(e.text)) }

// malformed is an answer that is no JSON array.
type malformed struct{ text string }

func (e *malformed) Error() string { return e.text }

func noArray(format string, args ...any) error { return &malformed{fmt.Sprintf(format, args...)} }

func newElements(r io.Reader, most int64) *elements {
	return &elements{r: bufio.NewReader(r), most: most}
}

// each hands out one element after the other, until do returns an error. Errors are *malformed, those of the reader and
// those of do.
func (e *elements) each(do func(element) error) error {
	if err := e.begin(); err != nil {
		return err
	}
	for n, last := 0, false; !last; n++ {
		one, mark, err := e.next()
		if last = mark == ']'; last && err == nil {
			err = e.end()
		}
		switch {
		case err != nil:
			return err
		case mark == '}':
			return noArray("no JSON array: a brace closes it")
		case one.bytes == 0 && last && n == 0:
			return nil
		case one.bytes == 0:
			return noArray("no JSON array: element %d is empty", n)
		}
		one.index = n
		if err := do(one); err != nil {
			return err
		}
	}
	return nil
}

// next reads an element, and the mark behind it: that of another one, or of the array's end.
func (e *elements) next() (read element, mark byte, err error) {
	s := skimmer{}
	read.text = e.text[:0]
	for {
		switch _, err := e.r.Peek(1); {
		case err == io.EOF:
			return element{}, 0, noArray("no JSON array: %v", io.ErrUnexpectedEOF)
		case err != nil:
			return element{}, 0, err
		}
		there, _ := e.r.Peek(e.r.Buffered()) // all at once: byte by byte takes half as long again
		from := 0
		for read.bytes == 0 && from < len(there) && isSpace(there[from]) {
			from++
		}
		to := from
		for to < len(there) && !s.see(there[to]) {
			to++
		}
		part := there[from:to]
		read.bytes += int64(len(part))
		room := max(0, e.most-int64(len(read.text)))
		read.text = append(read.text, part[:min(int64(len(part)), room)]...)
		if to < len(there) {
			mark = there[to]
			_, _ = e.r.Discard(to + 1)
			e.text, read.inn, read.ogrn = read.text, s.inn, s.ogrn
			return read, mark, nil
		}
		_, _ = e.r.Discard(len(there))
	}
}

// begin reads what stands in front of the first element.
func (e *elements) begin() error {
	// Some servers and proxies begin a text with a byte order mark, which JSON does not know.
	if mark, err := e.r.Peek(3); err == nil && bytes.Equal(mark, []byte("\uFEFF")) {
		_, _ = e.r.Discard(len(mark))
	}
	switch c, err := e.solid(); {
	case err == io.EOF:
		return noArray("an empty answer instead of a JSON array")
	case err != nil:
		return err
	case c == '<':
		return noArray("an HTML or XML page instead of a JSON array")
	case c != '[':
		return noArray("no JSON array")
	}
	return nil
}

// end reads what stands behind the last element.
func (e *elements) end() error {
	switch _, err := e.solid(); err {
	case nil:
		return noArray("something follows the JSON array")
	case io.EOF:
		return nil
	default:
		return err
	}
}

// solid returns the next byte that is no white space.
func (e *elements) solid() (byte, error) {
	for {
		if c, err := e.r.ReadByte(); err != nil || !isSpace(c) {
			return c, err
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skimmer follows the text of one element without holding it.
type skimmer struct {
	depth   int
	quoted  bool
	escaped bool
	// key is that of the outermost object whose value is read, word what was read last there, without quotation marks.
	key, word []byte
	inn, ogrn string
}

// see takes the next byte and reports whether it stands behind the element.
func (s *skimmer) see(c byte) bool {
	switch {
	case s.escaped:
		s.escaped = false
	case s.quoted && c == '\\':
		s.escaped = true
	case c == '"':
		s.quoted = !s.quoted
		return false
	case s.quoted:
	case c == '{' || c == '[':
		s.depth++
		return false
	case c == '}' || c == ']' || c == ',':
		if s.depth == 0 {
			return true
		}
		if s.depth == 1 {
			s.pair()
		}
		if c != ',' {
			s.depth--
		}
		return false
	case c == ':' && s.depth == 1:
		s.key = append(s.key[:0], s.word...)
		s.word = s.word[:0]
		return false
	case isSpace(c):
		return false
	}
	if s.depth == 1 && len(s.word) < wordBytes {
		s.word = append(s.word, c)
	}
	return false
}

// pair ends a key and its value.
func (s *skimmer) pair() {
	switch {
	case bytes.Equal(s.word, []byte("null")):
	case bytes.Equal(s.key, []byte("inn")):
		s.inn = string(bytes.TrimSpace(s.word))
	case bytes.Equal(s.key, []byte("ogrn")):
		s.ogrn = string(bytes.TrimSpace(s.word))
	}
	s.key, s.word = s.key[:0], s.word[:0]
}
