package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/ui"
)

// kindWords are the kinds of counterparties as people call them.
var kindWords = map[report.Kind]string{
	report.LegalEntity: "legal entity", report.SoleProprietor: "sole proprietor", report.Foreign: "foreign organisation",
}

// reportText is a report for people: what it is about, its sources, and what each of them says.
func reportText(reading desk.Reading, dialect sourcestate.Dialect) (string, error) {
	d := reading.Document
	var t ui.Text
	updated := ""
	if d.UpdatedAt.Sub(d.CreatedAt) >= time.Second {
		updated = ", updated " + d.UpdatedAt.UTC().Format(time.RFC3339)
	}
	t.Line("%s\n%s, %s %s, made %s%s", d.UID, excerpt.Line(d.Name), strings.ToUpper(string(d.By)), d.ID, d.CreatedAt.UTC().Format(time.RFC3339), updated)
	if d.Company != nil {
		t.Line("%s, INN %s, OGRN %s", kindWords[d.Company.Kind], d.Company.INN, d.Company.OGRN)
	}
	t.Line("")
	writeSources(&t, d.Sources, dialect)
	for _, content := range d.Content {
		text, err := readable(content.Data)
		if err != nil {
			return "", fmt.Errorf("read the content of %s: %w", content.Source, err)
		}
		t.Line("\n%s, answered %s", content.Source, content.AnsweredAt.UTC().Format(time.RFC3339))
		for line := range strings.Lines(text) {
			t.Add("  " + line)
		}
	}
	if len(d.Missing) > 0 {
		t.Line("\nincomplete without: %s", strings.Join(d.Missing, ", "))
	}
	return t.String(), nil
}

// writeSources writes the table of sources in the words of the dialect.
func writeSources(t *ui.Text, r sourcestate.Sources, dialect sourcestate.Dialect) {
	sources := r.Sources()
	if len(sources) == 0 {
		t.Line("its sources are not known yet")
		return
	}
	if dialect == sourcestate.VehicleDialect {
		t.Row("SOURCE", "STATE", "EXTENDED", "REASON")
		for i, s := range sourcestate.Vehicle(r).State.Sources {
			t.Row(s.ID, s.State, s.ExtendedState, cmp.Or(excerpt.Line(sources[i].Reason), "-"))
		}
		return
	}
	t.Row("SOURCE", "STATE", "REASON")
	for i, s := range sourcestate.Entity(r).State.Sources {
		t.Row(s.ID, s.State, cmp.Or(excerpt.Line(sources[i].Reason), "-"))
	}
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
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
	default: // a number or a boolean
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(value)}, nil
	}
}
