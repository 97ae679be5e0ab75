package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/report"
)

// Report is the page of a report.
type Report struct {
	Document report.Document
	// Until is when the waiting of a source ends, by its id.
	Until map[string]time.Time
	Now   time.Time
}

// String renders the page.
func (p Report) String() string { return fitting(p.render, report.MaxReasonLength, 120, 40) }

func (p Report) render(most int) string {
	d := p.Document
	counts, state := d.Sources.Counts(), "in progress"
	if d.Sources.Complete() {
		state = "complete"
	}
	var b strings.Builder
	b.WriteString(fmt.Sprintf("### %s, %s %s\n\n", md.Text(d.Name), strings.ToUpper(string(d.By)), md.Text(d.ID)))
	b.WriteString(fmt.Sprintf("**%s** – sources: %d ok, %d waiting, %d failed\n\n", state, counts.OK, counts.Wait, counts.Error))
	if d.Company != nil {
		b.WriteString(fmt.Sprintf("%s, INN %s, OGRN %s\n\n", md.Text(string(d.Company.Kind)), md.Text(d.Company.INN), md.Text(d.Company.OGRN)))
	}
	for _, s := range d.Sources.Sources() {
		var why []string
		if i := slices.IndexFunc(d.Content, func(c report.Content) bool { return c.Source == s.ID }); i >= 0 {
			why = append(why, fmt.Sprintf("%s bytes, %s", md.Number(int64(len(d.Content[i].Data))), md.Time(d.Content[i].AnsweredAt)))
		}
		if until, waits := p.Until[s.ID]; waits {
			why = append(why, "until "+md.Time(until))
		}
		if s.Reason != "" {
			why = append(why, excerpt.Bytes(s.Reason, most))
		}
		b.WriteString(sourceItem(s, strings.Join(why, "; ")))
	}
	if len(d.Missing) > 0 {
		b.WriteString("\nmissing: " + md.Text(strings.Join(d.Missing, ", ")) + "\n")
	}
	b.WriteString("\nas of " + md.Time(p.Now) + "\n")
	return b.String()
}
