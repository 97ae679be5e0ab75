package alfrescotest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// attributes shows what was asked for, by the names it was asked under. An attribute that the model lacks is empty, and so
// are all of a record that is not there, or of which nothing is shown: nil.
func attributes(r *record, exists bool, asked map[string]string, language string) object {
	shown := make(object, len(asked))
	for alias, schema := range asked {
		name, scalar, many := parseSchema(schema)
		switch {
		case name == "_notExists":
			shown[alias] = !exists
		case r == nil:
			shown[alias] = scalars(nil, scalar, many, false)
		case name == "permissions._has.Write":
			shown[alias] = !r.ReadOnly
		default:
			shown[alias] = scalars(r.valuesOf(name, language), scalar, many, model[name].list != nil)
		}
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

func (r *record) valuesOf(name, language string) []any {
	switch name {
	case dbidField:
		return []any{r.Dbid}
	case uuidField:
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
	if t := r.translations[name]; t != nil {
		return listOf(t.closest(language))
	}
	return listOf(r.Properties[name])
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
