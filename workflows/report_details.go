package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/report"
)

// reportPage is what the Web UI shows of a report under "User Metadata".
type reportPage struct {
	document report.Document
	// until is when the waiting of a source ends, by its id.
	until map[string]time.Time
	now   time.Time
}

func (r *reportRun) page(ctx workflow.Context) reportPage {
	page := reportPage{document: r.current(), until: map[string]time.Time{}, now: workflow.Now(ctx)}
	for _, s := range r.sources {
		if !s.until.IsZero() {
			page.until[s.source.ID] = s.until
		}
	}
	return page
}

// String renders the page, with shorter reasons if it would be too long for the UI.
func (p reportPage) String() string {
	var text string
	for _, most := range []int{maxSourceReason, 120, 40} {
		if text = p.render(most); md.Fits(text) {
			break
		}
	}
	return text
}

func (p reportPage) render(most int) string {
	d := p.document
	var b strings.Builder
	counts := d.Sources.Counts()
	state := "in progress"
	if d.Sources.Complete() {
		state = "complete"
	}
	b.WriteString(fmt.Sprintf("### %s, %s %s\n\n", md.Text(d.Name), strings.ToUpper(string(d.By)), md.Text(d.ID)))
	b.WriteString(fmt.Sprintf("**%s** – sources: %d ok, %d waiting, %d failed\n\n", state, counts.OK, counts.Wait, counts.Error))
	if d.Company != nil {
		b.WriteString(fmt.Sprintf("%s, INN %s, OGRN %s\n\n", md.Text(string(d.Company.Kind)), md.Text(d.Company.INN), md.Text(d.Company.OGRN)))
	}
	for _, s := range d.Sources.Sources() {
		var why []string
		if content := contentOf(d, s.ID); content != "" {
			why = append(why, content)
		}
		if until, waits := p.until[s.ID]; waits {
			why = append(why, "until "+md.Time(until))
		}
		if s.Reason != "" {
			why = append(why, ellipsis(s.Reason, most))
		}
		b.WriteString(sourceItem(s, strings.Join(why, "; ")))
	}
	if len(d.Missing) > 0 {
		b.WriteString("\nmissing: " + md.Text(strings.Join(d.Missing, ", ")) + "\n")
	}
	b.WriteString("\nas of " + md.Time(p.now) + "\n")
	return b.String()
}

// contentOf says how much content of a source there is, and since when.
func contentOf(d report.Document, source string) string {
	for _, c := range d.Content {
		if c.Source == source {
			return fmt.Sprintf("%s bytes, %s", md.Number(int64(len(c.Data))), md.Time(c.AnsweredAt))
		}
	}
	return ""
}
