package webui_test

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Neither the UI nor the browser talks to anybody but this machine.
func TestNothingLeavesThisMachine(t *testing.T) {
	w := theWorld(t)
	b, err := startBrowser(t.TempDir())
	require.NoError(t, err)
	closed := false
	defer func() {
		if !closed {
			b.close()
		}
	}()
	p := (&world{server: w.server, browser: b}).open(t, workflowsPath)
	p.reads("Workflow ID")
	p.visit(w.passPath(t, completed) + detailsTab)
	p.reads("COMPLETED", "ANSWERED")
	// So that the log is seen to show an attempt.
	const outside = "http://outside.test/"
	require.NoError(t, chromedp.Do(p.ctx, chromedp.Navigate("about:blank")))
	_, err = chromedp.Run(p.ctx, chromedp.Evaluate[string](`fetch("`+outside+`", {mode: "no-cors"})`, chromedp.EvalAwaitPromise))
	require.ErrorContains(t, err, "Failed to fetch")
	b.close()
	closed = true

	log := readNetLog(t, b.netLog)
	require.NotEmpty(t, log.connected)
	for _, address := range log.connected {
		require.True(t, strings.HasPrefix(address, "127.0.0.1:"), "connected to %s", address)
	}
	require.Zero(t, log.datagrams, "sent datagrams, such as a look-up of a name")
	require.Contains(t, log.byPages, outside)
	for _, address := range log.byPages {
		asked, err := url.Parse(address)
		require.NoError(t, err)
		require.True(t, asked.Hostname() == "127.0.0.1" || address == outside, "a page of the UI asks for %s", address)
	}
}

// netLog is what a browser did in the network.
type netLog struct {
	// connected are the addresses that it connected to.
	connected []string
	// datagrams counts those that it sent.
	datagrams int
	// byPages are the addresses that pages asked for, or were at; the browser's own wishes are not among them.
	byPages []string
}

// readNetLog reads the file of --log-net-log.
func readNetLog(t *testing.T, file string) netLog {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var raw struct {
		Constants struct {
			LogEventTypes map[string]int `json:"logEventTypes"`
		} `json:"constants"`
		Events []struct {
			Type   int `json:"type"`
			Params struct {
				Address   string `json:"address"`
				URL       string `json:"url"`
				Initiator string `json:"initiator"`
			} `json:"params"`
		} `json:"events"`
	}
	require.NoError(t, json.Unmarshal(data, &raw), "the log is whole")
	kind := func(name string) int {
		number, ok := raw.Constants.LogEventTypes[name]
		require.True(t, ok, "this browser's log has no %s", name)
		return number
	}
	connect, datagram, request := kind("TCP_CONNECT_ATTEMPT"), kind("UDP_BYTES_SENT"), kind("URL_REQUEST_START_JOB")
	var log netLog
	for _, event := range raw.Events {
		switch event.Type {
		case connect:
			if event.Params.Address != "" {
				log.connected = append(log.connected, event.Params.Address)
			}
		case datagram:
			log.datagrams++
		case request:
			if strings.HasPrefix(event.Params.URL, "http") && event.Params.Initiator != "not an origin" {
				log.byPages = append(log.byPages, event.Params.URL)
			}
		}
	}
	return log
}
