package webui_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// requireBrowser is the variable that makes a missing browser a failure and not a reason to skip.
const requireBrowser = "REQUIRE_BROWSER"

// browserNames are looked for in PATH, in this order.
var browserNames = []string{"chromium", "google-chrome", "chromium-browser", "chrome"}

var errNoBrowser = errors.New("no Chromium or Chrome in PATH; install one, such as Debian's package chromium")

// Size of the window, in CSS pixels: a notebook's width, and higher than most pages.
const (
	windowWidth  = 1440
	windowHeight = 1300
)

// browser is a headless Chromium that can reach this machine and nothing else.
type browser struct {
	ctx   context.Context
	close func()
	// netLog is the file in which Chromium keeps what it did in the network; whole after close.
	netLog string
}

// startBrowser starts a browser with a profile of its own in dir.
func startBrowser(dir string) (*browser, error) {
	binary, err := findBrowser()
	if err != nil {
		return nil, err
	}
	netLog := filepath.Join(dir, "net-log.json")
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.WindowSize(windowWidth, windowHeight),
		// The pages come from our own server, and containers rarely have what the sandbox needs.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("log-net-log", netLog),
		chromedp.Flag("net-log-capture-mode", "Default"),
		chromedp.Env("TZ=Europe/Moscow"),
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &browser{ctx: ctx, netLog: netLog, close: func() {
		_ = chromedp.Cancel(ctx) // closes the browser in good order, so that the log is whole
		cancel()
		stop()
	}}
	if err := chromedp.Do(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	return b, nil
}

func findBrowser() (string, error) {
	for _, name := range browserNames {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// browserIsRequired reports whether a missing browser is an error.
func browserIsRequired() bool { return os.Getenv(requireBrowser) != "" }
