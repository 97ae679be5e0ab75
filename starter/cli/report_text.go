package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// kindWords are the kinds of counterparties as people call them.
var kindWords = map[report.Kind]string{
	report.LegalEntity: "legal entity", report.SoleProprietor: "sole proprietor", report.Foreign: "foreign organisation",
}

// reportText is a report for people: what it is about, its sources, and what each of them says.
func reportText(reading desk.Reading, dialect sourcestate.Dialect) (string, error) {
	d := reading.Document
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s\n%s, %s %s, made %s", d.UID, oneLine(d.Name), strings.ToUpper(string(d.By)), d.ID, d.CreatedAt.UTC().Format(time.RFC3339))
	if d.UpdatedAt.Sub(d.CreatedAt) >= time.Second {
		_, _ = fmt.Fprintf(&b, ", updated %s", d.UpdatedAt.UTC().Format(time.RFC3339))
	}
	b.WriteString("\n")
	if d.Company != nil {
		_, _ = fmt.Fprintf(&b, "%s, INN %s, OGRN %s\n", kindWords[d.Company.Kind], d.Company.INN, d.Company.OGRN)
	}
	b.WriteString("\n")
	writeSources(&b, d.Sources, dialect)
	for _, content := range d.Content {
		text, err := readable(content.Data)
		if err != nil {
			return "", fmt.Errorf("read the content of %s: %w", content.Source, err)
		}
		_, _ = fmt.Fprintf(&b, "\n%s, answered %s\n", content.Source, content.AnsweredAt.UTC().Format(time.RFC3339))
		for line := range strings.Lines(text) {
			b.WriteString("  " + line)
		}
	}
	if len(d.Missing) > 0 {
		_, _ = fmt.Fprintf(&b, "\nnot whole without: %s\n", strings.Join(d.Missing, ", "))
	}
	return b.String(), nil
}

// writeSources writes the table of sources in the words of the dialect.
func writeSources(b *strings.Builder, r sourcestate.Sources, dialect sourcestate.Dialect) {
	sources := r.Sources()
	if len(sources) == 0 {
		b.WriteString("its sources are not known yet\n")
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	vehicle, entity := sourcestate.Vehicle(r), sourcestate.Entity(r)
	if dialect == sourcestate.VehicleDialect {
		_, _ = fmt.Fprintln(w, "SOURCE\tSTATE\tEXTENDED\tREASON")
	} else {
		_, _ = fmt.Fprintln(w, "SOURCE\tSTATE\tREASON")
	}
	for i, s := range sources {
		reason := "-"
		if s.Reason != "" {
			reason = oneLine(s.Reason)
		}
		if dialect == sourcestate.VehicleDialect {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.ID, vehicle.State.Sources[i].State, vehicle.State.Sources[i].ExtendedState, reason)
			continue
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.ID, entity.State.Sources[i].State, reason)
	}
	_ = w.Flush()
}

// oneLine keeps a foreign text from breaking a table or steering a terminal.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// readable writes JSON as YAML, which people read more easily. Fields keep their order. What could steer a terminal is
// escaped by YAML's own rules.
func readable(data json.RawMessage) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	node, err := yamlNode(decoder)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return "", err
	}
	return b.String(), encoder.Close()
}

// yamlNode reads the next JSON value.
func yamlNode(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch value := token.(type) {
	case json.Delim:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if value == '[' {
			node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		}
		// Keys and values come one after the other, and so YAML has them too.
		for decoder.More() {
			child, err := yamlNode(decoder)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		_, err := decoder.Token() // the closing bracket
		return node, err
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: value.String()}, nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	default: // bool
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(value)}, nil
	}
}
