// Package page writes what the Temporal Web UI shows of a pass, a segment and a report under "User Metadata". Each page is a
// value that a workflow fills in; its String is the page in Markdown, short enough for the UI.
//
// It decides nothing and asks nothing: what is not in the value is not on the page. How Markdown is written, and how long a
// page may be, is the business of package markdown.
package page

import (
	"fmt"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// leastForRate is the time after which a rate means something.
const leastForRate = 2 * time.Second

// fitting renders a page with texts of at most so many bytes, shorter ones if it would be too long for the UI.
func fitting(render func(most int) string, most ...int) string {
	var text string
	for _, m := range most {
		if text = render(m); md.Fits(text) {
			break
		}
	}
	return text
}

// sourceItem is the state of a source, and why.
func sourceItem(source sourcestate.Source, why string) string {
	text := "**" + string(source.State) + "**"
	if why != "" {
		text += " – " + md.Text(why)
	}
	return md.Item(md.Text(source.ID), text)
}

// outcomes is what became of the nodes. What happened to none is left out.
func outcomes(c counterparty.Counts) string {
	var parts []string
	for outcome, nodes := range c.All() {
		if nodes > 0 {
			parts = append(parts, md.Number(int64(nodes))+" "+strings.ToLower(strings.ReplaceAll(string(outcome), "_", " ")))
		}
	}
	if len(parts) == 0 {
		return "none yet"
	}
	return strings.Join(parts, ", ")
}

// rateItem is nodes in a minute; empty if that is not known yet.
func rateItem(nodes int64, took time.Duration) string {
	perMinute := int64(float64(nodes) / max(took, leastForRate).Minutes())
	if took < leastForRate || perMinute == 0 {
		return ""
	}
	return md.Item("rate", md.Number(perMinute)+" nodes a minute")
}

// happened is an error, of so many bytes at most.
func happened(text string, most int) string {
	return "**What happened:** " + md.Text(excerpt.Bytes(text, most))
}

// QuotaLeft is what is left of a quota, in the words of the contract.
func QuotaLeft(q pass.Quota) string {
	is := "are"
	if q.Left == 1 {
		is = "is"
	}
	text := fmt.Sprintf("%s of %s %s %s left", md.Number(q.Left), md.Number(q.Limit), q.Counts, is)
	if q.Until != "" {
		text += " until " + q.Until
	}
	return text
}
