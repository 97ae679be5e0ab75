package alfrescotest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// attributes shows what was asked for, by the names it was asked under. An attribute that the model lacks is empty.
func (r *record) attributes(asked map[string]string) map[string]any {
	shown := make(map[string]any, len(asked))
	for alias, schema := range asked {
		name, scalar, many := parseSchema(schema)
		switch name {
		case "_notExists":
			shown[alias] = false
		case "permissions._has.Write":
			shown[alias] = !r.ReadOnly
		default:
			shown[alias] = scalars(r.valuesOf(name), scalar, many, model[name].list != nil)
		}
	}
	return shown
}

// attributesOfNothing are those of a record that is not there, or of which nothing is shown.
func attributesOfNothing(asked map[string]string, notExists bool) map[string]any {
	shown := make(map[string]any, len(asked))
	for alias, schema := range asked {
		name, scalar, many := parseSchema(schema)
		if name == "_notExists" {
			shown[alias] = notExists
			continue
		}
		shown[alias] = scalars(nil, scalar, many, false)
	}
	return shown
}

// parseSchema reads name[]?scalar. Without a scalar it is the display name.
func parseSchema(schema string) (name, scalar string, many bool) {
	name, scalar, ok := strings.Cut(schema, "?")
	if !ok {
		scalar = "disp"
	}
	name, many = strings.CutSuffix(name, "[]")
	return name, scalar, many
}

func (r *record) valuesOf(name string) []any {
	switch name {
	case dbidField:
		return []any{r.Dbid}
	case "sys:node-uuid":
		return []any{r.ID}
	case "TYPE", "type":
		return []any{r.Type}
	case "cm:name":
		return []any{r.Name}
	case "_created", "cm:created":
		return []any{r.CreatedAt.UTC().Format(time.RFC3339)}
	case "_modified", "cm:modified":
		return []any{r.ModifiedAt.UTC().Format(time.RFC3339)}
	}
	switch value := r.Properties[name].(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

func scalars(values []any, scalar string, many, listed bool) any {
	shown := make([]any, 0, len(values))
	for _, value := range values {
		shown = append(shown, scalarOf(value, scalar, listed))
	}
	switch {
	case many:
		return shown
	case len(shown) == 0:
		return nil
	}
	return shown[0]
}

func scalarOf(value any, scalar string, listed bool) any {
	text := scalarText(value)
	if at, err := time.Parse(dateLayout, text); err == nil {
		text = at.UTC().Format(time.RFC3339) // unlike the REST API
	}
	switch scalar {
	case "num":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
		return nil
	case "bool":
		return text == "true"
	case "disp":
		if listed {
			return fmt.Sprintf("Label of %s", text) // what a person reads in place of a listed value
		}
	}
	return text
}
