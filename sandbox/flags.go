package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/sandbox/temporalserver"
)

// options are what the flags say.
type options struct {
	count int
	seed  uint64
	file  string

	temporalPort, uiPort, metricsPort, alfrescoPort, konturPort int

	alfrescoAPI                    alfresco.API
	alfrescoLatency, konturLatency time.Duration
	konturRPS                      float64
	konturConcurrency              int

	konturDown                         time.Duration
	konturFailEvery, alfrescoFailEvery int

	once, noUI, chasm bool
}

// faulty reports whether the simulators are to fail now and then.
func (o options) faulty() bool {
	return o.konturDown > 0 || o.konturFailEvery > 0 || o.alfrescoFailEvery > 0
}

// option declares one flag: parsing, refusals and help come from it.
type option struct {
	name, value, allowed, help string
	set                        func(o *options, value string) bool
}

// isSwitch: the flag alone means true.
func (o option) isSwitch() bool { return o.allowed == allowedSwitch }

const (
	allowedSwitch  = "true or false"
	allowedPort    = "a port from 1 to 65535, or 0 for a free one"
	allowedLatency = "a duration from 0s to 1m, such as 150ms"
)

func declared() []option {
	return []option{
		{name: "count", value: "3000", allowed: "a whole number from 1 to 100000", help: "sample counterparties in Alfresco; from 500 on there are some of every kind",
			set: func(o *options, v string) bool { return setWhole(&o.count, v, 1, 100_000) }},
		{name: "seed", value: "1", allowed: "a whole number, 0 or more", help: "the same seed gives the same counterparties",
			set: func(o *options, v string) bool { return set(&o.seed, v, parseSeed, 0, math.MaxUint64) }},
		{name: "file", value: filepath.Join(".sandbox", temporalserver.FileName()), allowed: "a path", help: "Temporal's database, a SQLite file; the worker's log lies beside it",
			set: func(o *options, v string) bool { o.file = v; return v != "" }},

		{name: "temporal-port", value: "7233", allowed: allowedPort, help: "Temporal, for clients",
			set: func(o *options, v string) bool { return setPort(&o.temporalPort, v) }},
		{name: "ui-port", value: "8233", allowed: allowedPort, help: "Temporal's Web UI",
			set: func(o *options, v string) bool { return setPort(&o.uiPort, v) }},
		{name: "metrics-port", value: "9464", allowed: allowedPort, help: "the worker's health and metrics",
			set: func(o *options, v string) bool { return setPort(&o.metricsPort, v) }},
		{name: "alfresco-port", value: "8080", allowed: allowedPort, help: "the simulator of Alfresco",
			set: func(o *options, v string) bool { return setPort(&o.alfrescoPort, v) }},
		{name: "kontur-port", value: "8082", allowed: allowedPort, help: "the simulator of Kontur.Focus",
			set: func(o *options, v string) bool { return setPort(&o.konturPort, v) }},

		{name: "alfresco-api", value: "rest", allowed: "rest or records", help: "the API that the worker uses with Alfresco: REST v1, or Citeck's Records API, which writes a batch in one request",
			set: func(o *options, v string) bool {
				o.alfrescoAPI = alfresco.API(v)
				return o.alfrescoAPI == alfresco.REST || o.alfrescoAPI == alfresco.Records
			}},
		{name: "alfresco-latency", value: "5ms", allowed: allowedLatency, help: "how long each answer of Alfresco takes; a batch in one request takes that long for each node",
			set: func(o *options, v string) bool { return setDuration(&o.alfrescoLatency, v, time.Minute) }},
		{name: "kontur-latency", value: "150ms", allowed: allowedLatency, help: "how long each answer of Kontur.Focus takes",
			set: func(o *options, v string) bool { return setDuration(&o.konturLatency, v, time.Minute) }},
		{name: "kontur-rps", value: "10", allowed: "a number from 0.1 to 1000", help: "requests a second that the worker sends to Kontur.Focus",
			set: func(o *options, v string) bool { return set(&o.konturRPS, v, parseDecimal, 0.1, 1000) }},
		{name: "kontur-concurrency", value: "2", allowed: "a whole number from 1 to 64", help: "requests to Kontur.Focus at once; beyond that the simulator answers 429",
			set: func(o *options, v string) bool { return setWhole(&o.konturConcurrency, v, 1, 64) }},

		{name: "kontur-down", value: "0s", allowed: "a duration from 0s to 24h, such as 30s", help: "Kontur.Focus answers 503 for this long from the start: watch RETRY_WAITING",
			set: func(o *options, v string) bool { return setDuration(&o.konturDown, v, 24*time.Hour) }},
		{name: "kontur-fail-every", value: "0", allowed: "0 (never), or a whole number from 2 to 1000000", help: "Kontur.Focus answers each n-th request with 503",
			set: func(o *options, v string) bool { return setEvery(&o.konturFailEvery, v) }},
		{name: "alfresco-fail-every", value: "0", allowed: "0 (never), or a whole number from 2 to 1000000", help: "Alfresco answers each n-th request with 503; a batch takes up to 203",
			set: func(o *options, v string) bool { return setEvery(&o.alfrescoFailEvery, v) }},

		{name: "once", value: "false", allowed: allowedSwitch, help: "exit after the second pass, with 1 if anything is wrong",
			set: func(o *options, v string) bool { return setSwitch(&o.once, v) }},
		{name: "no-ui", value: "false", allowed: allowedSwitch, help: "no Web UI",
			set: func(o *options, v string) bool { return setSwitch(&o.noUI, v) }},
		{name: "chasm", value: "false", allowed: allowedSwitch, help: "schedules run on Temporal's new scheduler",
			set: func(o *options, v string) bool { return setSwitch(&o.chasm, v) }},
	}
}

