package main

import (
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/sample"
)

// furtherKey is what --further-key names.
const furtherKey = "further-simulator-key-0123456789-abcdefg"

// world is what lies outside of the software: the simulators and what is in them.
type world struct {
	api      alfresco.API
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	further  *konturtest.Server // as the further key sees it; nil if there is none
	sample   sample.Summary
}

// startWorld starts the simulators and fills them.
func startWorld(o options) (*world, error) {
	mood := []alfrescotest.Option{alfrescotest.WithCiteckNames(), alfrescotest.WithRecords(alfrescotest.Unsure{}), alfrescotest.WithLanguage(o.alfrescoLanguage),
		// Each pass counts its writes; one node is written once at most.
		alfrescotest.WithRecordLimit(max(10_000, 3*o.count)),
		alfrescotest.WithLatency(alfrescotest.Latency{
			Search: o.alfrescoLatency, Get: o.alfrescoLatency, Put: o.alfrescoLatency, Metadata: o.alfrescoLatency,
			Query: o.alfrescoLatency, Mutate: o.alfrescoLatency,
		})}
	if o.alfrescoReplica {
		mood = append(mood, alfrescotest.WithReplica())
	}
	if o.alfrescoCrossLocale {
		mood = append(mood, alfrescotest.WithCrossLocale())
	}
	a, err := alfrescotest.Start(local(o.alfrescoPort), mood...)
	if err != nil {
		return nil, err
	}
	k, err := konturtest.Start(local(o.konturPort), konturtest.WithLatency(o.konturLatency), konturtest.WithMaxInFlight(o.konturConcurrency),
		konturtest.WithChangesBy(o.konturChangesBy))
	if err != nil {
		a.Close()
		return nil, err
	}
	w := &world{api: o.alfrescoAPI, alfresco: a, kontur: k, sample: sample.Fill(a, k, o.count, o.seed)}
	if o.furtherKey != "" {
		w.further = k.AddKey(furtherKey, konturtest.WithLatency(o.konturLatency), konturtest.WithMaxInFlight(o.konturConcurrency))
	}
	w.sabotage(o)
	return w, nil
}

// sabotage makes the simulators fail as the flags ask for.
func (w *world) sabotage(o options) {
	konturFails := func(now func() bool) {
		w.kontur.Inject(konturtest.Fault{Status: http.StatusServiceUnavailable, Text: "Service unavailable",
			Match: func(konturtest.Request) bool { return now() }})
	}
	if until := time.Now().Add(o.konturDown); o.konturDown > 0 {
		konturFails(func() bool { return time.Now().Before(until) })
	}
	if every := int64(o.konturFailEvery); every > 0 {
		var n atomic.Int64
		konturFails(func() bool { return n.Add(1)%every == 0 })
	}
	if every := o.alfrescoBrokenEvery; every > 0 {
		for i, node := range w.alfresco.Nodes("idocs:contractor") {
			if (i+1)%every == 0 {
				w.alfresco.BreakAspects(node.ID)
			}
		}
	}
	w.poison(o.alfrescoPoison)
	w.poisonKontur(o.konturPoison)
	if o.konturHangs != "" {
		w.kontur.Inject(konturtest.Fault{Method: o.konturHangs, Delay: 24 * time.Hour})
	}
	if o.konturLimits != "" {
		var n atomic.Int64
		w.kontur.Inject(konturtest.Fault{Method: o.konturLimits, Status: http.StatusTooManyRequests, Text: "Too many requests", RetryAfter: "5",
			Match: func(konturtest.Request) bool { return n.Add(1)%2 == 1 }})
	}
	if every := int64(o.alfrescoFailEvery); every > 0 {
		var n atomic.Int64
		w.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
			if n.Add(1)%every == 0 {
				w.alfresco.Inject(alfrescotest.Fault{Operation: op, Times: 1, Status: http.StatusServiceUnavailable})
			}
		})
	}
}

func (w *world) close() {
	w.alfresco.Close()
	w.kontur.Close()
}

// forget sets all counts to zero.
func (w *world) forget() {
	w.alfresco.Forget()
	w.kontur.Forget()
}

// traffic is what a pass asked of the outside world.
type traffic struct {
	alfresco, kontur string
	writes           int
}

func (w *world) traffic() traffic {
	var parts []string
	operations := []alfrescotest.Operation{alfrescotest.Search, alfrescotest.Metadata, alfrescotest.Get, alfrescotest.Put}
	if w.api == alfresco.Records {
		operations = []alfrescotest.Operation{alfrescotest.Query, alfrescotest.Mutate}
	}
	for _, op := range operations {
		parts = append(parts, fmt.Sprintf("%d %s", w.alfresco.Count(op), op))
	}
	calls, refused := map[string]int{}, 0
	for _, r := range w.kontur.Requests() {
		if r.Status != http.StatusOK {
			refused++
			continue
		}
		calls[r.Method]++
	}
	var methods []string
	for _, method := range slices.Backward(slices.Sorted(maps.Keys(calls))) {
		methods = append(methods, fmt.Sprintf("%d %s", calls[method], method))
	}
	if refused > 0 {
		methods = append(methods, fmt.Sprintf("%d refused", refused))
	}
	return traffic{alfresco: strings.Join(parts, ", "), kontur: strings.Join(methods, ", "), writes: len(w.alfresco.Writes())}
}

// environment is that of a worker for this world: the settings that a real one would have.
func (w *world) environment(o options, temporal string, metricsPort int) connect.Variables {
	env := connect.Variables{
		"TEMPORAL_ADDRESS":   temporal,
		"TEMPORAL_NAMESPACE": "default",
		// A profile that the user may have is about other servers.
		"TEMPORAL_CONFIG_FILE": os.DevNull,
		"ALFRESCO_URL":         w.alfresco.URL(),
		"ALFRESCO_API":         string(o.alfrescoAPI),
		"ALFRESCO_USER":        alfrescotest.DefaultUser,
		"ALFRESCO_PASSWORD":    alfrescotest.DefaultPassword,
		"KONTUR_URL":           w.kontur.URL(),
		"KONTUR_KEY":           w.kontur.Key(),
		"KONTUR_RPS":           strconv.FormatFloat(math.Round(o.konturRPS*1000)/1000, 'f', -1, 64),
		"KONTUR_CONCURRENCY":   strconv.Itoa(o.konturConcurrency),
		"HTTP_ADDR":            local(metricsPort),
		"LOG_LEVEL":            "warn",
		"LOG_FORMAT":           "console",
		"STOP_TIMEOUT":         "3s",
	}
	if w.further != nil {
		env[o.furtherKey.Setting()] = w.further.Key()
	}
	return env
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
