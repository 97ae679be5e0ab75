package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
)

// options are what the flags say.
type options struct {
	count int
	seed  uint64
	file  string

	temporalPort, uiPort, codecPort, metricsPort, alfrescoPort, konturPort int

	alfrescoAPI                    alfresco.API
	alfrescoLatency, konturLatency time.Duration
	konturRPS                      float64
	konturConcurrency              int
	konturChangesBy                konturtest.ChangesBy
	furtherKey                     pass.KeyName // empty: none

	konturDown                         time.Duration
	konturFailEvery, alfrescoFailEvery int
	konturHangs, konturLimits          string
	konturPoison                       []konturtest.Poison

	recorded *exchange.Recording // nil: none

	alfrescoReplica, alfrescoCrossLocale bool
	alfrescoLanguage                     string
	alfrescoBrokenEvery                  int
	alfrescoPoison                       []string // of poisonKinds

	once, noUI, chasm, encrypt bool
}

// faulty reports whether the simulators are to fail now and then.
func (o options) faulty() bool {
	return o.poisoned() > 0 || o.konturDown > 0 || o.konturFailEvery > 0 || o.alfrescoFailEvery > 0 || o.konturHangs != "" || o.konturLimits != ""
}

// option declares one flag: parsing, refusals and help come from it. Set takes a value over, or reports false if it is not allowed.
type option struct {
	name, value, allowed, help string
	set                        func(value string) bool
}

// isSwitch: the flag alone means true.
func (o option) isSwitch() bool { return o.allowed == allowedSwitch }

const (
	allowedSwitch  = "true or false"
	allowedPort    = "a port from 1 to 65535, or 0 for a free one"
	allowedLatency = "a duration from 0s to 1m, such as 150ms"
	allowedEvery   = "0 (never), or a whole number from 2 to 1000000"
)

// noMethod is the value of a flag that names a method of Kontur.Focus and is not given.
const noMethod = "none"

// someMethods are those that such a flag may name: not req, for nothing goes on without it.
func someMethods() []string {
	return slices.DeleteFunc(methods.All(), func(m string) bool { return m == methods.Req })
}

