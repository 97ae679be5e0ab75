package webui_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// imagesFolder is where TestScreenshots writes to.
var imagesFolder = flag.String("images", "", "the folder for the pictures of docs/web-ui.md; without it none are taken")

// A picture is as wide as a page of text can show; the window is wider, so that no column is cut.
const pictureWidth = 1280

// shot is one picture.
type shot struct {
	name string
	// open goes to the page and waits until all that the picture is about is there.
	open func(w *world, t *testing.T) *page
	// height of the picture, in CSS pixels.
	height int
}

func shots() []shot {
	at := func(site, tab string, texts ...string) func(*world, *testing.T) *page {
		return func(w *world, t *testing.T) *page {
			p := w.open(t, w.passPath(t, site)+tab)
			p.reads(texts...)
			return p
		}
	}
	all := []shot{
		{name: "list", height: 760, open: func(w *world, t *testing.T) *page {
			p := w.open(t, workflowsPath)
			p.reads(w.passID(t, failed), w.passID(t, running))
			return p
		}},
		{name: "filter", height: 520, open: func(w *world, t *testing.T) *page {
			p := w.open(t, listPath(`CounterpartySyncStatus = "RETRY_WAITING"`))
			p.reads(w.passID(t, waiting))
			return p
		}},
		{name: "running-details", height: 1040, open: at(running, detailsTab, "IN_PROGRESS", "expected end: ")},
		{name: "running-timeline", height: 1100, open: at(running, timelineTab, "segment 1: ")},
		{name: "waiting-details", height: 1230, open: at(waiting, detailsTab, "RETRY_WAITING", "What to do: ")},
		{name: "waiting-timeline", height: 1150, open: at(waiting, timelineTab, "retry 2 of 3: ")},
		{name: "waiting-memo", height: 1000, open: at(orphaned, memoTab, "RETRY_WAITING")},
		{name: "failed", height: 1000, open: at(failed, timelineTab, "hint: check KONTUR_KEY", "segment 1: ")},
		{name: "completed-details", height: 1130, open: at(completed, detailsTab, "ANSWERED")},
		{name: "segment-timeline", height: 1300, open: func(w *world, t *testing.T) *page {
			p := w.open(t, w.passPath(t, completed)+relatedTab)
			p.click(w.passID(t, completed)+"/segment-1", "DiffAndUpdate • ", "QuerySource • ")
			return p
		}},
		{name: "pending", height: 900, open: func(w *world, t *testing.T) *page {
			p := w.open(t, w.passPath(t, running)+relatedTab)
			p.click(w.passID(t, running)+"/segment-1", "DiffAndUpdate • ")
			p.click("Pending Activities", "Heartbeat Details", "UPDATED")
			return p
		}},
		{name: "schedule", height: 1100, open: func(w *world, t *testing.T) *page {
			p := w.open(t, schedulesPath+"/counterparty-sync-main")
			p.reads("At 02:00 every day", w.passID(t, completed))
			return p
		}},
		{name: "report", height: 760, open: func(w *world, t *testing.T) *page {
			p := w.open(t, listPath(`WorkflowType = "CounterpartyReport"`))
			p.click("counterparty-report-requisites_", "AskReportSource • ")
			p.click("User Metadata", "Requisites", "ANSWERED")
			return p
		}},
	}
	if os.Getenv(encrypted) != "" {
		all = append(all, shot{name: "encrypted", height: 900, open: func(w *world, t *testing.T) *page { return w.withoutCodec(t) }})
	}
	return all
}

// TestScreenshots takes the pictures of docs/web-ui.md, if it is told where to put them.
func TestScreenshots(t *testing.T) {
	w := theWorld(t)
	if *imagesFolder == "" {
		t.Skip("no -images given; make screenshots does")
	}
	host, err := os.Hostname()
	require.NoError(t, err)
	thisMachine := regexp.MustCompile(`\b` + regexp.QuoteMeta(host) + `\b`)
	require.NoError(t, os.MkdirAll(*imagesFolder, 0o755))
	for _, s := range shots() {
		t.Run(s.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(w.browser.ctx, viewport(s.height)))
			p := s.open(w, t)
			require.NotRegexp(t, thisMachine, p.text(), "a picture names this machine")
			picture := p.picture()
			t.Logf("%s: %d bytes", s.name, len(picture))
			require.NoError(t, os.WriteFile(filepath.Join(*imagesFolder, s.name+".png"), picture, 0o644))
		})
	}
	require.NoError(t, chromedp.Do(w.browser.ctx, viewport(windowHeight)))
}

func viewport(height int) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(windowWidth, int64(height), func(params *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
		params.DeviceScaleFactor = float64(pictureWidth) / windowWidth
	})
}

// picture is what is seen of the page, as a small PNG.
func (p *page) picture() []byte {
	p.t.Helper()
	// Layout and pictures in it come after the text.
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](
		`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err)
	data, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	decoded, err := png.Decode(bytes.NewReader(data))
	require.NoError(p.t, err)
	var small bytes.Buffer
	require.NoError(p.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, coarse(decoded)))
	return small.Bytes()
}

// coarse is a picture of the 256 colours that it has most of: what is in between belongs to the edges of letters. It
// takes half the bytes.
func coarse(from image.Image) image.Image {
	count := map[color.Color]int{}
	bounds := from.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[from.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return count[b] - count[a] })
	to := image.NewPaletted(bounds, palette[:min(len(palette), 256)])
	draw.Draw(to, bounds, from, bounds.Min, draw.Src)
	return to
}
