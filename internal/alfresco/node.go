package alfresco

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Node is a node as Alfresco shows it.
type Node struct {
	ID, Name, Type string
	// Properties has no nulls, no empty texts, nothing of sys and not cm:name: Alfresco leaves them out. Values are those
	// of encoding/json. It is never nil.
	Properties map[string]any
	CreatedAt  time.Time
	ModifiedAt time.Time

	// dbid is 0 if the API doesn't show it.
	dbid int64
	// editable is known only if rights were asked for.
	editable bool
}

// maxIDLength is more than a node's id has: its column (alf_node.uuid) takes 36 characters.
const maxIDLength = 100

func isID(text string) bool { return text != "" && len(text) <= maxIDLength }

// nodeBody is a node on the wire.
type nodeBody struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	NodeType   string         `json:"nodeType"`
	CreatedAt  timestamp      `json:"createdAt"`
	ModifiedAt timestamp      `json:"modifiedAt"`
	Properties map[string]any `json:"properties"`
	// AllowableOperations is absent if the account may do nothing but read.
	AllowableOperations []string `json:"allowableOperations"`
}

func (b nodeBody) node() Node {
	n := Node{
		ID: b.ID, Name: b.Name, Type: b.NodeType, Properties: b.Properties,
		CreatedAt: time.Time(b.CreatedAt), ModifiedAt: time.Time(b.ModifiedAt),
		editable: slices.Contains(b.AllowableOperations, "update"),
	}
	if n.Properties == nil {
		n.Properties = map[string]any{}
	}
	return n
}

// timestamp reads 2026-01-02T03:04:05.678+0000, whose zone RFC 3339 would not allow, and RFC 3339 as well.
type timestamp time.Time

const timestampLayout = "2006-01-02T15:04:05.000-0700"

// UnmarshalJSON implements json.Unmarshaler.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read time: %w", err)
	}
	if text == "" {
		return nil
	}
	at, err := parseTime(text)
	*t = timestamp(at)
	return err
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{timestampLayout, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as %s", text, timestampLayout)
}
