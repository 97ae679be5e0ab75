package cli

import (
	"context"
	"strings"
	"time"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// renderSources renders which sources the latest pass of a sync has, and how far each of them is.
func (a *app) renderSources(ctx context.Context, manager *syncs.Manager, id string, dialect sourcestate.Dialect) (string, error) {
	sync, err := manager.Find(ctx, id)
	if err != nil {
		return "", err
	}
	found, err := composition.Reader{Temporal: a.connection}.OfSchedule(ctx, sync.ScheduleID)
	if err != nil {
		return "", err
	}
	return ui.Render(a.output == "json", ui.Literal{Value: desk.RenderSync(found, dialect)}, func(t *ui.Text) { writeComposition(t, found, dialect) })
}

func writeComposition(t *ui.Text, c composition.Composition, dialect sourcestate.Dialect) {
	counts := c.Sources.Counts()
	t.Line("%s, %s", c.ID, c.Name)
	switch p := c.Pass; {
	case p == nil:
		t.Line("%s", c.Note)
	case p.FinishedAt != nil:
		t.Line("pass %s, finished %s (%s)", p.WorkflowID, p.FinishedAt.Format(time.RFC3339), strings.ToLower(p.Ended))
	default:
		t.Line("pass %s, %s", p.WorkflowID, p.Result.Status)
	}
	t.Line("%d ok, %d wait, %d error\n", counts.OK, counts.Wait, counts.Error)
	writeSources(t, c.Sources, dialect)
}
