package config

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/pass"
)

// Markdown is the text about the environment as a table for the documentation.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Allowed | What it does |\n| --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		fallback := "–"
		switch {
		case s.Required:
			fallback = "required"
		case s.setKey != nil && s.Default != "":
			fallback = s.Default
		case s.Default != "":
			fallback = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.Join(s.names(), "` or `"), fallback, cell(s.Allowed), cell(s.Description))
	}
	b.WriteString("\n" + temporalNote + "\n")
	return b.String()
}

// SyncMarkdown is the table of the fields of a sync's file for the documentation.
func SyncMarkdown() string {
	var b strings.Builder
	b.WriteString("| Field | Default | Allowed | Meaning |\n| --- | --- | --- | --- |\n")
	for _, field := range pass.Fields() {
		fallback := field.Default
		if value := field.Value(pass.Sync{}.WithDefaults()); value != nil && fmt.Sprint(value) != "" {
			fallback = strings.TrimSpace("`" + strings.ReplaceAll(fmt.Sprint(value), " ", ", ") + "` " + fallback)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", field.Name, fallback, cell(field.Allowed), cell(field.Meaning))
	}
	return b.String()
}

// cell keeps a text from ending its column.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
