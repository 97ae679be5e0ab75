package counterparty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"counterparty-sync/internal/excerpt"
)

const (
	// MaxWhole is the length, in characters, up to which a value is shown whole.
	MaxWhole = 4000
	// shownOfCut is how much of a longer value is shown for people to recognise it by.
	shownOfCut = 200
	// bytesOfCut is what a Cut takes beside its text: names of fields, the length and the digest.
	bytesOfCut = 120
)

// Cut stands for a value of an attribute that is too long to be shown: its beginning for people, and enough to compare it
// by. Whoever may edit a node may put any amount of text into it, and Temporal takes 2 MiB in one piece.
type Cut struct {
	// Text is the beginning of the value; of anything but a text, of its JSON.
	Text string `json:"cut"`
	// Characters is the length of all of that.
	Characters int `json:"characters"`
	// SHA256 is the Digest of the whole value.
	SHA256 string `json:"sha256"`
}

// String is the value for people.
func (c Cut) String() string { return c.Text + "… " + c.Size() }

// Size says what is missing: "(61440 characters, SHA-256 9f86…)".
func (c Cut) Size() string { return fmt.Sprintf("(%d characters, SHA-256 %s)", c.Characters, c.SHA256) }

// Told is a value as it is shown: whole, or as a Cut if it has more than MaxWhole characters. A list counts as a whole.
func Told(value any) any { return shorten(value, MaxWhole, shownOfCut) }

// shorten makes a Cut with a number of characters shown of a value that has more characters than whole, and of a Cut one
// that shows no more than that. What would not become shorter stays.
func shorten(value any, whole, shown int) any {
	switch v := value.(type) {
	case nil, bool, float64:
		return value
	case Cut:
		v.Text = excerpt.Head(v.Text, shown)
		return v
	}
	text, isText := value.(string)
	if isText && utf8.RuneCountInString(text) <= whole {
		return value
	}
	data, err := encode(value)
	if err != nil {
		return value // nothing that came as JSON
	}
	if !isText {
		text = string(data)
	}
	length := utf8.RuneCountInString(text)
	begin := excerpt.Head(text, shown)
	if length <= whole || len(data) <= len(begin)+bytesOfCut {
		return value
	}
	return Cut{Text: begin, Characters: length, SHA256: Digest(value)}
}

// Digest is the SHA-256, in hexadecimal digits, of a value in its canonical spelling, which different spellings of one
// value have in common:
//   - a text with each run of white space as one blank and none at the ends, or if it is a time, RFC 3339 in UTC;
//   - a number in decimal digits, a boolean as true or false, anything else as JSON;
//   - a list as its items that hold something, each followed by a line feed; a list of one as the item.
//
// The digest of a Cut is that of the value that was cut.
func Digest(value any) string {
	if cut, ok := value.(Cut); ok {
		return cut.SHA256
	}
	sum := sha256.Sum256([]byte(spelled(value)))
	return hex.EncodeToString(sum[:])
}

func spelled(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if at, ok := Moment(v); ok {
			return at.Format(time.RFC3339Nano)
		}
		return strings.Join(strings.Fields(v), " ")
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var items []string
		for _, item := range v {
			if text := spelled(item); text != "" {
				items = append(items, text)
			}
		}
		switch len(items) {
		case 0:
			return ""
		case 1:
			return items[0]
		}
		return strings.Join(items, "\n") + "\n"
	}
	data, err := encode(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}

// Moment reads a time of a day as Alfresco shows it, in UTC: 2026-01-02T03:04:05.678+0000 with REST, RFC 3339 with Records.
func Moment(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// SameChanges reports whether both outcomes hold the same changes, whether whole, cut or in part for want of room.
func (o NodeOutcome) SameChanges(p NodeOutcome) bool {
	n := min(len(o.Changes), len(p.Changes))
	return o.changes() == p.changes() && slices.EqualFunc(o.Changes[:n], p.Changes[:n], sameChange)
}

// changes is the number of changes, shown or not.
func (o NodeOutcome) changes() int {
	if o.Untold == nil {
		return len(o.Changes)
	}
	return len(o.Changes) + o.Untold.Changes
}

func sameChange(x, y Change) bool {
	same := sameValue(x.Was, y.Was) && sameValue(x.Became, y.Became)
	x.Was, x.Became, y.Was, y.Became = nil, nil, nil, nil
	return same && x == y
}

// sameValue compares by the digest where it has nothing else.
func sameValue(a, b any) bool {
	_, aIsCut := a.(Cut)
	_, bIsCut := b.(Cut)
	if aIsCut || bIsCut {
		return Digest(a) == Digest(b)
	}
	return reflect.DeepEqual(a, b)
}

// UnmarshalJSON implements json.Unmarshaler: values that are cut come back as Cut.
func (c *Change) UnmarshalJSON(data []byte) error {
	type plain Change
	if err := json.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	c.Was, c.Became = uncoded(c.Was), uncoded(c.Became)
	return nil
}

// uncoded makes a Cut of the object that is one.
func uncoded(value any) any {
	object, ok := value.(map[string]any)
	if !ok || len(object) != 3 {
		return value
	}
	text, isText := object["cut"].(string)
	characters, isNumber := object["characters"].(float64)
	sum, isSum := object["sha256"].(string)
	if !isText || !isNumber || !isSum {
		return value
	}
	return Cut{Text: text, Characters: int(characters), SHA256: sum}
}

// encode is json.Marshal, for workflow code too: it keeps what it has learnt of types, but what it writes depends on the
// value alone.
//
//workflowcheck:ignore
func encode(value any) ([]byte, error) { return json.Marshal(value) }