func (o *options) declared() []option {
	allowedMethod := strings.Join(append([]string{noMethod}, someMethods()...), ", ")
	return []option{
		{"count", "3000", "a whole number from 1 to 100000", "sample counterparties in Alfresco; from 500 on there are some of every kind", whole(&o.count, 1, 100_000)},
		{"seed", "1", "a whole number, 0 or more", "the same seed gives the same counterparties", within(&o.seed, parseSeed, 0, math.MaxUint64)},
		{"file", filepath.Join(".sandbox", temporalserver.FileName()), "a path", "Temporal's database, a SQLite file; the worker's log lies beside it",
			func(v string) bool { o.file = v; return v != "" }},

		{"temporal-port", "7233", allowedPort, "Temporal, for clients", port(&o.temporalPort)},
		{"ui-port", "8233", allowedPort, "Temporal's Web UI", port(&o.uiPort)},
		{"codec-port", "8091", allowedPort, "the codec server, which decodes for the Web UI, temporal and tctl", port(&o.codecPort)},
		{"metrics-port", "9464", allowedPort, "the worker's health and metrics", port(&o.metricsPort)},
		{"alfresco-port", "8080", allowedPort, "the simulator of Alfresco", port(&o.alfrescoPort)},
		{"kontur-port", "8082", allowedPort, "the simulator of Kontur.Focus", port(&o.konturPort)},

		{"alfresco-api", "rest", "rest or records", "the API that the worker uses with Alfresco: REST v1, or Citeck's Records API, which writes a batch in one request",
			func(v string) bool {
				o.alfrescoAPI = alfresco.API(v)
				return o.alfrescoAPI == alfresco.REST || o.alfrescoAPI == alfresco.Records
			}},
		{"alfresco-latency", "5ms", allowedLatency, "how long each answer of Alfresco takes; a batch in one request takes that long for each node",
			duration(&o.alfrescoLatency, time.Minute)},
		{"kontur-latency", "150ms", allowedLatency, "how long each answer of Kontur.Focus takes", duration(&o.konturLatency, time.Minute)},
		{"kontur-rps", "10", "a number from 0.1 to 1000", "requests a second that the worker sends to Kontur.Focus", within(&o.konturRPS, parseDecimal, 0.1, 1000)},
		{"kontur-concurrency", "2", "a whole number from 1 to 64", "requests to Kontur.Focus at once; beyond that the simulator answers 429",
			whole(&o.konturConcurrency, 1, 64)},
		{"kontur-changes-by", "ogrn", "ogrn, inn or both", "how Kontur.Focus's monitoring names what changed, which is not known: for a sync with changedOnly",
			oneOf(&o.konturChangesBy, map[string]konturtest.ChangesBy{"ogrn": konturtest.ByOGRN, "inn": konturtest.ByINN, "both": konturtest.ByBoth})},

		{"further-key", "", pass.AllowedKeyName, "the name of a further key, with a contract of its own, that the worker holds: for syncs with konturKey",
			func(name string) bool { o.furtherKey = pass.KeyName(name); return name == "" || o.furtherKey.Valid() }},
		{"kontur-down", "0s", "a duration from 0s to 24h, such as 30s", "Kontur.Focus answers 503 for this long from the start: watch RETRY_WAITING",
			duration(&o.konturDown, 24*time.Hour)},
		{"kontur-fail-every", "0", allowedEvery, "Kontur.Focus answers each n-th request with 503", every(&o.konturFailEvery)},
		{"kontur-hangs", noMethod, allowedMethod, "Kontur.Focus does not answer this method: watch the others go on", method(&o.konturHangs)},
		{"kontur-limits", noMethod, allowedMethod, "Kontur.Focus answers every second request for this method with 429, and asks for a pause of 5 s", method(&o.konturLimits)},
		{"kontur-poison", noKonturPoison, allowedKonturPoison(), "one counterparty for each of these kinds of failures, which each request about it meets: watch FAILED",
			konturPoisons(&o.konturPoison)},
		{"alfresco-fail-every", "0", allowedEvery, "Alfresco answers each n-th request with 503; a batch takes up to 203", every(&o.alfrescoFailEvery)},

		{"recorded", "", "a file that starter check --deep --record wrote",
			"no sample, Temporal and worker: the simulators answer as was recorded, and the deep check tries it", o.setRecording},

		{"alfresco-replica", "false", allowedSwitch, "Alfresco searches a Solr replica, which names no last transaction", toggle(&o.alfrescoReplica)},
		{"alfresco-language", "ru", "a language such as ru or de", "what the nodes were typed in; the worker looks for texts in ru and en",
			func(v string) bool { o.alfrescoLanguage = v; return languagePattern.MatchString(v) }},
		{"alfresco-cross-locale", "false", allowedSwitch, "texts are found in every language; a stock index finds them in the node's alone", toggle(&o.alfrescoCrossLocale)},
		{"alfresco-broken-every", "0", allowedEvery, "each n-th node has an aspect of a model that was removed: its metadata can't be read", every(&o.alfrescoBrokenEvery)},
		{"alfresco-poison", noPoison, allowedPoison, "one node for each of these kinds of requests, which always fail about it: watch FAILED", poisons(&o.alfrescoPoison)},

		{"once", "false", allowedSwitch, "exit after the second pass, with 1 if anything is wrong", toggle(&o.once)},
		{"encrypt", "false", allowedSwitch, "encrypt what Temporal keeps, with a key beside its database; from then on that database has to be used with it", toggle(&o.encrypt)},
		{"no-ui", "false", allowedSwitch, "no Web UI", toggle(&o.noUI)},
		{"chasm", "false", allowedSwitch, "schedules run on Temporal's new scheduler", toggle(&o.chasm)},
	}
}

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}$`)

// errHelp: help was asked for.
var errHelp = errors.New("help")

// parse reads the flags. Whatever is wrong comes at once, as invalid.Errors.
func parse(args []string) (options, error) {
	var o options
	var problems invalid.List
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	given := map[string]string{}
	for _, d := range o.declared() {
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
	for _, d := range o.declared() {
		if value := given[d.name]; !d.set(value) {
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
	for _, d := range new(options).declared() {
		if d.name == name && strings.Contains(what, "needs an argument") {
			return invalid.Errors{&invalid.Field{Name: "--" + name, Allowed: d.allowed}}
		}
	}
	return invalid.Errors{fmt.Errorf("--%s is not a flag; allowed: those that --help lists", name)}
}

// ports are the ports in use with the flags that choose them.
func (o options) ports() []portFlag {
	all := []portFlag{{"--temporal-port", o.temporalPort}, {"--codec-port", o.codecPort}, {"--metrics-port", o.metricsPort}, {"--alfresco-port", o.alfrescoPort}, {"--kontur-port", o.konturPort}}
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
	for _, d := range new(options).declared() {
		name := "--" + d.name
		if !d.isSwitch() {
			name += " " + cmp.Or(d.value, "NAME")
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

// within takes over what a text means, if that is within the bounds.
func within[T cmp.Ordered](into *T, parse func(string) (T, error), least, most T) func(string) bool {
	return func(value string) bool {
		n, err := parse(value)
		*into = n
		return err == nil && n >= least && n <= most
	}
}

func whole(into *int, least, most int) func(string) bool {
	return within(into, strconv.Atoi, least, most)
}

func port(into *int) func(string) bool { return whole(into, 0, 65535) }

func every(into *int) func(string) bool {
	set := whole(into, 0, 1_000_000)
	return func(value string) bool { return set(value) && *into != 1 }
}

func method(into *string) func(string) bool {
	return func(value string) bool {
		*into = strings.TrimPrefix(value, noMethod)
		return value == noMethod || slices.Contains(someMethods(), value)
	}
}

func duration(into *time.Duration, most time.Duration) func(string) bool {
	return within(into, time.ParseDuration, 0, most)
}

// oneOf takes over what a word means.
func oneOf[T any](into *T, words map[string]T) func(string) bool {
	return func(value string) bool {
		meant, ok := words[value]
		*into = meant
		return ok
	}
}

func toggle(into *bool) func(string) bool {
	return func(value string) bool {
		b, err := strconv.ParseBool(value)
		*into = b
		return err == nil
	}
}

func parseSeed(value string) (uint64, error) { return strconv.ParseUint(value, 10, 64) }

func parseDecimal(value string) (float64, error) { return strconv.ParseFloat(value, 64) }
