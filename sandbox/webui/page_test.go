package webui_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	// patience bounds every wait: far above what is needed, so that only what never happens fails.
	patience = 30 * time.Second
	// lookEvery is how often a page is read while something is waited for. The UI polls for ever, so there is no other
	// sign that it is ready than what a person sees.
	lookEvery = 100 * time.Millisecond
	// clickAgain is how long a click is given to show its effect.
	clickAgain = 3 * time.Second
)

// page is what the browser shows.
type page struct {
	t   *testing.T
	ctx context.Context
	ui  string
}

// open opens a path of the UI. All tests share one tab, which keeps what it has loaded.
func (w *world) open(t *testing.T, path string) *page {
	t.Helper()
	p := &page{t: t, ctx: w.browser.ctx, ui: w.server.UIURL()}
	p.visit(path)
	return p
}

// visit goes to a path of the UI.
func (p *page) visit(path string) {
	p.t.Helper()
	// Through an empty page: what is still on the old one must not be taken for the new one.
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Navigate("about:blank")))
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Navigate(p.ui+path)))
}

// readable is a script for the text of the page and of the frames in it: the UI renders Markdown in frames.
const readable = `[document, ...[...document.querySelectorAll("iframe")].map(f => f.contentDocument)]
	.filter(d => d && d.body).map(d => d.body.innerText).join("\n")`

// text is what a person reads on the page, line by line, without empty lines; frames come last.
func (p *page) text() string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](readable))
	if err != nil {
		return "" // the page is just being replaced
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// reads waits until all the texts can be read on the page, and returns the page's text.
func (p *page) reads(texts ...string) string {
	p.t.Helper()
	var all string
	var missing []string
	p.wait(func() bool {
		all = p.text()
		missing = nil
		for _, text := range texts {
			if !strings.Contains(all, text) {
				missing = append(missing, text)
			}
		}
		return len(missing) == 0
	}, func() string { return fmt.Sprintf("not on the page: %q\nthe page:\n%s", missing, all) })
	return all
}

// wait waits until is holds.
func (p *page) wait(is func() bool, or func() string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(p.t, "waited in vain", or())
		}
	}
}

// place is a point of the page, from its upper left corner, in CSS pixels; nil if there is nothing of the kind.
type place struct{ X, Y float64 }

// findText is a script for the place of a visible text: one that equals it, else the first that contains it. Texts in
// frames and labels of pictures count.
const findText = `(text => {
	const find = doc => {
		const tidy = s => (s || "").replace(/\s+/g, " ").trim();
		const found = [];
		const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			const words = n.nodeType === Node.TEXT_NODE ? tidy(n.data) : tidy(n.getAttribute("aria-label"));
			if (words.includes(text)) { found.push({exact: words === text, e: n.nodeType === Node.TEXT_NODE ? n.parentElement : n}); }
		}
		for (const {e} of found.sort((a, b) => b.exact - a.exact)) {
			e.scrollIntoView({block: "center"});
			const r = e.getClientRects()[0] || {};
			const x = r.left + r.width / 2, y = r.top + r.height / 2;
			const top = doc.elementFromPoint(x || 0, y || 0); // what the mouse would meet there
			if (r.width > 1 && top && (top.contains(e) || e.contains(top)) && top !== doc.body && top !== doc.documentElement) {
				const frame = doc.defaultView.frameElement ? doc.defaultView.frameElement.getBoundingClientRect() : {left: 0, top: 0};
				return {X: frame.left + x, Y: frame.top + y};
			}
		}
		return null;
	};
	for (const doc of [document, ...[...document.querySelectorAll("iframe")].map(f => f.contentDocument)]) {
		const place = doc && doc.body && find(doc);
		if (place) { return place; }
	}
	return null;
})(%q)`

// click clicks with the mouse on a text, until the page says what is wanted: a page that is still being put together
// moves things away, or does not listen yet.
func (p *page) click(text string, wanted ...string) string {
	p.t.Helper()
	script := fmt.Sprintf(findText, text)
	var at *place
	var clicked time.Time
	p.wait(func() bool {
		if !clicked.IsZero() && p.says(wanted) {
			return true
		}
		if time.Since(clicked) < clickAgain {
			return false
		}
		before := at
		found, err := chromedp.Run(p.ctx, chromedp.Evaluate[*place](script))
		if err != nil {
			return false
		}
		at = found
		if at != nil && before != nil && *at == *before && chromedp.Do(p.ctx, chromedp.MouseClickXY(at.X, at.Y)) == nil {
			clicked = time.Now()
		}
		return false
	}, func() string {
		return fmt.Sprintf("clicked on %q: %t; then expected %q\nthe page:\n%s", text, !clicked.IsZero(), wanted, p.text())
	})
	return p.text()
}

// opens clicks on a link that opens a tab of its own, and returns that.
func (p *page) opens(text string) *page {
	p.t.Helper()
	opened := chromedp.WaitNewTarget(p.ctx, func(*target.Info) bool { return true })
	p.click(text)
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id))
		p.t.Cleanup(cancel)
		return &page{t: p.t, ctx: ctx, ui: p.ui}
	case <-time.After(patience):
		require.FailNow(p.t, "no tab was opened", "by a click on %q", text)
		return nil
	}
}

// says reports whether all the texts can be read on the page.
func (p *page) says(texts []string) bool {
	all := p.text()
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(all, text) })
}

// location is the path and query of the page, without escapes.
func (p *page) location() string {
	p.t.Helper()
	at, err := chromedp.Run(p.ctx, chromedp.Location())
	require.NoError(p.t, err)
	path, err := url.PathUnescape(strings.TrimPrefix(at, p.ui))
	require.NoError(p.t, err)
	return path
}
