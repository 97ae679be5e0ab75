package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// audit is the record of changes: at least one line of the log for each attribute that was written, or may have been. The
// memory of a mapping is no attribute of its own; it is part of the write that it remembers.
type audit struct {
	// values says whether was and became are shown. Among them are names of persons.
	values bool
}

const (
	// longestShown is the largest number of characters that a line shows of one text, mostShown that of items of one list.
	longestShown = 200
	mostShown    = 20
	// hidden stands for a value that is not shown. That there was none is always shown.
	hidden = "***"
)

// written logs the changes of a node, as soon as Alfresco has confirmed them. repeated says that an earlier try has made
// them: its own lines are there, or were lost with its worker. Unsure ones may not have been made.
func (a audit) written(ctx context.Context, outcome counterparty.NodeOutcome, repeated bool) {
	logger := activity.GetLogger(ctx)
	passID := pass.OfSegment(activity.GetInfo(ctx).WorkflowExecution.ID)
	syncID := pass.SyncOfPass(passID)
	for _, c := range outcome.Changes {
		logger.Info("attribute written", "sync", syncID, "pass", passID, "node", outcome.NodeID, "attribute", c.Attribute,
			"was", a.shown(c.Was), "became", a.shown(c.Became), "source", c.Source, "repeated", repeated, "unsure", outcome.Unsure)
	}
}

func (a audit) shown(value any) any {
	if value == nil {
		return nil
	}
	if !a.values {
		return hidden
	}
	switch v := value.(type) {
	case counterparty.Cut:
		return fmt.Sprintf("%v… %s", a.shown(v.Text), v.Size())
	case string:
		return excerpt.Runes(v, longestShown)
	case []any:
		items := make([]any, min(len(v), mostShown))
		for i := range items {
			items[i] = a.shown(v[i])
		}
		if len(v) > mostShown {
			items = append(items, "…")
		}
		return items
	}
	return value
}
