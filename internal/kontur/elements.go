package kontur

import (
	"bufio"
	"bytes"
	"errors"
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
	most  int64
	n     int // elements read
	text  []byte
	begun bool
	ended bool
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

// next returns the next element, io.EOF after the last one, *malformed for what is no array, or the error of the reader.
func (e *elements) next() (element, error) {
	if e.ended {
		return element{}, io.EOF
	}
	if !e.begun {
		if err := e.begin(); err != nil {
			return element{}, err
		}
		e.begun = true
	}
	s := skimmer{}
	read := element{text: e.text[:0]}
	for {
		c, err := e.r.ReadByte()
		if err == io.EOF {
			return element{}, noArray("no JSON array: %v", io.ErrUnexpectedEOF)
		}
		if err != nil {
			return element{}, err
		}
		if read.bytes == 0 && isSpace(c) {
			continue
		}
		if s.see(c) {
			return e.close(c, read, s)
		}
		if read.bytes++; read.bytes <= e.most {
			read.text = append(read.text, c)
		}
	}
}

// close takes the mark behind an element: that of another one, or of the array's end.
func (e *elements) close(mark byte, read element, s skimmer) (element, error) {
	e.text = read.text
	read.inn, read.ogrn = s.inn, s.ogrn
	switch {
	case mark == '}':
		return element{}, noArray("no JSON array: a brace closes it")
	case mark == ']':
		if err := e.end(); err != nil {
			return element{}, err
		}
		if read.bytes == 0 && e.n == 0 {
			return element{}, io.EOF
		}
	}
	if read.bytes == 0 {
		return element{}, noArray("no JSON array: element %d is empty", e.n)
	}
	read.index = e.n
	e.n++
	return read, nil
}

// each hands out one element after the other, until do returns an error. Errors are *malformed, those of the reader and
// those of do.
func (e *elements) each(do func(element) error) error {
	for {
		one, err := e.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := do(one); err != nil {
			return err
		}
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
	e.ended = true
	_, err := e.solid()
	switch {
	case err == nil:
		return noArray("something follows the JSON array")
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
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
