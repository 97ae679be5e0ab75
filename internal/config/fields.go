package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// syncField is one field of a sync's YAML and how to read it.
type syncField struct {
	name string
	read func(*pass.Sync, *yaml.Node) *misfit
}

// misfit is a value that is not of the field's type.
type misfit struct {
	line           int
	value, allowed string
}

// syncFields are all the fields, in the order in which people write them.
var syncFields = []syncField{
	{"id", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.ID) }},
	{"name", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.Name) }},
	{"enabled", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readBool, &s.Enabled) }},
	{"cron", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.Cron) }},
	{"timeZone", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.TimeZone) }},
	{"catchupWindow", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readDuration, &s.CatchupWindow) }},
	{"jitter", func(s *pass.Sync, n *yaml.Node) *misfit { return readDuration(n, &s.Jitter) }},
	{"batchSize", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readNumber, &s.BatchSize) }},
	{"searchParam", func(s *pass.Sync, n *yaml.Node) *misfit {
		var text string
		problem := readText(n, &text)
		// The form shows INN and OGRN in capitals.
		s.SearchParam = counterparty.IDKind(strings.ToLower(strings.TrimSpace(text)))
		return problem
	}},
	{"attributeToSearch", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.AttributeToSearch) }},
	{"nodeType", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.NodeType) }},
	{"sources", func(s *pass.Sync, n *yaml.Node) *misfit { return readList(n, readText, &s.Sources, "[req, contacts]") }},
	{"required", func(s *pass.Sync, n *yaml.Node) *misfit { return readList(n, readText, &s.Required, "[req]") }},
	{"quotaReserve", func(s *pass.Sync, n *yaml.Node) *misfit { return readReserve(n, &s.QuotaReserve) }},
	{"changedOnly", func(s *pass.Sync, n *yaml.Node) *misfit { return readBool(n, &s.ChangedOnly) }},
	{"fullEvery", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readDuration, &s.FullEvery) }},
	{"start", func(s *pass.Sync, n *yaml.Node) *misfit { return readText(n, &s.Start) }},
	{"retryDelays", func(s *pass.Sync, n *yaml.Node) *misfit {
		delays := []pass.Duration{}
		problem := readList(n, readDuration, &delays, "[10s, 1m, 10m]")
		s.RetryDelays = &delays
		return problem
	}},
	{"lookahead", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readNumber, &s.Lookahead) }},
	{"maxChanged", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readNumber, &s.MaxChanged) }},
	{"maxChangedShare", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readShare, &s.MaxChangedShare) }},
	{"maxEmptied", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readNumber, &s.MaxEmptied) }},
	{"approvalTimeout", func(s *pass.Sync, n *yaml.Node) *misfit { return readInto(n, readDuration, &s.ApprovalTimeout) }},
	{"allowEmpty", func(s *pass.Sync, n *yaml.Node) *misfit { return readBool(n, &s.AllowEmpty) }},
}

func fieldNamed(name string) (syncField, bool) {
	for _, field := range syncFields {
		if field.name == name {
			return field, true
		}
	}
	return syncField{}, false
}

// insteadOf says what to write in place of an unknown field.
func insteadOf(name string) string {
	names := make([]string, len(syncFields))
	for i, field := range syncFields {
		names[i] = field.name
	}
	if known := nearest(name, names); known != "" {
		return known
	}
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name)) {
	case "key", "ключ", "apikey", "konturkey", "focuskey", "password", "token":
		return "no secrets in this file; the key is KONTUR_KEY or KONTUR_KEY_FILE in the environment of the worker"
	case "reset", "resetstate", "resetat":
		return "none for this; it is the flag --reset of apply"
	case "<<":
		return "fields, each written out"
	}
	return strings.Join(names, ", ")
}

// readText takes a text. A number or a date is refused: YAML would rewrite some of them, and people can't tell which.
func readText[T ~string](n *yaml.Node, into *T) *misfit {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || isTagged(n) {
		allowed := "a text"
		if n.Kind == yaml.ScalarNode && !isTagged(n) {
			allowed = "a text; put it in quotes"
		}
		return &misfit{n.Line, shown(n), allowed}
	}
	*into = T(n.Value)
	return nil
}

func readBool(n *yaml.Node, into *bool) *misfit {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || isTagged(n) {
		return &misfit{n.Line, shown(n), "true or false, without quotes"}
	}
	*into = strings.EqualFold(n.Value, "true")
	return nil
}

var wholePattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,8})$`)

func readNumber(n *yaml.Node, into *int) *misfit {
	value, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || isTagged(n) || err != nil || !wholePattern.MatchString(n.Value) {
		return &misfit{n.Line, shown(n), "a whole number such as 4, without quotes"}
	}
	*into = value
	return nil
}

func readDuration(n *yaml.Node, into *pass.Duration) *misfit {
	if n.Kind != yaml.ScalarNode || isTagged(n) || into.UnmarshalText([]byte(n.Value)) != nil {
		return &misfit{n.Line, shown(n), "a duration such as 10s, 1m30s or 4h"}
	}
	return nil
}

func readShare(n *yaml.Node, into *pass.Share) *misfit {
	if n.Kind != yaml.ScalarNode || isTagged(n) || into.UnmarshalText([]byte(n.Value)) != nil {
		return &misfit{n.Line, shown(n), "a share such as 20% or 0.5%"}
	}
	return nil
}

// readReserve takes a number, a share or off, none of which needs quotes.
func readReserve(n *yaml.Node, into *pass.Reserve) *misfit {
	if n.Kind != yaml.ScalarNode || isTagged(n) || !pass.Reserve(n.Value).Valid() {
		return &misfit{n.Line, shown(n), "a number such as 500, a share below 100% such as 5%, or off"}
	}
	*into = pass.Reserve(n.Value)
	return nil
}

// readInto reads a value for a field that tells "not set" from a zero.
func readInto[T any](n *yaml.Node, read func(*yaml.Node, *T) *misfit, into **T) *misfit {
	var value T
	if problem := read(n, &value); problem != nil {
		return problem
	}
	*into = &value
	return nil
}

// readList reads a list; example shows one.
func readList[T any](n *yaml.Node, read func(*yaml.Node, *T) *misfit, into *[]T, example string) *misfit {
	if n.Kind != yaml.SequenceNode || isTagged(n) {
		return &misfit{n.Line, shown(n), "a list such as " + example}
	}
	for _, item := range n.Content {
		var value T
		if problem := read(resolve(item), &value); problem != nil {
			return problem
		}
		*into = append(*into, value)
	}
	return nil
}

// isTagged reports whether the user forced a type such as !!binary on the value.
func isTagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// shown is a value for a message: as it was written, but short, on one line, and without its YAML type.
func shown(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields of its own"
	case n.Kind != yaml.ScalarNode:
		return "an alias"
	case isTagged(n):
		return shorten(n.Tag + " " + n.Value)
	case n.Value == "":
		return "nothing"
	}
	return shorten(n.Value)
}

// maxShown is how many characters of a value a message repeats: enough to recognise it.
const maxShown = 80

func shorten(text string) string { return excerpt.Runes(text, maxShown) }

// sameDuration reports whether both texts are the same duration, such as 90m and 1h30m.
func sameDuration(a, b string) bool {
	first, err := time.ParseDuration(a)
	second, other := time.ParseDuration(b)
	return err == nil && other == nil && first == second
}
