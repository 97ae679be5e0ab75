package pass

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that people write as "10s" or "1m30s", in YAML and in JSON.
type Duration time.Duration

// String implements fmt.Stringer without the zero units that time.Duration adds: "10m", not "10m0s".
func (d Duration) String() string {
	t := time.Duration(d)
	switch {
	case t == 0:
		return "0s"
	case t%time.Hour == 0:
		return fmt.Sprintf("%dh", t/time.Hour)
	case t%time.Minute == 0:
		return fmt.Sprintf("%dm", t/time.Minute)
	}
	return t.String()
}

// Rounded is a duration for people: above a second, whole seconds are enough.
func Rounded(d time.Duration) Duration {
	if d > time.Second {
		d = d.Round(time.Second)
	}
	return Duration(d)
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Form says how people write one.
func (*Duration) Form() string { return "a duration such as 10s, 1m30s or 4h" }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	t, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not %s", text, d.Form())
	}
	*d = Duration(t)
	return nil
}
