package pass

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Share is a part of a whole, in hundredths of a percent. People write it as "20%" or "0.5%", in YAML and in JSON.
type Share int

// Whole is all of it.
const Whole Share = 100_00

var sharePattern = regexp.MustCompile(`^(\d{1,3})(?:\.(\d{1,2}))?\s?%$`)

// Of is the share of n, rounded down.
func (s Share) Of(n int64) int64 {
	// Apart, so that it can't overflow.
	return n/int64(Whole)*int64(s) + n%int64(Whole)*int64(s)/int64(Whole)
}

// String implements fmt.Stringer without zeros at the end: "20%", "0.5%".
func (s Share) String() string {
	text := strconv.Itoa(int(s / 100))
	if cents := s % 100; cents != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%02d", int(cents)), "0")
	}
	return text + "%"
}

// MarshalText implements encoding.TextMarshaler.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Form says how people write one.
func (*Share) Form() string { return "a share such as 20% or 0.5%" }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Share) UnmarshalText(text []byte) error {
	parts := sharePattern.FindSubmatch(text)
	if parts == nil {
		return fmt.Errorf("%q is not %s", text, s.Form())
	}
	percent, _ := strconv.Atoi(string(parts[1]))
	cents, _ := strconv.Atoi((string(parts[2]) + "00")[:2])
	*s = Share(percent*100 + cents)
	return nil
}