// errHelp: help was asked for.
var errHelp = errors.New("help")

// parse reads the flags. Whatever is wrong comes at once, as invalid.Errors.
func parse(args []string) (options, error) {
	var o options
	var problems invalid.List
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	given := map[string]string{}
	for _, d := range declared() {
		note := func(value string) error { given[d.name] = value; return nil }
		given[d.name] = d.value
		if d.isSwitch() {
			flags.BoolFunc(d.name, "", note)
		} else {
			flags.Func(d.name, "", note)
		}
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, errHelp
	case err != nil:
		return o, refuse(err)
	case flags.NArg() > 0:
		problems.Add("arguments", strings.Join(flags.Args(), " "), "flags only; --help lists them")
	}
	for _, d := range declared() {
		if value := given[d.name]; !d.set(&o, value) {
			problems.Add("--"+d.name, value, d.allowed)
		}
	}
	problems.Join(o.distinctPorts())
	return o, problems.Err()
}

// refuse words what package flag could not read: "flag needs an argument: -count" and the like.
func refuse(err error) error {
	what, name, _ := strings.Cut(err.Error(), ": ")
	name = strings.TrimLeft(name, "-")
	for _, d := range declared() {
		if d.name == name && strings.Contains(what, "needs an argument") {
			return invalid.Errors{&invalid.Field{Name: "--" + name, Allowed: d.allowed}}
		}
	}
	return invalid.Errors{fmt.Errorf("--%s is not a flag; allowed: those that --help lists", name)}
}

// ports are the ports in use with the flags that choose them.
func (o options) ports() []portFlag {
	all := []portFlag{{"--temporal-port", o.temporalPort}, {"--metrics-port", o.metricsPort}, {"--alfresco-port", o.alfrescoPort}, {"--kontur-port", o.konturPort}}
	if !o.noUI {
		all = append(all, portFlag{"--ui-port", o.uiPort})
	}
	return all
}

type portFlag struct {
	flag string
	port int
}

func (o options) distinctPorts() error {
	var problems invalid.List
	owner := map[int]string{}
	for _, p := range o.ports() {
		if p.port == 0 {
			continue
		}
		if first := owner[p.port]; first != "" {
			problems.Add(p.flag, strconv.Itoa(p.port), "another port than that of "+first)
		}
		owner[p.port] = p.flag
	}
	return problems.Err()
}

func usage() string {
	var b strings.Builder
	b.WriteString(`sandbox runs all of counterparty-sync in one process, on this machine only: Temporal with its Web UI, simulators of
Alfresco and Kontur.Focus with sample counterparties, a worker, and a first sync with two passes. Then it stays up until
Ctrl-C. It needs nothing but Go, and nothing leaves this machine.

Temporal's database is a file, so schedules and passes are still there at the next start. The simulators start
afresh each time with the counterparties of the seed.

Usage: go run . [flags]

Flags:
`)
	for _, d := range declared() {
		name := "--" + d.name
		if !d.isSwitch() {
			name += " " + d.value
		}
		fmt.Fprintf(&b, "  %-42s %s\n", name, d.help)
	}
	b.WriteString(`
Examples:
  go run .                          have a look around
  go run . --count 20000            more of everything
  go run . --kontur-down 45s        see a pass wait, try again and recover
  go run . --once --no-ui           prove that this build works

Exit status: 0 done, 1 failed or, with --once, something was wrong, 2 wrong flags or a port in use (nothing was started).
`)
	return b.String()
}

// set takes over what a text means, and reports whether that is within the bounds.
func set[T cmp.Ordered](into *T, value string, parse func(string) (T, error), least, most T) bool {
	n, err := parse(value)
	*into = n
	return err == nil && n >= least && n <= most
}

func setWhole(into *int, value string, least, most int) bool {
	return set(into, value, strconv.Atoi, least, most)
}

func setPort(into *int, value string) bool { return setWhole(into, value, 0, 65535) }

func setEvery(into *int, value string) bool {
	return setWhole(into, value, 0, 1_000_000) && *into != 1
}

func setDuration(into *time.Duration, value string, most time.Duration) bool {
	return set(into, value, time.ParseDuration, 0, most)
}

func setSwitch(into *bool, value string) bool {
	b, err := strconv.ParseBool(value)
	*into = b
	return err == nil
}

func parseSeed(value string) (uint64, error) { return strconv.ParseUint(value, 10, 64) }

func parseDecimal(value string) (float64, error) { return strconv.ParseFloat(value, 64) }
