// Package markdown writes the small pages that the Temporal Web UI shows about a workflow: foreign texts that stay what they
// are, numbers and times that people can read, lists, and links to other pages of the UI. It is pure, so that workflows may
// use it.
//
// The UI puts a page into the address of a frame and renders it there, so that pages have to be short: Fits says
// whether one is.
package markdown

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/charset"
)

// maxEncoded bounds a page, in bytes as it stands in an address. Proxies in front of the UI take lines of 8 KiB at most by
// default (nginx, large_client_header_buffers); the rest is for what stands around it.
const maxEncoded = 7000

// Fits reports whether a page is short enough for the UI.
func Fits(page string) bool { return len(url.QueryEscape(page)) <= maxEncoded }

// special are characters that mean something in Markdown or HTML, and braces, which the UI fills in: {workflowId}. As
// entities they mean nothing in any dialect, in a table or out of one; a colon before slashes would become a link. Angle
// brackets are numbers because the UI shows &lt; as it is written (ui-server 2.54.1).
var special = strings.NewReplacer(
	"&", "&amp;", "<", "&#60;", ">", "&#62;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;",
	"{", "&#123;", "}", "&#125;", "|", "&#124;", "$", "&#36;", "~", "&#126;", "://", "&#58;//",
)

// Text is a foreign text on one line, as it is. Characters that nobody sees, or that turn the line, are shown escaped.
func Text(text string) string { return special.Replace(line(text)) }

func line(text string) string { return charset.Visible(strings.Join(strings.Fields(text), " ")) }

// Code is a short text that people copy, such as a command.
func Code(text string) string {
	return "`" + strings.NewReplacer("`", "", "|", "", "{", "", "}", "").Replace(line(text)) + "`"
}

// Number has its thousands apart from five digits on: 4711, 12 300.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	if n > -10_000 && n < 10_000 {
		return digits
	}
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

// Time is a moment, to the second.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Item is a line of a list: a name and what it is. The UI gives tables no room between their columns, and shows a page in
// half of its window, so that lists are what people can read there.
func Item(name, value string) string {
	if value == "" {
		return "- " + name + "\n"
	}
	return "- " + name + ": " + value + "\n"
}

// Workflow is a link to a workflow's page; without a run id it leads to its latest run.
func Workflow(text, namespace, workflowID, runID string) string {
	if runID == "" {
		return link(text, namespace, "workflows", workflowID)
	}
	return link(text, namespace, "workflows", workflowID, runID)
}

// Schedule is a link to a schedule's page.
func Schedule(text, namespace, scheduleID string) string {
	return link(text, namespace, "schedules", scheduleID)
}

// link is relative to the page /render, in which the UI shows our text: it works under whatever path the UI is published.
func link(text, namespace string, path ...string) string {
	address := "namespaces/" + url.PathEscape(namespace)
	for _, part := range path {
		address += "/" + url.PathEscape(part)
	}
	return fmt.Sprintf("[%s](%s)", Text(text), address)
}
