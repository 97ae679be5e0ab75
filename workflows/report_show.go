package workflows

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// publishChanges shows what has changed, once for all that happens in one turn.
func (r *reportRun) publishChanges(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return r.version > r.published }) == nil {
		r.publish(ctx)
	}
}

// publish writes the states where they can be read without a worker, and shows them.
func (r *reportRun) publish(ctx workflow.Context) {
	if r.version == r.published {
		return
	}
	r.published = r.version
	if err := workflow.UpsertMemo(ctx, map[string]any{report.SourcesMemo: forMemo(r.document.Sources)}); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("states not written to the memo", "uid", r.document.UID, "error", err)
	}
	workflow.SetCurrentDetails(ctx, reportDetails(r.current()))
}

// forMemo are the states with reasons as long as the memo has room for.
func forMemo(states sourcestate.Report) sourcestate.Report {
	const frame = len(`{"id":"","state":"","reason":""},`)
	sources := states.Sources()
	ids := make([]string, len(sources))
	room := maxSourcesMemo - len(`{"sources":[]}`)
	for i, s := range sources {
		ids[i] = s.ID
		room -= frame + len(s.ID) + len(s.State)
	}
	short, err := sourcestate.New(ids...)
	if err != nil {
		return states
	}
	for _, s := range sources {
		if s.State == sourcestate.NotStarted {
			continue
		}
		if err := short.Set(s.ID, s.State, cutJSON(s.Reason, max(0, room/len(sources)))); err != nil {
			return states
		}
	}
	return short
}

// cutJSON shortens a text so that it takes a number of bytes in JSON.
func cutJSON(text string, most int) string {
	length := 0
	for i, c := range text {
		switch size := utf8.RuneLen(c); {
		case c == '"' || c == '\\':
			length += 2
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029' || size < 0:
			length += len(`\u0000`)
		default:
			length += size
		}
		if length > most {
			return text[:i]
		}
	}
	return text
}

// reportDetails is the Markdown that the Web UI shows under "User Metadata".
func reportDetails(d report.Document) string {
	var b strings.Builder
	counts := d.Sources.Counts()
	b.WriteString(fmt.Sprintf("**%s**, %s %s: %d ok, %d waiting, %d failed\n\n", cell(d.Name), strings.ToUpper(string(d.By)), d.ID, counts.OK, counts.Wait, counts.Error))
	if d.Company != nil {
		b.WriteString(fmt.Sprintf("%s, INN %s, OGRN %s\n\n", d.Company.Kind, d.Company.INN, d.Company.OGRN))
	}
	b.WriteString("| source | state | content | reason |\n|---|---|---|---|\n")
	for _, s := range d.Sources.Sources() {
		b.WriteString(fmt.Sprintf("| %s | %s | %s | %s |\n", s.ID, s.State, contentOf(d, s.ID), cell(s.Reason)))
	}
	if len(d.Missing) > 0 {
		b.WriteString("\nmissing: " + strings.Join(d.Missing, ", ") + "\n")
	}
	return b.String()
}

// contentOf says how much content of a source there is, and since when.
func contentOf(d report.Document, source string) string {
	for _, c := range d.Content {
		if c.Source == source {
			return fmt.Sprintf("%d bytes, %s", len(c.Data), c.AnsweredAt.Format(time.RFC3339))
		}
	}
	return ""
}

// cell keeps a text inside its cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ").Replace(text)
}
