// Package secret holds a password or a key so that printing, logging or marshalling whatever contains it cannot show it.
//
// It is not encryption and does not clear memory: it only makes leaking a deliberate act, a call of Reveal.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const mask = "***"

// Value is a secret text. The zero Value is empty. The text sits behind a function because fmt prints unexported fields
// of an enclosing struct without asking their methods.
type Value struct{ reveal func() string }

// New wraps text.
func New(text string) Value { return Value{reveal: func() string { return text }} }

// Reveal returns the text. Call it where the secret goes on the wire and nowhere else.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// Empty reports whether there is no text.
func (v Value) Empty() bool { return v.Reveal() == "" }

// Format implements fmt.Formatter, for every verb and flag.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, mask) }

// String implements fmt.Stringer.
func (v Value) String() string { return mask }

// MarshalText implements encoding.TextMarshaler; JSON and YAML use it.
func (v Value) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue implements slog.LogValuer.
func (v Value) LogValue() slog.Value { return slog.StringValue(mask) }
